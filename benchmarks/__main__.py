"""Measures everything, prints it, writes `results.md` beside this file, and fails where a bound is broken."""

import os
import platform
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import (
    archive,
    importing,
    pages,
    polling,
    publishing,
    rendering,
    shedding,
    signing_up,
    starting,
    walking,
)
from benchmarks.importing import Import
from benchmarks.pages import Pages, Weight
from benchmarks.polling import Poll
from benchmarks.publishing import Published, most_objects
from benchmarks.rendering import Rendering
from benchmarks.shedding import Shedding
from benchmarks.starting import Start
from benchmarks.tally import Tally
from benchmarks.walking import Walk
from broadsheet_cli.subscribers import BATCH

RESULTS = Path(__file__).parent / "results.md"
KINDS = {
    "newest": "On the newest day, by functions that have published before",
    "newest_cold": "On the newest day, by functions that have just started",
    "closing": "The first after a full part of the history, in all its channels at once",
    "back_dated": "Back-dated into the middle of the archive, by functions that have just started",
}
# In a thousand articles the month before the back-dated one's is not whole, so there is less of it to read.
WHOLE = {"back_dated": 10_000}
MOST_READ = 1.05  # the calendar is a row for each year that an archive has
# About a third of the growth is that calendar's; the rest comes from the emulator's articles, in this process too.
MOST_GROWTH = 1.4
MOST_CALLS = 3
MOST_POLLED = 1_200  # bytes
MOST_RENDERING = 1.0  # times feedgen used plainly
MOST_PAGE = 2.0  # times Jinja2 with everything ready
MOST_WEIGHT = {"style": 15_000, "script": 5_000}  # bytes, compressed
MOST_IMPORTING = 5.0  # times checking the addresses and writing the rows with the libraries alone
MOST_IMPORT_CALLS, MOST_IMPORT_GROWTH = 20, 1.3
LEAST_SIGN_UPS = 0.04  # for each call that does nothing
# Times its peer. From 4.2.4 on, marshmallow compiles an expression for mail addresses whenever it is imported: 20 ms,
# which two of the four that load it have no room for.
MOST_START = {"publish": 2.0, "ads": 1.7, "subscribers": 1.6}
MOST_START_ELSE = 1.5

Publishing = dict[int, dict[str, list[Published]]]
SignUps = dict[str, dict[str, Tally]]
Polls = dict[str, Poll]
Walks = dict[str, Walk]
Weights = dict[str, Weight]
Cells = Sequence[object]


@dataclass(frozen=True)
class Bound:
    """Something that must hold: a figure, and what it may be."""

    claim: str
    figure: str
    limit: str
    holds: bool


def main() -> int:
    published = publishing.measure()
    starts = starting.measure()
    sign_ups = signing_up.measure()
    shed = shedding.measure()
    rendered = rendering.measure()
    polls = polling.measure()
    walks = walking.measure()
    imported = importing.measure()
    page_rendering = pages.render()
    weights = pages.weigh()
    bounds = [
        *publishing_bounds(published),
        *start_bounds(starts),
        *sign_up_bounds(sign_ups),
        *shedding_bounds(shed),
        *import_bounds(imported),
        *rendering_bounds(rendered),
        *polling_bounds(polls),
        *walking_bounds(walks),
        *page_bounds(page_rendering, weights),
    ]
    parts = (
        head(bounds),
        publishing_part(published),
        starting_part(starts),
        signing_up_part(sign_ups),
        shedding_part(shed),
        importing_part(imported),
        rendering_part(rendered),
        polling_part(polls),
        walking_part(walks),
        page_rendering_part(page_rendering),
        page_weight_part(weights),
    )
    report = "\n".join(line for part in parts for line in part)
    RESULTS.write_text(report, encoding="utf-8")
    print(report)  # noqa: T201  # it is what the command is for
    return 0 if all(bound.holds for bound in bounds) else 1


def publishing_bounds(published: Publishing) -> Iterator[Bound]:
    """The constant cost of publishing: every article of a kind costs the same at each size."""
    small, large = min(published), max(published)
    for kind, title in KINDS.items():
        sizes = [size for size in published if size >= WHOLE.get(kind, 0)]
        counts = [[(p.put.counts, p.publish.counts) for p in published[size][kind]] for size in sizes]
        same = all(other == counts[0] for other in counts)
        limit = "equal at " + " and ".join(f"{size:,}" for size in (sizes[0], sizes[-1]))
        yield Bound(f"{title}: calls, rows and objects", "equal" if same else "differ", limit, same)
        read = [sum(p.put.items_read + p.publish.items_read for p in published[size][kind]) for size in sizes]
        more = max(read) / max(min(read), 1)
        claim = f"{title}: items read, the most to the least"
        yield Bound(claim, f"{more:.3f}", f"≤ {MOST_READ}", more <= MOST_READ)
        growth = cpu(published[large][kind]) / cpu(published[small][kind])
        claim = f"{title}: our processor time, {large:,} to {small:,}"
        yield Bound(claim, f"{growth:.2f}", f"≤ {MOST_GROWTH}", growth <= MOST_GROWTH)
        written = max(p.publish.objects_written for kinds in published.values() for p in kinds[kind])
        most = most_objects(kind)
        yield Bound(f"{title}: objects written", str(written), f"≤ {most}, by the design", written <= most)


