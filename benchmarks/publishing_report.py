"""The report of publishing, in Markdown."""

from collections.abc import Iterator, Mapping
from statistics import median

from benchmarks import archive, visible
from benchmarks.publishing_bounds import KINDS, VISIBLE, Publishing, cpu
from benchmarks.replay import LATENCIES
from benchmarks.tables import ms, table, tally_rows
from benchmarks.visible import Figures


def publishing_part(published: Publishing) -> Iterator[str]:
    yield "## Publishing one article\n"
    yield f"The archive has {archive.PER_DAY} articles a day, back from the middle of a February. The article has five"
    yield "tags, two authors and an image: it is in ten channels, each with three feeds. Counts are those of the first"
    yield "article of its kind, processor times are medians. Bytes and items differ because longer archives have more"
    yield "to link: the calendar has a row for each year.\n"
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
                (
                    "· botocore's processor time, ms",
                    *(ms(median(each.publish.clients for each in kinds[kind])) for kinds in published.values()),
                ),
            ],
        )


def visible_part(figures: Mapping[str, Figures]) -> Iterator[str]:
    before, after = figures["before"], figures["after"]
    latencies = ", ".join(f"{operation} {1000 * seconds:.0f}" for operation, seconds in LATENCIES.items())
    yield "## Time to visible\n"
    yield "Seconds from the arrival of the stream's record in the publisher's handler until the article's own page is"
    yield "written, and until everything is and the handler has returned; where the process starts with the article,"
    yield "from its first line of Python. One processor, as Lambda gives the publisher. AWS's responses are those of a"
    yield (
        "recording of the same code over moto, each after a latency (ms): " + latencies + ". botocore builds, signs and"
    )
    yield "parses as ever; sockets, TLS and limits of the connection pool are left out. *Before* is the code before the"
    yield f"publisher wrote in waves, measured in turns with that of now. Medians of {visible.RUNS} runs.\n"
    pairs = [(kind, size, (before[size][kind], after[size][kind])) for kind in VISIBLE for size in after]
    yield from table(
        ("article", "archive", *(f"{what}, {when}" for what in ("page", "all") for when in ("before", "after"))),
        [
            (VISIBLE[kind], f"{size:,}", *(f"{of(runs):.2f}" for of in (visible.page, visible.done) for runs in pair))
            for kind, size, pair in pairs
        ],
    )
    work = ("calls", "items read", "own processor time, ms", "botocore's, ms")
    yield from table(
        ("article", "archive", *(f"{what}, {when}" for what in work for when in ("before", "after"))),
        [
            (
                VISIBLE[kind],
                f"{size:,}",
                *(runs[0].tally.calls.total() for runs in pair),
                *(runs[0].tally.items_read for runs in pair),
                *(ms(visible.cpu(runs)) for runs in pair),
                *(ms(median(run.tally.clients for run in runs)) for runs in pair),
            )
            for kind, size, pair in pairs
        ],
    )
