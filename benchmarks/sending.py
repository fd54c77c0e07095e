"""(k) An issue that is sent: its AWS calls, its processor time, its memory, and how long it takes at SES's rates.

One worker is measured. Workers share nothing but SES's rate, so the others do the same at the same time.
"""

import gc
import resource
import time
import tracemalloc
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import median
from typing import Any

import boto3

from benchmarks.lambdas import BASE
from benchmarks.simulated_aws import BEGAN, LATENCIES, SimulatedAws, answering_calls, answering_requests
from benchmarks.tally import tallied
from broadsheet.deadline import Deadline
from broadsheet.model.newsletter.issue import IssueKey
from broadsheet.model.newsletter.sending import SHARE, Sending, segments_for
from broadsheet.model.newsletter.tokens import Keyring
from broadsheet.render.newsletter.issue_mail import Link
from broadsheet.services.sending.contents import Contents
from broadsheet.services.sending.delivery import Delivery
from broadsheet.services.sending.pace import Pace
from broadsheet.services.sending.worker import Worker
from broadsheet.store.aws import CONFIG
from broadsheet.store.deliveries import Deliveries
from broadsheet.store.ses import NO_RETRIES, Ses
from broadsheet.store.subscribers import Subscribers
from tests.api.newsletter.mails import LINKS, SENDER, SITE, composed

KEY = IssueKey("en", "daily", "2026-03-14")
RATES = (14, 100, 500)  # mails a second that SES takes: an account's first rate, and higher ones
READERS = 1_000_000
CALL = 260.0  # seconds that a call of the function works
BURST = 10.0  # seconds
BETWEEN = 0.5  # seconds from the end of a call until the next one works
# What the function does at the beginning of each call, besides the worker: it reads the sending, the issue and its
# articles, the account and the secret.
OF_A_CALL = 5
ROUNDS, PER_ROUND = 9, 100
MEMORY_SIZES = (1_000, 10_000, 100_000, 1_000_000)
TRACED = 10_000  # readers; for more, which would take hours, only the process is looked at
ARTICLES = 200  # more than an HTML of 96 KB has room for
KEYRING = Keyring("1", {"1": "k" * 64})
FREE = dict.fromkeys(LATENCIES, 0.0)


@dataclass(frozen=True)
class Processor:
    """Seconds of processor time for a mail, in rounds: of a worker with its calls, of the worker alone, of calling SES
    with a mail of that size, and of that call between a claim and a record that are made in advance."""

    worker: list[float]
    own: list[float]
    ses: list[float]
    calls: list[float]
    mail_bytes: int

    def ratio(self, seconds: list[float], peer: list[float]) -> float:
        """How many times the peer's time."""
        return median(one / other for one, other in zip(seconds, peer, strict=True))


@dataclass(frozen=True)
class Speed:
    """All workers of an issue at one of SES's rates, during one call of the function: mails a second, and the most in
    `BURST` seconds, a second, if all workers had them at once. SES takes more than its rate for short bursts."""

    rate: float
    segments: int
    a_second: float
    most: float

    @property
    def share(self) -> float:
        """How much it is of the part of SES's rate that issues may have."""
        return self.a_second / (self.rate * SHARE)


@dataclass(frozen=True)
class Sent:
    """What was measured: the calls of a worker where all subscribers are readers and where a tenth are; processor time;
    bytes that a worker needs at most by its readers, and by how many the process grew; speeds of one issue, and of one
    beside another one."""

    all_readers: SimulatedAws
    a_tenth: SimulatedAws
    processor: Processor
    memory: dict[int, int]
    grown: dict[int, int]
    speeds: list[Speed]
    beside: list[Speed]


def calls_per_mail(aws: SimulatedAws) -> float:
    """AWS calls for a mail, with those at the beginning of each call of the function."""
    return (aws.calls.total() + OF_A_CALL) / aws.sent


def measure(memory_sizes: tuple[int, ...] = MEMORY_SIZES) -> Sent:
    """Everything, in this process."""
    processor = processor_time()
    seconds = on_lambda(median(processor.worker))
    memory, grown = memory_of(memory_sizes)
    return Sent(
        count_calls(1),
        count_calls(10),
        processor,
        memory,
        grown,
        [speed(rate, seconds) for rate in RATES],
        [speed(rate, seconds, issues=2) for rate in RATES],
    )


def on_lambda(seconds: float, megabytes: int = 512) -> float:
    """How long that much processor time takes in a function with so much memory: 1,769 MB have one processor."""
    return seconds * 1_769 / megabytes


def count_calls(every: int) -> SimulatedAws:
    """What a worker asks for in one call of the function, where each `every`th subscriber is a reader."""
    aws = SimulatedAws(KEY, every * 10 * READERS, segments_for(RATES[0]), every)
    with answering_calls(aws):
        _work(aws, RATES[0], CALL)
    return aws


