"""Measures everything, prints the report, writes it to `results.md`, and fails if a bound is broken."""

import sys
from pathlib import Path

from benchmarks import (
    before,
    bounds,
    importing,
    pages,
    polling,
    publishing,
    publishing_bounds,
    publishing_report,
    rendering,
    report,
    sending,
    sending_bounds,
    sending_report,
    shedding,
    signing_up,
    starting,
    sustaining,
    visible,
    walking,
)
from benchmarks.costs import Counts
from benchmarks.processes import TREE

RESULTS = Path(__file__).parent / "results.md"


def main() -> int:
    published = publishing.measure()
    with before.tree() as old:
        seen = visible.measure({"before": old, "after": TREE})
    sustained = sustaining.measure()
    starts = starting.measure()
    sign_ups = signing_up.measure()
    shed = shedding.measure()
    sent = sending.measure()
    rendered = rendering.measure()
    polls = polling.measure()
    walks = walking.measure()
    imported = importing.measure()
    page_rendering = pages.render()
    weights = pages.weigh()
    warm = seen["after"][max(seen["after"])]["warm"]
    feed = polls["RSS"]
    counts = Counts(
        put=published[max(published)]["newest"][0].put,
        published=warm[0].tally,
        published_seconds=visible.done(warm),
        sign_up=sign_ups["new"]["warm"],
        page_bytes=weights["article, en"]["br"],
        unchanged_feed_bytes=feed.unchanged["br"].received,
        changed_feed_bytes=feed.changed["br"].received,
    )
    checked = [
        *publishing_bounds.publishing_bounds(published),
        *publishing_bounds.visible_bounds(seen),
        *publishing_bounds.sustaining_bounds(sustained),
        *bounds.start_bounds(starts),
        *bounds.sign_up_bounds(sign_ups),
        *bounds.shedding_bounds(shed),
        *bounds.import_bounds(imported),
        *sending_bounds.sending_bounds(sent),
        *bounds.rendering_bounds(rendered),
        *bounds.polling_bounds(polls),
        *bounds.walking_bounds(walks),
        *bounds.page_bounds(page_rendering, weights),
    ]
    parts = (
        report.head(checked),
        publishing_report.publishing_part(published),
        publishing_report.visible_part(seen),
        publishing_report.sustaining_part(sustained),
        publishing_report.outputs_part(warm[0].tally.objects),
        publishing_report.costs_part(counts),
        report.starting_part(starts),
        report.signing_up_part(sign_ups),
        report.shedding_part(shed),
        report.importing_part(imported),
        sending_report.sending_part(sent),
        report.rendering_part(rendered),
        report.polling_part(polls),
        report.walking_part(walks),
        report.page_rendering_part(page_rendering),
        report.page_weight_part(weights),
    )
    text = "\n".join(line for part in parts for line in part)
    RESULTS.write_text(text, encoding="utf-8")
    print(text)  # noqa: T201  # the output of the command
    return 0 if all(bound.holds for bound in checked) else 1


if __name__ == "__main__":
    sys.exit(main())