def start_bounds(starts: list[Start]) -> Iterator[Bound]:
    for start in starts:
        most = MOST_START.get(start.function, MOST_START_ELSE)
        yield Bound(f"Start of `{start.function}` to its peer", f"{start.ratio:.2f}", f"≤ {most}", start.ratio <= most)


def sign_up_bounds(sign_ups: SignUps) -> Iterator[Bound]:
    every = [tallies["cold"].calls.total() for tallies in sign_ups.values()]
    yield Bound("AWS calls that a sign-up waits for", str(max(every)), f"≤ {MOST_CALLS}", max(every) <= MOST_CALLS)
    work = [[(tally.counts, tally.items_read) for tally in tallies.values()] for tallies in sign_ups.values()]
    same = all(other == work[0] for other in work)
    yield Bound("The same calls in every state of the address", "equal" if same else "differ", "equal", same)


def shedding_bounds(shed: Shedding) -> Iterator[Bound]:
    claim, least = "Sign-ups that the local stack takes, to calls that do nothing", LEAST_SIGN_UPS
    yield Bound(claim, f"{shed.ratio:.3f}", f"≥ {least}", shed.ratio >= least)


def import_bounds(imported: Import) -> Iterator[Bound]:
    calls, ratio = imported.calls_per_thousand, imported.ratio
    claim = "AWS calls for a thousand subscribers taken in"
    yield Bound(claim, f"{calls:g}", f"≤ {MOST_IMPORT_CALLS}", calls <= MOST_IMPORT_CALLS)
    claim = "A subscriber taken in, to checking and writing alone"
    yield Bound(claim, f"{ratio:.2f}", f"≤ {MOST_IMPORTING}", ratio <= MOST_IMPORTING)
    sizes = f"{max(imported.read):,} to {min(imported.read):,}"
    for who, bytes in (("the API for a batch", imported.held), ("the command for a list", imported.read)):
        growth = imported.growth(bytes)
        claim = f"Most memory that {who} holds, {sizes} subscribers"
        yield Bound(claim, f"{growth:.2f}", f"≤ {MOST_IMPORT_GROWTH}", growth <= MOST_IMPORT_GROWTH)


def rendering_bounds(rendered: Rendering) -> Iterator[Bound]:
    claim, most = "A feed in three formats to feedgen's two", MOST_RENDERING
    yield Bound(claim, f"{rendered.ratio:.2f}", f"≤ {most}", rendered.ratio <= most)


def polling_bounds(polls: Polls) -> Iterator[Bound]:
    """A poll without news is answered at the edge, and is small in every encoding."""
    unchanged = [exchange for poll in polls.values() for exchange in poll.unchanged.values()]
    most = max(exchange.sent + exchange.received for exchange in unchanged)
    small = most <= MOST_POLLED and all(exchange.status == 304 for exchange in unchanged)
    yield Bound("Bytes of a poll without news, both ways", f"{most:,}", f"≤ {MOST_POLLED:,}", small)
    ran = sum(poll.functions for poll in polls.values())
    yield Bound("Functions that run for polls", str(ran), "0", ran == 0)


def walking_bounds(walks: Walks) -> Iterator[Bound]:
    for format, walk in walks.items():
        met = len(walk.ids)
        claim = f"A walk through {walking.SIZE:,} articles in {format}: articles met, each once and newest first"
        yield Bound(claim, f"{met:,}", f"{walking.SIZE:,}", walk.ids == walking.expected(walking.SIZE))


def page_bounds(rendered: Pages, weights: Weights) -> Iterator[Bound]:
    claim, ratio = "An article's page, its text being HTML already, to Jinja2 alone", rendered.ratio_without_texts
    yield Bound(claim, f"{ratio:.2f}", f"≤ {MOST_PAGE}", ratio <= MOST_PAGE)
    for part, limit in MOST_WEIGHT.items():
        most = max(weights[part][coding] for coding in ("br", "gzip"))
        yield Bound(f"Bytes of all {part} that a page asks for", f"{most:,}", f"≤ {limit:,}", most <= limit)