def speed(rate: float, processor: float, issues: int = 1) -> Speed:
    """How fast an issue is sent while so many issues are sent."""
    segments = segments_for(rate)
    aws = SimulatedAws(KEY, 10 * READERS, segments, processor=processor, running=lambda _: issues, times=True)
    with answering_calls(aws):
        _work(aws, rate, CALL)
    most = max(bisect_left(aws.sent_at, at + BURST) - first for first, at in enumerate(aws.sent_at))
    return Speed(rate, segments, segments * aws.sent / (CALL + BETWEEN), segments * most / BURST)


def processor_time(rounds: int = ROUNDS, mails: int = PER_ROUND) -> Processor:
    """Processor time of a worker and of its peers, in turns."""
    aws = SimulatedAws(KEY, (2 * rounds + 1) * mails, latencies=FREE)
    message = _mail()
    worker, own, ses, calls = list[float](), list[float](), list[float](), list[float]()
    with answering_requests(aws):
        _work(aws, RATES[0], mails=mails)  # the first mails have what a process does once
        send, claim, record = _prepared(message)
        for _ in range(rounds):
            worker.append(_timed((lambda: _work(aws, RATES[0], mails=mails),), 1) / mails)
            with tallied() as tally:
                _work(aws, RATES[0], mails=mails)
            own.append(tally.cpu / mails)
            ses.append(_timed((send,), mails))
            calls.append(_timed((claim, send, record), mails))
    return Processor(worker, own, ses, calls, len(message))


def memory_of(sizes: tuple[int, ...]) -> tuple[dict[int, int], dict[int, int]]:
    """The most bytes that a worker needs at a time, and by how many the process grew, by the number of readers."""
    traced, grown = dict[int, int](), dict[int, int]()
    _sent_to(100)
    for size in sizes:
        before = _peak()
        if size <= TRACED:
            gc.collect()
            tracemalloc.start()
            try:
                _sent_to(size)
                traced[size] = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
        else:
            _sent_to(size)
        grown[size] = _peak() - before
    return traced, grown


def _sent_to(readers: int) -> None:
    aws = SimulatedAws(KEY, readers)
    with answering_calls(aws):
        _work(aws, RATES[-1], 1e9)
    if aws.sent != readers:
        raise RuntimeError(f"{aws.sent} mails were sent to {readers} readers")


def _work(aws: SimulatedAws, rate: float, seconds: float = 1e9, mails: int = READERS) -> None:
    """One call of the function for the first segment. It works for so long, or until so many mails were sent."""
    until, last = aws.clock() + seconds, aws.sent + mails
    sending = Sending(KEY, "running", BEGAN, run=1, segments=aws.segments, started_at=BEGAN)
    deadline = Deadline(lambda: until - aws.clock() if aws.sent < last else 0.0)
    deliveries, subscribers, ses, contents = _stores()
    pace = Pace(aws.clock, aws.clock.sleep)
    delivery = Delivery(deliveries, subscribers, ses, KEYRING, SITE, SENDER, contents, pace, aws.clock.utc)
    Worker(delivery, sending, rate).work(0, deadline)


@cache
def _stores() -> tuple[Deliveries, Subscribers, Ses, Contents]:
    """What a process has, with an issue whose mails are as large as they may be."""
    issue, articles = composed(more=ARTICLES)
    dynamodb = _client("dynamodb", CONFIG)
    return (
        Deliveries(dynamodb, "deliveries"),
        Subscribers(dynamodb, "subscribers"),
        Ses(_client("sesv2", CONFIG.merge(NO_RETRIES)), "issues"),
        Contents(issue, articles, SITE),
    )


def _client(service: Any, config: Any) -> Any:
    return boto3.client(
        service,
        config=config,
        region_name=BASE["AWS_DEFAULT_REGION"],
        aws_access_key_id=BASE["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=BASE["AWS_SECRET_ACCESS_KEY"],
    )


def _mail() -> bytes:
    """The mail of one reader."""
    mail = _stores()[3].mail((), None, SENDER)
    if mail is None:
        raise RuntimeError("the issue has no articles")
    links: dict[Link, str] = {"unsubscribe": LINKS["unsubscribe"], "preferences": LINKS["preferences"]}
    return mail.to("reader0000000@example.org", links, "0" * 22)


def _prepared(message: bytes) -> list[Callable[[], object]]:
    """The calls of one mail as a bare program makes them: SES, and the claim and the record with their final requests.

    They are those of a worker, which are kept while it sends one mail.
    """
    aws = SimulatedAws(KEY, 1)
    with answering_calls(aws):
        _work(aws, RATES[0])
    dynamodb, ses = _client("dynamodb", CONFIG), _client("sesv2", CONFIG.merge(NO_RETRIES))
    sent = {**aws.latest["SendEmail"], "Content": {"Raw": {"Data": message}}}
    return [
        lambda: ses.send_email(**sent),
        lambda: dynamodb.transact_write_items(**aws.latest["TransactWriteItems"]),
        lambda: dynamodb.put_item(**aws.latest["record"]),
    ]


def _timed(calls: Sequence[Callable[[], object]], times: int) -> float:
    """The processor time of all the calls, one after the other."""
    start = time.thread_time()
    for _ in range(times):
        for call in calls:
            call()
    return (time.thread_time() - start) / times


def _peak() -> int:
    """The most bytes that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1_024
