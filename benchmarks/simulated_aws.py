"""AWS while an issue is sent, without an emulator: it answers what a worker asks, and keeps nothing of any reader.

The answers reach the stores where botocore would send a request (`answering_requests`), so that botocore builds, signs
and parses as ever; or in the place of botocore (`answering_calls`), where many mails are simulated. A call takes the
time of its operation on a clock of its own, which nobody waits for.
"""

import json
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from botocore.httpsession import URLLib3Session

from benchmarks import replay
from benchmarks.replay import Recorded
from broadsheet.model.newsletter.issue import IssueKey
from broadsheet.model.newsletter.sending import Segment
from broadsheet.model.newsletter.subscriber import Consent, Preferences, Profile, Subscriber
from broadsheet.store.deliveries import FEEDBACK, ISSUE, RUNNING, SEGMENT
from broadsheet.store.rows import to_item
from broadsheet.store.subscriber_rows import row_of
from broadsheet.store.subscribers import META, PREFIX

# Seconds from a request to its whole response, as `replay` has them. A mail of 100 KB takes SES longer than a row takes
# DynamoDB, and each twentieth still longer.
LATENCIES: Mapping[str, float] = {**replay.LATENCIES, "Scan": 0.020, "SendEmail": 0.100, "slow SendEmail": 0.300}
SLOW = 20
BEGAN = datetime(2026, 3, 14, 5, 3, tzinfo=UTC)
CONFIRMED = BEGAN - timedelta(days=100)
SES_PATH = "/v2/email/outbound-emails"