def head(bounds: list[Bound]) -> Iterator[str]:
    yield "# Benchmarks\n"
    yield "`make bench` writes this. AWS is moto in the same process, so time is only ever our own processor time:"
    yield "without what botocore and moto take, and compared within one run. Counts are exact. Only many sign-ups at"
    yield "once are taken by the clock.\n"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    yield f"Machine: {python}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores.\n"
    yield "## What must hold\n"
    yield from table(
        ("claim", "figure", "limit", "holds"),
        [(bound.claim, bound.figure, bound.limit, "yes" if bound.holds else "**no**") for bound in bounds],
    )


def publishing_part(published: Publishing) -> Iterator[str]:
    yield "## Publishing one article\n"
    yield f"The archive has {archive.PER_DAY} articles a day, back from the middle of a February. The article has five"
    yield "tags, two authors and a picture: it stands in ten channels, each with three feeds. Counts are those of the"
    yield "first of its kind, processor time is the median of several. Bytes and items differ because older archives"
    yield "have more to link: the calendar is a row for each year.\n"
    for kind, title in KINDS.items():
        first = [kinds[kind][0] for kinds in published.values()]
        yield f"### {title}\n"
        yield from table(
            ("", *(f"{size:,} articles" for size in published)),
            [
                *tally_rows("the editor's PUT", [article.put for article in first]),
                ("· own processor time, ms", *(ms(cpu(kinds[kind], "put")) for kinds in published.values())),
                *tally_rows("publishing", [article.publish for article in first]),
                ("· own processor time, ms", *(ms(cpu(kinds[kind], "publish")) for kinds in published.values())),
            ],
        )


def tally_rows(title: str, tallies: list[Tally]) -> Iterator[Cells]:
    """The counts of some tallies side by side."""
    operations = sorted({operation for tally in tallies for operation in tally.calls})
    yield f"**{title}**: AWS calls", *(tally.calls.total() for tally in tallies)
    for operation in operations:
        yield f"· {operation}", *(tally.calls[operation] for tally in tallies)
    yield "· items read", *(tally.items_read for tally in tallies)
    yield "· rows written", *(tally.rows_written for tally in tallies)
    yield "· objects written", *(tally.objects_written for tally in tallies)
    yield "· bytes written", *(f"{tally.bytes_written:,}" for tally in tallies)


def starting_part(starts: list[Start]) -> Iterator[str]:
    yield "## Starting a function\n"
    yield "Processor time of a fresh process until its first event could be handled, and of one that imports boto3 and"
    yield f"makes the same clients, one right after the other; medians of {starting.RUNS} such pairs.\n"
    yield from table(
        ("function", "clients", "start, ms", "peer, ms", "ratio"),
        [(s.function, ", ".join(s.clients), ms(median(s.own)), ms(median(s.peer)), f"{s.ratio:.2f}") for s in starts],
    )


def signing_up_part(sign_ups: SignUps) -> Iterator[str]:
    yield "## A sign-up\n"
    yield "The AWS calls that its reader waits for. What makes an address's id, and what CloudFront is known by, is"
    yield "read by a process that has just started, and again after five minutes.\n"
    yield from table(
        ("the address is", "in a new process", "afterwards"),
        [(state, named(tallies["cold"]), named(tallies["warm"])) for state, tallies in sign_ups.items()],
    )


def shedding_part(shed: Shedding) -> Iterator[str]:
    yield "## Many sign-ups\n"
    yield f"What the local stack answers in a second to {shedding.READERS} readers at once, with its throttles and"
    yield "limits lifted: sign-ups, of which each is a transaction in moto, while their mails are sent; and calls of a"
    yield f"function that does nothing. By the clock, in turns of {shedding.SECONDS:g} s; medians of {shedding.TURNS}."
    yield "A deployment sheds long before, at the rates that its template and `site.toml` say.\n"
    yield from table(
        ("sign-ups", "calls that do nothing", "ratio"),
        [(f"{median(shed.sign_ups):.0f}", f"{median(shed.peer):.0f}", f"{shed.ratio:.3f}")],
    )


def importing_part(imported: Import) -> Iterator[str]:
    yield "## A list of subscribers\n"
    yield f"Batches of {BATCH} new subscribers, by a function that has the keys; medians of {importing.TIMED}."
    yield "AWS's answers are those of an empty table. The peer has email-validator check the same addresses and boto3's"
    yield "serializer write as large rows. Bytes are the most at any moment, beyond what there was before.\n"
    yield from table(
        ("", *(f"{size:,} subscribers" for size in imported.read)),
        [
            ("bytes that the API holds for the last batches", *(f"{count:,}" for count in imported.held.values())),
            ("bytes that the command holds for a file", *(f"{count:,}" for count in imported.read.values())),
        ],
    )
    yield from table(
        ("", "the API", "its peer"),
        [
            (
                "subscribers in a second of processor time",
                *(f"{BATCH / median(runs):,.0f}" for runs in (imported.own, imported.peer)),
            ),
            ("AWS calls for a thousand", named(imported.tally), ""),
        ],
    )


