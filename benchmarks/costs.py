"""(j) Dollars for what the other benchmarks count, at the list prices in `prices.toml`."""

import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.tally import Tally

DAYS = 30
GB = 1e9
MEMORY = {"api": 0.5, "publish": 1.769}  # GB, as in template.yaml
S3_READS, S3_WRITES = ("GetObject", "HeadObject"), ("PutObject", "CopyObject", "ListObjectsV2")
FEED_FUNCTIONS = 2  # CloudFront functions that run for a poll: on the request and on the response

Usage = Counter[str]
"""How much of each thing that has a price, in fractions too."""


@dataclass(frozen=True)
class Counts:
    """What was measured: an article's put and its publishing (with its seconds), a sign-up, and bytes over the wire."""

    put: Tally
    published: Tally
    published_seconds: float
    sign_up: Tally
    page_bytes: int
    unchanged_feed_bytes: int
    changed_feed_bytes: int


@cache
def book() -> Mapping[str, Any]:
    """The prices, assumptions and papers."""
    return tomllib.loads((Path(__file__).parent / "prices.toml").read_text(encoding="utf-8"))


def assumed(name: str) -> float:
    """The value of an assumption."""
    return float(book()["assumptions"][name]["value"])


def dollars(usage: Mapping[str, float]) -> float:
    """What the usage costs. Raises KeyError for a thing without a price."""
    prices = book()["prices"]
    return float(sum(amount * prices[name]["dollars"] / prices[name]["each"] for name, amount in usage.items()))


def times(usage: Mapping[str, float], number: float) -> Usage:
    """The usage that many times."""
    return Usage({name: amount * number for name, amount in usage.items()})


def article(counts: Counts) -> Usage:
    """An article of ten channels that is put once and published, and its event."""
    return (
        _calls(counts.put)
        + Usage(api_calls=1)
        + _run("api", assumed("api_seconds"))
        + _calls(counts.published)
        + _run("publish", counts.published_seconds)
        + Usage(events=1)
        + _run("api", assumed("events_seconds"))
    )


def page_view(counts: Counts) -> Usage:
    """An article's page with its fragments and a picture."""
    requests = assumed("view_requests")
    sent = counts.page_bytes + assumed("view_fragment_bytes") + assumed("view_picture_bytes")
    return _edge(requests, requests - 1, sent, assumed("cached_share"))  # none runs for a picture


def feed_poll(counts: Counts) -> Usage:
    """A poll of an edition's feed, changed now and then."""
    changed = assumed("changed_share")
    sent = changed * counts.changed_feed_bytes + (1 - changed) * counts.unchanged_feed_bytes
    return _edge(1, FEED_FUNCTIONS, sent, assumed("feed_cached_share"))


def sign_up(counts: Counts) -> Usage:
    """A sign-up that its reader confirms: the form, the sign-up, two mails, the page and the button of the link."""
    calls = times(Usage(api_calls=1, cloudfront_requests=1) + _run("api", assumed("api_seconds")), 4)
    mails = times(Usage(mails=1) + _run("api", assumed("mailer_seconds")), 2)
    return _calls(counts.sign_up) + calls + mails + _usage(dynamodb_writes=assumed("confirming_writes"))


def idle() -> Usage:
    """A month of a deployment that nobody uses."""
    fixed = dict(book()["idle"])
    queues, runs = fixed.pop("polled_queues"), fixed.pop("schedule_runs")
    return Usage(fixed) + times(polled_queue(), queues) + times(scheduled_run(), runs)


def polled_queue() -> Usage:
    """A month of a queue that a function polls."""
    return _usage(sqs_requests=assumed("poll_requests"))


def scheduled_run() -> Usage:
    """A run of the schedule's function that finds nothing due. X-Ray traces the first request of each second."""
    run = _run("api", assumed("schedule_seconds")) + _usage(dynamodb_reads=2, s3_gets=1)
    return Usage({**run, "traces": 1})


def metrics() -> Usage:
    """A month in which each custom metric is sent in every hour."""
    return Usage(book()["metrics"])


def month(paper: Mapping[str, float], counts: Counts) -> dict[str, Usage]:
    """A month of a paper, by what it is for."""
    articles = paper["articles_a_day"] * DAYS * assumed("put_times")
    return {
        "publishing": times(article(counts), articles),
        "page views": times(page_view(counts), paper["page_views"]),
        "feed polls": times(feed_poll(counts), paper["feed_polls"]),
        "sign-ups": times(sign_up(counts), paper["sign_ups"]),
        "storage": _usage(
            s3_storage=paper["archive"] * assumed("stored_bytes") / GB,
            dynamodb_storage=paper["archive"] * assumed("row_bytes") / GB,
        ),
        "idle": idle(),
        "custom metrics": metrics(),
    }


def _run(function: str, seconds: float) -> Usage:
    return _usage(
        lambda_requests=1,
        lambda_gb_seconds=MEMORY[function] * seconds,
        log_gigabytes=assumed("log_bytes") / GB,
        traces=assumed("trace_share"),
    )


def _calls(tally: Tally) -> Usage:
    return _usage(
        dynamodb_reads=tally.units_read,
        dynamodb_writes=tally.units_written,
        s3_gets=sum(tally.calls[operation] for operation in S3_READS),
        s3_puts=sum(tally.calls[operation] for operation in S3_WRITES),
        sqs_requests=sum(number for operation, number in tally.calls.items() if operation.startswith("SendMessage")),
    )


def _edge(requests: float, functions: float, sent: float, cached: float) -> Usage:
    return _usage(
        cloudfront_requests=requests,
        cloudfront_functions=functions,
        cloudfront_gigabytes=sent / GB,
        s3_gets=requests * (1 - cached),
    )


def _usage(**amounts: float) -> Usage:
    return Usage(amounts)
