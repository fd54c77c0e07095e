"""The report of publishing, in Markdown."""

from collections.abc import Iterator, Mapping
from statistics import median

from benchmarks import archive, costs, outputs, sustaining, visible
from benchmarks.costs import Counts
from benchmarks.publishing_bounds import KINDS, VISIBLE, Publishing, cpu
from benchmarks.replay import LATENCIES
from benchmarks.sustaining import Sustained
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
    yield "recording of the same code over moto, each after the latency of its operation. botocore builds, signs and"
    yield "parses as ever; sockets, TLS and limits of the connection pool are left out. *Before* is the code before the"
    yield f"publisher wrote in waves, measured in turns with that of now. Medians of {visible.RUNS} runs.\n"
    yield f"Latencies in ms: {latencies}.\n"
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


def sustaining_part(sustained: Sustained) -> Iterator[str]:
    yield "## Publishing without a pause\n"
    rate, seconds, imported = sustaining.A_SECOND, sustaining.SECONDS, sustaining.IMPORTED
    yield f"Articles like those of the archive, put at {rate} a second for {seconds} s; then an import"
    yield f"of {imported} older articles, as fast as they can be put, with a news item in the middle. The publisher"
    yield "gets batches in the order of the stream, and again from the first record that it reports as failed."
    yield "Wall-clock time on this machine, where the emulator answers one call at a time. No wait is longer"
    yield f"than {sustaining.PATIENCE:g} s.\n"
    yield from table(
        ("what", "figure"),
        [
            ("articles put", sustained.articles),
            ("… in a second", f"{sustained.a_second:.1f}"),
            ("seconds from the last put until no record waits", f"{sustained.settled:.1f}"),
            ("pages missing then", sustained.missing),
            ("records given up", sustained.dead_letters),
            ("imported articles before the news item", sustained.before),
            ("seconds from its put until it is on the front page", f"{sustained.news:.1f}"),
        ],
    )


def outputs_part(objects: Mapping[str, int]) -> Iterator[str]:
    written = outputs.by_kind(objects)
    yield "## What an article writes\n"
    yield "The objects of the newest article, which is in ten channels, before compression, and why they are written.\n"
    total = ("together", sum(each.objects for each in written.values()), f"{sum(objects.values()):,}", "")
    yield from table(
        ("kind", "objects", "bytes", "why"),
        [*((name, each.objects, f"{each.bytes:,}", each.why) for name, each in written.items()), total],
    )


def costs_part(counts: Counts) -> Iterator[str]:
    book = costs.book()
    yield "## Costs\n"
    yield f"US dollars by AWS's list prices in {book['region']} as of {book['as_of']} (no day is recorded), without"
    yield "free tiers, discounts and taxes; `prices.toml` has each price with its page. DynamoDB's units are those of"
    yield "the counted calls:"
    yield "transactions cost double, consistent reads are charged by 4 KB and writes by 1 KB. The publisher's seconds"
    yield "are those of the time to visible.\n"
    events = {
        "an article of ten channels, put and published": costs.article(counts),
        "a thousand page views": costs.times(costs.page_view(counts), 1_000),
        "a thousand polls of a feed": costs.times(costs.feed_poll(counts), 1_000),
        "a sign-up that is confirmed": costs.sign_up(counts),
    }
    yield from table(("what", "dollars"), [(name, f"{costs.dollars(usage):.6f}") for name, usage in events.items()])
    months = {name: costs.month(paper, counts) for name, paper in book["papers"].items()}
    sizes = list(next(iter(book["papers"].values())))
    yield from table(
        ("a month of a paper", *months),
        [
            *((size.replace("_", " "), *(f"{paper[size]:,}" for paper in book["papers"].values())) for size in sizes),
            *(
                (f"{use}, dollars", *(f"{costs.dollars(paper[use]):,.2f}" for paper in months.values()))
                for use in next(iter(months.values()))
            ),
            ("together, dollars", *(f"{sum(map(costs.dollars, paper.values())):,.2f}" for paper in months.values())),
        ],
    )
    yield "Not measured, but assumed:\n"
    yield from table(
        ("assumption", "value"), [(each["meaning"], f"{each['value']:,}") for each in book["assumptions"].values()]
    )