def rendering_part(rendered: Rendering) -> Iterator[str]:
    yield "## Writing a feed\n"
    yield f"Processor time of {rendering.ENTRIES} entries with their full texts, in RSS, Atom and JSON Feed; the peer"
    yield "is feedgen used plainly, which writes RSS and Atom. An entry that a function has written before, for this"
    yield f"feed or another, is remembered. Medians of {rendering.RUNS} runs, each with new articles.\n"
    yield from table(
        ("the entries are", "ms", "peer, ms", "ratio"),
        [
            ("new", ms(median(rendered.new)), ms(median(rendered.peer)), f"{rendered.ratio:.2f}"),
            ("remembered", ms(median(rendered.remembered)), "", f"{rendered.ratio_remembered:.2f}"),
        ],
    )


def polling_part(polls: Polls) -> Iterator[str]:
    yield "## Polling a feed\n"
    yield f"Bytes over the wire, heads and all, for a feed of {polling.ARTICLES} articles of 500 words: the request,"
    yield "and its answer. CloudFront's own headers would add some 250 to an answer; HTTP/2 and TLS are left out.\n"
    yield from table(
        ("format", "the feed", "request", "nothing new", "one more, brotli", "gzip", "not compressed"),
        [
            (
                format,
                f"{poll.size:,}",
                *(f"{count:,}" for count in (poll.unchanged["br"].sent, poll.unchanged["br"].received)),
                *(f"{exchange.received:,}" for exchange in poll.changed.values()),
            )
            for format, poll in polls.items()
        ],
    )


def walking_part(walks: Walks) -> Iterator[str]:
    yield "## Walking through a history\n"
    yield f"From the feed of an edition with {walking.SIZE:,} articles along `prev-archive` to its first article.\n"
    yield from table(
        ("format", "articles", "requests", "bytes of the documents", "over the wire, with brotli"),
        [
            (format, *(f"{count:,}" for count in (len(walk.ids), walk.requests, walk.bytes, walk.on_the_wire)))
            for format, walk in walks.items()
        ],
    )


def page_rendering_part(rendered: Pages) -> Iterator[str]:
    yield "## Rendering article pages\n"
    yield f"Processor time of a page whose article has 600 words, from its row and its text, over {pages.PAGES:,}"
    yield "pages; the peer is Jinja2, given all that the same template needs. A text that a function has made into"
    yield f"HTML before, for a feed, is remembered. Medians of runs of {pages.PER_RUN} pages.\n"
    spent = {
        "the text: Markdown and sanitising": rendered.texts,
        "the page around it": rendered.pages,
        "Jinja2 alone, the same template": rendered.peer,
    }
    ratios = {"the page around it": rendered.ratio_without_texts}
    yield from table(
        ("work", "ms a page", "to Jinja2 alone"),
        [
            *(
                (work, f"{median(runs) * 1000 / pages.PER_RUN:.2f}", f"{ratios[work]:.2f}" if work in ratios else "")
                for work, runs in spent.items()
            ),
            ("text and page together", "", f"{rendered.ratio:.2f}"),
        ],
    )


def page_weight_part(weights: Weights) -> Iterator[str]:
    yield "## Weight of pages\n"
    yield "Bytes over the wire, heads and all, of the sample edition's pages, and of what they ask for besides"
    yield "pictures. CloudFront's own headers would add some 250 to an answer.\n"
    yield from table(
        ("what", "brotli", "gzip", "not compressed"),
        [(name, *(f"{weight[coding]:,}" for coding in polling.ENCODINGS)) for name, weight in weights.items()],
    )


def table(titles: Cells, rows: Sequence[Cells]) -> Iterator[str]:
    """A Markdown table whose columns line up in print too."""
    lines = [[str(cell) for cell in row] for row in (titles, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(titles))]
    lines.insert(1, ["-" * width for width in widths])
    for line in lines:
        yield "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
    yield ""


def cpu(articles: list[Published], part: str | None = None) -> float:
    """Seconds of our own processor time for one article, the median of several: of one part, or of both."""
    parts = (part,) if part else ("put", "publish")
    return float(median(sum(getattr(article, part).cpu for part in parts) for article in articles))


def named(tally: Tally) -> str:
    return ", ".join(f"{operation} {times}" for operation, times in sorted(tally.calls.items()))


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f}"


if __name__ == "__main__":
    sys.exit(main())
