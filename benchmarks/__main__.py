"""Measures everything, prints it, writes `results.md` beside this file, and fails where a bound is broken."""

import os
import platform
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import publishing, signing_up, starting
from benchmarks.publishing import Published
from benchmarks.starting import Start
from benchmarks.tally import Tally

RESULTS = Path(__file__).parent / "results.md"
KINDS = {
    "newest": "On the newest day, by functions that have published before",
    "newest_cold": "On the newest day, by functions that have just started",
    "back_dated": "Back-dated into the middle of the archive",
}
MOST_OBJECTS, MOST_GROWTH, MOST_CALLS = 40, 1.3, 3
MOST_START = {"publish": 2.0}  # times its peer; 1.5 for all others

Publishing = dict[int, dict[str, list[Published]]]
SignUps = dict[str, dict[str, Tally]]
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
    bounds = [*publishing_bounds(published), *start_bounds(starts), *sign_up_bounds(sign_ups)]
    report = "\n".join([*head(bounds), *publishing_part(published), *starting_part(starts), *signing_up_part(sign_ups)])
    RESULTS.write_text(report, encoding="utf-8")
    print(report)  # noqa: T201  # it is what the command is for
    return 0 if all(bound.holds for bound in bounds) else 1


def publishing_bounds(published: Publishing) -> Iterator[Bound]:
    """The constant cost of publishing: every article of a kind costs the same at each size."""
    small, large = min(published), max(published)
    for kind, title in KINDS.items():
        counts = [[(p.put.counts, p.publish.counts) for p in kinds[kind]] for kinds in published.values()]
        same = all(other == counts[0] for other in counts)
        yield Bound(f"{title}: calls, items and objects", "equal" if same else "differ", "equal at every size", same)
        growth = cpu(published[large][kind]) / cpu(published[small][kind])
        claim = f"{title}: our processor time, {large:,} to {small:,}"
        yield Bound(claim, f"{growth:.2f}", f"≤ {MOST_GROWTH}", growth <= MOST_GROWTH)
    most = max(p.publish.objects_written for kinds in published.values() for all in kinds.values() for p in all)
    yield Bound("Objects written for one article", str(most), f"≤ {MOST_OBJECTS}", most <= MOST_OBJECTS)


def start_bounds(starts: list[Start]) -> Iterator[Bound]:
    for start in starts:
        most = MOST_START.get(start.function, 1.5)
        yield Bound(f"Start of `{start.function}` to its peer", f"{start.ratio:.2f}", f"≤ {most}", start.ratio <= most)


def sign_up_bounds(sign_ups: SignUps) -> Iterator[Bound]:
    every = [tallies["cold"].calls.total() for tallies in sign_ups.values()]
    yield Bound("AWS calls that a sign-up waits for", str(max(every)), f"≤ {MOST_CALLS}", max(every) <= MOST_CALLS)
    same = all(
        tallies[process].counts == sign_ups["new"][process].counts
        for tallies in sign_ups.values()
        for process in tallies
    )
    yield Bound("The same calls in every state of the address", "equal" if same else "differ", "equal", same)


def head(bounds: list[Bound]) -> Iterator[str]:
    yield "# Benchmarks\n"
    yield "`make bench` writes this. AWS is moto in the same process, so time is only ever our own processor time:"
    yield "without what botocore and moto take, and compared within one run. Counts are exact.\n"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    yield f"Machine: {python}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores.\n"
    yield "## What must hold\n"
    yield from table(
        ("claim", "figure", "limit", "holds"),
        [(bound.claim, bound.figure, bound.limit, "yes" if bound.holds else "**no**") for bound in bounds],
    )


def publishing_part(published: Publishing) -> Iterator[str]:
    yield "## Publishing one article\n"
    yield "The archive has 30 articles a day, back from the middle of a year. Counts are those of the first article of"
    yield "its kind, processor time is the median of several. Bytes differ because older archives have more to link.\n"
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
    yield "The AWS calls that its reader waits for. The keys that make an address's id are read by a process that has"
    yield "just started, and again after five minutes.\n"
    yield from table(
        ("the address is", "in a new process", "afterwards"),
        [(state, named(tallies["cold"]), named(tallies["warm"])) for state, tallies in sign_ups.items()],
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