@dataclass
class Clock:
    """A clock that passes only where somebody waits."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self.now += seconds

    def utc(self) -> datetime:
        """The time of day."""
        return BEGAN + timedelta(seconds=self.now)


@dataclass
class SimulatedAws:
    """A subscribers table with `rows` subscribers, each `every`th of them a reader of the issue, and SES.

    `running` says how many issues are being sent at a time of the clock. A mail takes `processor` seconds of the
    function, besides the calls. `sent_at` has the time of each mail, if `times` are asked for; `latest` has the latest
    request of each operation.
    """

    key: IssueKey
    rows: int
    segments: int = 1
    every: int = 1
    clock: Clock = field(default_factory=Clock)
    latencies: Mapping[str, float] = field(default_factory=lambda: LATENCIES)
    processor: float = 0.0
    running: Callable[[float], int] = lambda _: 1
    times: bool = False
    sent: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    latest: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    sent_at: "array[float]" = field(default_factory=lambda: array("d"))

    def __post_init__(self) -> None:
        of_each = Segment(0, self.rows // self.segments // self.every)
        self._segments = {number: _segment_item(self.key, of_each, number) for number in range(self.segments)}
        self._reader, self._other = (_reader_item(self.key, frequency) for frequency in ("daily", "weekly"))

    def answer(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """The response to a call."""
        self.clock.sleep(self.latencies.get(operation, 0.0))
        self.calls[operation] += 1
        self.latest[operation] = request
        match operation:
            case "SendEmail":
                return self._mail()
            case "Scan":
                return self._page(request)
            case "GetItem":
                return {"Item": self._segments[int(request["Key"]["sk"]["S"].removeprefix(SEGMENT))]}
            case "Query":
                return {"Items": self._items(request["ExpressionAttributeValues"][":pk"]["S"])}
            case "PutItem" if request["Item"]["sk"]["S"].startswith(SEGMENT):
                self._segments[int(request["Item"]["number"]["N"])] = request["Item"]
            case "PutItem":
                self.latest["record"] = request
        return {}

    def _mail(self) -> dict[str, Any]:
        self.sent += 1
        if self.sent % SLOW == 0:
            self.clock.sleep(self.latencies.get("slow SendEmail", 0.0) - self.latencies.get("SendEmail", 0.0))
        if self.times:
            self.sent_at.append(self.clock())
        self.clock.sleep(self.processor)
        return {"MessageId": "0100019c-simulated"}

    def _page(self, request: Mapping[str, Any]) -> dict[str, Any]:
        segment = request.get("Segment", 0)
        after = request.get("ExclusiveStartKey")
        first = _number_of(after["pk"]["S"]) + self.segments if after else segment
        numbers = range(first, self.rows, self.segments)[: request["Limit"]]
        page: dict[str, Any] = {"Items": [self._subscriber(number) for number in numbers]}
        if numbers and numbers[-1] + self.segments < self.rows:
            page["LastEvaluatedKey"] = {"pk": {"S": _pk(numbers[-1])}, "sk": {"S": META}}
        return page

    def _subscriber(self, number: int) -> dict[str, Any]:
        item = self._other if number // self.segments % self.every else self._reader
        profile = {**item["profile"]["M"], "email": {"S": f"reader{number:07}@example.org"}}
        return {**item, "pk": {"S": _pk(number)}, "profile": {"M": profile}}

    def _items(self, pk: str) -> list[dict[str, Any]]:
        if pk == RUNNING:
            others = (f"en-daily-2000-01-{day:02}" for day in count(1))
            ids = [self.key.id, *(next(others) for _ in range(self.running(self.clock()) - 1))]
            return [to_item({"pk": RUNNING, "sk": id}) for id in ids]
        feedback = {"pk": pk, "sk": FEEDBACK, "bounces": 0, "complaints": 0}
        return [to_item(feedback), *self._segments.values()]


@contextmanager
def answering_calls(aws: SimulatedAws) -> Iterator[None]:
    """All clients get their responses from there, in the place of botocore."""
    name = "_make_api_call"
    original = getattr(BaseClient, name)

    def call(_: BaseClient, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        return aws.answer(operation, request)

    setattr(BaseClient, name, call)
    try:
        yield
    finally:
        setattr(BaseClient, name, original)


@contextmanager
def answering_requests(aws: SimulatedAws) -> Iterator[None]:
    """All clients get their responses from there, as if they came from AWS."""
    original = URLLib3Session.send

    def send(_: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
        body: Any = request.body
        is_mail = str(request.url).endswith(SES_PATH)
        operation = "SendEmail" if is_mail else replay.operation_of(request)
        # The others need not be read, which would take as long as botocore takes to write them.
        is_read = operation in ("Scan", "GetItem", "Query") or (operation == "PutItem" and SEGMENT.encode() in body)
        asked = json.loads(body) if is_read else {"Item": {"sk": {"S": ""}}}
        return replay.response(request, Recorded(200, {}, json.dumps(aws.answer(operation, asked)).encode()))

    URLLib3Session.send = send  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        URLLib3Session.send = original  # type: ignore[method-assign]


def _segment_item(key: IssueKey, segment: Segment, number: int) -> dict[str, Any]:
    counts = dict.fromkeys(("sent", "skipped", "suppressed", "failed", "unknown"), 0)
    row = {"number": number, "audience": segment.audience, "epoch": 0, "position": None, "counts": counts}
    keys = {"pk": f"{ISSUE}{key.id}", "sk": f"{SEGMENT}{number:03}"}
    return to_item(keys | row | {"done": False, "moved_at": None})


def _reader_item(key: IssueKey, frequency: str) -> dict[str, Any]:
    preferences = Preferences(key.edition, (), frequency)
    consent = Consent(CONFIRMED, "https://courier.example/en/", "1", key.edition)
    profile = Profile("", preferences, consent, CONFIRMED)
    reader = Subscriber("", "confirmed", CONFIRMED, profile, "n" * 22, sent_until=BEGAN - timedelta(days=1), revision=9)
    return to_item({"pk": "", "sk": META} | row_of(reader))


def _pk(number: int) -> str:
    return f"{PREFIX}{number:022}"


def _number_of(pk: str) -> int:
    return int(pk.removeprefix(PREFIX))
