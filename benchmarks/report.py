"""The report of the measurements, in Markdown."""

import os
import platform
from collections.abc import Iterator
from statistics import median

from benchmarks import importing, pages, polling, rendering, shedding, starting, walking
from benchmarks.bounds import Bound, Polls, SignUps, Walks, Weights
from benchmarks.importing import Import
from benchmarks.pages import Pages
from benchmarks.rendering import Rendering
from benchmarks.shedding import Shedding
from benchmarks.starting import Start
from benchmarks.tables import ms, named, table
from broadsheet_cli.subscribers import BATCH


def head(bounds: list[Bound]) -> Iterator[str]:
    yield "# Benchmarks\n"
    yield "`make bench` writes this file. AWS is moto, in a process of its own where processor time is measured. *Own*"
    yield "processor time is that of all threads of the measured process, without what botocore takes for the calls: to"
    yield "build and sign requests, to send them, and to parse responses. It contains our code, the libraries that it"
    yield "renders with, and the collection of garbage. Times are compared within one run. Counts are exact.\n"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    yield f"Machine: {python}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores.\n"
    yield "## Bounds\n"
    yield from table(
        ("claim", "figure", "limit", "holds"),
        [(bound.claim, bound.figure, bound.limit, "yes" if bound.holds else "**no**") for bound in bounds],
    )


def starting_part(starts: list[Start]) -> Iterator[str]:
    yield "## Starting a function\n"
    yield "Processor time of a new process until it can handle its first event; the peer is a process that imports"
    yield f"boto3 and creates the same clients. Medians of {starting.RUNS} pairs, each run back to back.\n"
    yield from table(
        ("function", "clients", "start, ms", "peer, ms", "ratio"),
        [(s.function, ", ".join(s.clients), ms(median(s.own)), ms(median(s.peer)), f"{s.ratio:.2f}") for s in starts],
    )


def signing_up_part(sign_ups: SignUps) -> Iterator[str]:
    yield "## A sign-up\n"
    yield "The AWS calls that a reader waits for. A new process reads the secrets for email ids and for CloudFront, and"
    yield "reads them again after five minutes.\n"
    yield from table(
        ("state", "in a new process", "afterwards"),
        [(state, named(tallies["cold"]), named(tallies["warm"])) for state, tallies in sign_ups.items()],
    )


def shedding_part(shed: Shedding) -> Iterator[str]:
    yield "## Many sign-ups\n"
    yield f"Responses of the local deployment in a second to {shedding.CLIENTS} concurrent readers, without throttling"
    yield "and rate limits: sign-ups, each a transaction in moto, while their mails are sent; and calls of a"
    yield f"function that does nothing. Wall-clock time, turns of {shedding.SECONDS:g} s; medians of {shedding.TURNS}."
    yield "A deployment throttles much earlier, at the rates in its template and `site.toml`.\n"
    yield from table(
        ("sign-ups", "calls that do nothing", "ratio"),
        [(f"{median(shed.sign_ups):.0f}", f"{median(shed.peer):.0f}", f"{shed.ratio:.3f}")],
    )


def importing_part(imported: Import) -> Iterator[str]:
    yield "## Importing subscribers\n"
    yield f"Batches of {BATCH} new subscribers, by a function that has read its secrets; medians of {importing.TIMED}."
    yield "AWS's responses are those of an empty table. The peer validates the same emails with email-validator and"
    yield "serialises rows of the same size with boto3. Bytes are the peak of additional memory.\n"
    yield from table(
        ("", *(f"{size:,} subscribers" for size in imported.command_memory)),
        [
            ("bytes of the API for the last batches", *(f"{count:,}" for count in imported.api_memory.values())),
            ("bytes of the command for a file", *(f"{count:,}" for count in imported.command_memory.values())),
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
    yield "## Rendering a feed\n"
    yield f"Processor time of {rendering.ENTRIES} entries with their full texts, in RSS, Atom and JSON Feed; the peer"
    yield "is feedgen alone, which writes RSS and Atom. An entry that a function has rendered before, for this"
    yield f"feed or another, is cached. Medians of {rendering.RUNS} runs, each with new articles.\n"
    yield from table(
        ("entries", "ms", "peer, ms", "ratio"),
        [
            ("new", ms(median(rendered.new)), ms(median(rendered.peer)), f"{rendered.ratio:.2f}"),
            ("cached", ms(median(rendered.cached)), "", f"{rendered.ratio_cached:.2f}"),
        ],
    )


def polling_part(polls: Polls) -> Iterator[str]:
    yield "## Polling a feed\n"
    yield f"Bytes over the wire, headers included, for a feed of {polling.ARTICLES} articles of 500 words: the request,"
    yield "and the response. CloudFront's own headers would add about 250 to a response; HTTP/2 and TLS are left out.\n"
    yield from table(
        ("format", "the feed", "request", "unchanged", "one more article, brotli", "gzip", "not compressed"),
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
    yield f"From the feed of an edition with {walking.SIZE:,} articles along the `prev-archive` links to its first"
    yield "article.\n"
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
    yield "pages; the peer is Jinja2 with the same template and context. A text that a function has rendered"
    yield f"before, for a feed, is cached. Medians of runs of {pages.PER_RUN} pages.\n"
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
    yield "Bytes over the wire, headers included, of the sample edition's pages, and of their assets except"
    yield "images. CloudFront's own headers would add about 250 to a response.\n"
    yield from table(
        ("what", "brotli", "gzip", "not compressed"),
        [(name, *(f"{weight[coding]:,}" for coding in polling.ENCODINGS)) for name, weight in weights.items()],
    )
