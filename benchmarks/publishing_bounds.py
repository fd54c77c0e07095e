"""The bounds of publishing: counts, growth, and time to visible."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import median

from benchmarks import visible
from benchmarks.bounds import Bound
from benchmarks.publishing import Published, most_objects
from benchmarks.sustaining import Sustained
from benchmarks.visible import Figures, Visible

KINDS = {
    "newest": "On the newest day, by functions that have published before",
    "newest_cold": "On the newest day, by functions that have just started",
    "closing": "The first after a full part of the history, in all its channels at once",
    "back_dated": "Back-dated into the middle of the archive, by functions that have just started",
}
# An archive of a thousand articles has only a part of the month before the back-dated article, and less to read.
COMPLETE_FROM = {"back_dated": 10_000}
MAX_READ_RATIO = 1.05  # the calendar has a row for each year of the archive
# Own processor time: the calendar has a row for each year, and longer archives have more to link. It is compared where
# AWS's responses are recorded. An emulator with more articles is slower, and functions that wait for it lose their
# caches: botocore then takes a third more for the same calls.
# It weighs more in an article of few channels.
MAX_GROWTH = {"started": 1.25, "warm": 1.25, "small": 1.35}
# Seconds from the stream's record to the article's page, and to the end, with the latencies of `benchmarks.replay`.
VISIBLE = {
    "started": "An article of ten channels, by a process that starts with it",
    "warm": "An article of ten channels",
    "small": "An article of five channels",
}
MAX_PAGE_SECONDS = {"started": 1.1, "warm": 0.5}
MAX_DONE_SECONDS = {"started": 1.6, "warm": 0.8, "small": 0.6}
MAX_VISIBLE_CALLS, MAX_VISIBLE_ITEMS = 120, 1_500  # of an article of ten channels
# Own processor time. A process that starts spends most of it on compiling templates and rendering the first entries of
# feeds, as it did before.
MAX_TO_BEFORE = {"warm": 0.5, "small": 0.5}
MAX_SETTLING = 30  # seconds, by the emulator's time too

Publishing = dict[int, dict[str, list[Published]]]


def publishing_bounds(published: Publishing) -> Iterator[Bound]:
    """The cost of publishing is constant: an article of a kind costs the same in an archive of any size."""
    for kind, title in KINDS.items():
        sizes = {size: kinds[kind] for size, kinds in published.items() if size >= COMPLETE_FROM.get(kind, 0)}
        yield _equal_counts(title, sizes)
        yield _equal_reads(title, sizes)
        written = max(article.publish.objects_written for kinds in published.values() for article in kinds[kind])
        limit = most_objects(kind)
        yield Bound(f"{title}: objects written", str(written), f"≤ {limit}, by design", written <= limit)


def _equal_counts(title: str, sizes: dict[int, list[Published]]) -> Bound:
    counts = [[(article.put.counts, article.publish.counts) for article in articles] for articles in sizes.values()]
    equal = all(other == counts[0] for other in counts)
    limit = "equal at " + " and ".join(f"{size:,}" for size in (min(sizes), max(sizes)))
    return Bound(f"{title}: calls, rows and objects", "equal" if equal else "differ", limit, equal)


def _equal_reads(title: str, sizes: dict[int, list[Published]]) -> Bound:
    reads = [sum(each.put.items_read + each.publish.items_read for each in articles) for articles in sizes.values()]
    ratio = max(reads) / max(min(reads), 1)
    claim = f"{title}: items read, maximum to minimum"
    return Bound(claim, f"{ratio:.3f}", f"≤ {MAX_READ_RATIO}", ratio <= MAX_READ_RATIO)


def visible_bounds(figures: Mapping[str, Figures]) -> Iterator[Bound]:
    """An article is visible soon, with few calls, in an archive of any size; and for less work than before."""
    now = figures["after"]
    for limits, measure, what in (
        (MAX_PAGE_SECONDS, visible.page, "its page"),
        (MAX_DONE_SECONDS, visible.done, "everything"),
    ):
        for kind, limit in limits.items():
            yield _at_most(f"{VISIBLE[kind]}: seconds until {what} is written", now, kind, measure, limit)
    claim = f"{VISIBLE['warm']}: AWS calls of the publisher"
    yield _at_most(claim, now, "warm", lambda runs: max(run.tally.calls.total() for run in runs), MAX_VISIBLE_CALLS)
    claim = f"{VISIBLE['warm']}: items that the publisher reads"
    yield _at_most(claim, now, "warm", lambda runs: max(run.tally.items_read for run in runs), MAX_VISIBLE_ITEMS)
    for kind, title in VISIBLE.items():
        counts = [kinds[kind][0].tally.counts for kinds in now.values()]
        equal = all(other == counts[0] for other in counts)
        limit_text = "equal at " + " and ".join(f"{size:,}" for size in now)
        yield Bound(f"{title}: calls and objects", "equal" if equal else "differ", limit_text, equal)
        small, large = min(now), max(now)
        growth = visible.cpu(now[large][kind]) / visible.cpu(now[small][kind])
        claim = f"{title}: own processor time, {large:,} to {small:,} articles"
        yield Bound(claim, f"{growth:.2f}", f"≤ {MAX_GROWTH[kind]}", growth <= MAX_GROWTH[kind])
    for kind, most in MAX_TO_BEFORE.items():
        ratios = [visible.cpu(now[size][kind]) / visible.cpu(figures["before"][size][kind]) for size in now]
        claim = f"{VISIBLE[kind]}: own processor time, to that before the publisher wrote in waves"
        yield Bound(claim, f"{max(ratios):.2f}", f"≤ {most}", max(ratios) <= most)


def sustaining_bounds(sustained: Sustained) -> Iterator[Bound]:
    """Ten articles a second for a minute are soon on the site, all of them."""
    claim = f"{sustained.articles} articles, ten a second: seconds from the last put until the site is complete"
    yield Bound(claim, f"{sustained.settled:.0f}", f"≤ {MAX_SETTLING}", sustained.settled <= MAX_SETTLING)
    for what, number in (("records given up", sustained.dead_letters), ("pages missing", sustained.missing)):
        yield Bound(f"{sustained.articles} articles, ten a second: {what}", str(number), "0", number == 0)


def _at_most(
    claim: str, figures: Figures, kind: str, measure: Callable[[Sequence[Visible]], float], limit: float
) -> Bound:
    """The largest figure of all sizes."""
    most = max(measure(kinds[kind]) for kinds in figures.values())
    shown = f"{most:,}" if isinstance(most, int) else f"{most:.2f}"
    return Bound(claim, shown, f"≤ {limit:,}", most <= limit)


def cpu(articles: list[Published], part: str | None = None) -> float:
    """Seconds of own processor time for an article, the median of several: for `put`, `publish`, or both."""
    parts = (part,) if part else ("put", "publish")
    return float(median(sum(getattr(article, part).cpu for part in parts) for article in articles))
