"""Pings, from a message in the queue to the request that the hub gets."""

import importlib
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import urllib3

from broadsheet.deadline import Deadline
from broadsheet.model import config
from broadsheet.services.websub import SETTLED, HubPinger, PingedBatch, ping_batch
from broadsheet.settings import SITE_FILE
from broadsheet.store import peer
from broadsheet.store.announcements import AnnouncementQueue, items_of
from broadsheet.store.rows import to_item
from broadsheet.store.websub import Feeds, Hub, HubPings
from infra.local.resources import Deployment
from infra.local.web import Request, Response, Server
from tests.api.events import Context
from tests.world import deployed

SITE = replace(config.parse_site(SITE_FILE.read_text(encoding="utf-8")), base_url="https://courier.example")
FUTURE = datetime(2100, 1, 1, tzinfo=UTC)  # when all that a test writes has settled
RSS, ATOM, TAG = "en/feed.xml", "en/feed.atom", "ar/tag/ميناء/feed.json"


@dataclass
class FakeHub:
    """A hub with its requests and its response; the status is another for some topics."""

    status: int = 204
    statuses: dict[str, int] = field(default_factory=dict)
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    requests: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server = Server(self)

    def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        return Response(self.statuses.get(self.topics[-1], self.status), self.headers, self.body)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}/push"

    @property
    def topics(self) -> list[str]:
        """The URLs of the feeds that it was pinged for."""
        return [dict(parse_qsl(request.body.decode()))["hub.url"] for request in self.requests]


@dataclass
class FeedSite:
    """The feeds in the bucket of one deployment, and a hub that is pinged for them."""

    deployment: Deployment
    hub: FakeHub
    now: datetime = FUTURE

    def __post_init__(self) -> None:
        clients = self.deployment.clients
        self.bucket, self.table = self.deployment.name("Site"), self.deployment.name("Articles")
        self.feeds, self.pings = Feeds(clients.s3, self.bucket), HubPings(clients.dynamodb, self.table)

    def write(self, *keys: str, body: str = "news") -> None:
        for key in keys:
            self.deployment.clients.s3.put_object(Bucket=self.bucket, Key=key, Body=body.encode())

    def pinger(self, url: str | None = None) -> HubPinger:
        return HubPinger(self.feeds, self.pings, Hub(url or self.hub.url), SITE, lambda: self.now)

    def ping(self, *keys: str, url: str | None = None) -> PingedBatch:
        """The result of one message that names these feeds."""
        return ping_batch(self.pinger(url), {"1": keys})

    def ping_in_time_for(self, pings: int, messages: Mapping[str, Sequence[str]]) -> PingedBatch:
        """The result of messages where the deadline passes after so many pings."""
        until = len(self.hub.requests) + pings
        return ping_batch(self.pinger(), messages, Deadline(lambda: float(until - len(self.hub.requests))))


@pytest.fixture
def site() -> Iterator[FeedSite]:
    hub = FakeHub()
    with deployed() as deployment:
        yield FeedSite(deployment, hub)
    hub.server.close()


def test_the_function_stops_at_its_deadline_and_reports_the_rest_as_failed(site: FeedSite) -> None:
    """aws#14"""
    site.write(RSS, ATOM, TAG)
    messages = {"1": (RSS, ATOM), "2": (TAG,)}
    assert site.ping_in_time_for(1, messages) == PingedBatch(1, ["1", "2"])
    assert site.ping_in_time_for(1, messages) == PingedBatch(1, ["2"])
    assert site.ping_in_time_for(1, {"2": (TAG,)}) == PingedBatch(1, [])
    assert len(set(site.hub.topics)) == len(site.hub.topics) == 3


def test_the_hub_is_pinged_for_a_new_feed_with_its_url(site: FeedSite) -> None:
    site.write(RSS, TAG)
    assert site.ping(RSS, TAG) == PingedBatch(feeds=2, failed=[])
    first, second = site.hub.requests
    assert (first.method, first.path) == ("POST", "/push")
    assert first.header("Content-Type") == "application/x-www-form-urlencoded"
    assert first.body == b"hub.mode=publish&hub.url=https%3A%2F%2Fcourier.example%2Fen%2Ffeed.xml"
    assert dict(parse_qsl(second.body.decode())) == {
        "hub.mode": "publish",
        "hub.url": "https://courier.example/ar/tag/%D9%85%D9%8A%D9%86%D8%A7%D8%A1/feed.json",
    }


def test_each_change_causes_one_ping_however_many_messages_there_are(site: FeedSite) -> None:
    site.write(RSS, ATOM)
    messages = {"1": [RSS, ATOM], "2": [ATOM, RSS], "3": [RSS]}
    assert ping_batch(site.pinger(), messages) == PingedBatch(2, [])
    assert site.ping(RSS, ATOM) == PingedBatch(0, [])
    assert site.hub.topics == [f"https://courier.example/{key}" for key in (RSS, ATOM)]
    site.write(ATOM, body="other news")
    assert site.ping(RSS, ATOM) == PingedBatch(1, [])
    assert site.hub.topics[2:] == [f"https://courier.example/{ATOM}"]


def test_a_feed_that_returned_to_its_earlier_bytes_causes_a_ping(site: FeedSite) -> None:
    """The hub may have fetched the bytes in between."""
    site.write(RSS)
    now = site.feeds.version(RSS)
    assert now
    site.pings.record(RSS, replace(now, written_at=now.written_at - timedelta(seconds=1)))
    assert site.ping(RSS).feeds == 1
    assert site.pings.last(RSS) == now


def test_a_feed_that_cloudfront_may_not_serve_yet_is_left_to_a_later_message(site: FeedSite) -> None:
    site.write(RSS)
    version = site.feeds.version(RSS)
    assert version
    site.now = version.written_at + SETTLED - timedelta(milliseconds=1)
    assert site.ping(RSS) == PingedBatch(0, [])
    assert site.pings.last(RSS) is None
    site.now = version.written_at + SETTLED
    assert site.ping(RSS) == PingedBatch(1, [])


def test_a_feed_that_does_not_exist_causes_no_ping(site: FeedSite) -> None:
    assert site.ping(RSS) == PingedBatch(0, [])
    site.write(RSS)
    site.ping(RSS)
    site.deployment.clients.s3.delete_object(Bucket=site.bucket, Key=RSS)
    assert site.ping(RSS) == PingedBatch(0, [])
    assert len(site.hub.requests) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_hub_with_an_error_is_pinged_once_and_all_else_is_retried(site: FeedSite, status: int) -> None:
    site.write(RSS, ATOM, TAG)
    site.hub.statuses[f"https://courier.example/{ATOM}"] = status
    messages = {"1": [RSS], "2": [RSS, ATOM], "3": [TAG]}
    assert ping_batch(site.pinger(), messages) == PingedBatch(1, ["2", "3"])
    assert len(site.hub.requests) == 2
    site.hub.statuses.clear()
    assert ping_batch(site.pinger(), messages) == PingedBatch(2, [])


def test_a_hub_that_is_unreachable_or_never_answers_is_down(site: FeedSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer, "TIMEOUT", urllib3.Timeout(connect=0.2, read=0.2))
    site.write(RSS, ATOM)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        assert site.ping(RSS, ATOM, url=url) == PingedBatch(0, ["1"])
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()  # it was pinged once
    assert site.ping(RSS, ATOM, url=url) == PingedBatch(0, ["1"])
    assert site.ping(RSS, ATOM) == PingedBatch(2, [])


@pytest.mark.parametrize("status", [301, 307, 400, 404])
def test_a_feed_that_the_hub_refuses_does_not_hold_up_others(site: FeedSite, status: int) -> None:
    site.write(RSS, ATOM)
    site.hub.statuses[f"https://courier.example/{RSS}"] = status
    assert ping_batch(site.pinger(), {"1": [RSS], "2": [ATOM]}) == PingedBatch(1, ["1"])
    assert site.pings.last(RSS) is None


def test_a_redirect_is_not_followed(site: FeedSite) -> None:
    site.write(RSS)
    other = FakeHub()
    site.hub.status, site.hub.headers = 307, [("Location", other.url)]
    assert site.ping(RSS).failed == ["1"]
    assert other.requests == []
    other.server.close()


def test_an_invalid_row_concerns_one_feed(site: FeedSite) -> None:
    site.write(RSS, ATOM)
    row = to_item({"pk": f"WEBSUB#{RSS}", "sk": "PING"})
    site.deployment.clients.dynamodb.put_item(TableName=site.table, Item=row)
    assert ping_batch(site.pinger(), {"1": [RSS], "2": [ATOM]}) == PingedBatch(1, ["1"])


def test_the_hubs_responses_are_not_logged(site: FeedSite, caplog: pytest.LogCaptureFixture) -> None:
    site.write(RSS, ATOM)
    site.hub.statuses[f"https://courier.example/{RSS}"] = 400
    site.hub.status, site.hub.body = 503, b"from somewhere else"
    site.ping(RSS, ATOM)
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    assert "somewhere" not in str([vars(record) for record in caplog.records])
    assert [vars(record)["reason"] for record in caplog.records] == ["400", "503"]


# ── The queue and the function on it ──────────────────────────────────────────────────────────────────────────────────


def received(site: FeedSite) -> list[dict[str, Any]]:
    """The messages in the queue, which are taken out."""
    sqs, url = site.deployment.clients.sqs, site.deployment.name("WebSubQueue")
    return [dict(one) for one in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])]


@pytest.fixture
def queue(site: FeedSite) -> AnnouncementQueue:
    """The queue, without its delay."""
    sqs, url = site.deployment.clients.sqs, site.deployment.name("WebSubQueue")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "0"})
    return AnnouncementQueue(sqs, url)


def test_a_message_holds_the_keys_that_were_sent(site: FeedSite, queue: AnnouncementQueue) -> None:
    queue.send(iter([RSS, TAG]))
    [message] = received(site)
    assert items_of(message["Body"]) == [RSS, TAG]


def test_no_feeds_are_no_message(site: FeedSite, queue: AnnouncementQueue) -> None:
    queue.send([])
    assert received(site) == []


def test_many_feeds_fit_into_messages_of_sqs(site: FeedSite, queue: AnnouncementQueue) -> None:
    keys = [f"ar/tag/{'م' * 500}-{number:03}/feed.xml" for number in range(250)]
    queue.send(keys)
    messages = [message["Body"] for message in received(site)]
    assert max(len(message.encode()) for message in messages) < 256 * 1024
    assert sorted(key for message in messages for key in items_of(message)) == keys


@dataclass(frozen=True)
class Function:
    """The function on the queue, as the template sets it up."""

    site: FeedSite
    module: Any

    def deliver(self, queue: AnnouncementQueue, *keys: str) -> int:
        """Invoke it with a message of these feeds, and return how many messages it reports as failed."""
        queue.send(keys)
        records = [{"messageId": one["MessageId"], "body": one["Body"]} for one in received(self.site)]
        return len(self.module.handler({"Records": records}, Context())["batchItemFailures"])


class Tomorrow:
    """Takes the place of `datetime` in the function."""

    @staticmethod
    def now(zone: Any) -> datetime:
        return datetime.now(zone) + timedelta(days=1)


@pytest.fixture
def function(site: FeedSite, monkeypatch: pytest.MonkeyPatch) -> Iterator[Function]:
    variables = site.deployment.environment("WebSubFunction") | {"WEBSUB_HUB": site.hub.url}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    module: Any = importlib.import_module("websub")
    settings = module.Settings(variables)
    monkeypatch.setattr(module, "settings", settings)
    monkeypatch.setattr(module, "site", settings.site())
    monkeypatch.setattr(module, "datetime", Tomorrow)
    module.deps.cache_clear()
    yield Function(site, module)
    module.deps.cache_clear()


def test_the_function_pings_the_hub_and_reports_failures(
    site: FeedSite, queue: AnnouncementQueue, function: Function
) -> None:
    site.write(RSS, TAG)
    assert function.deliver(queue, RSS, TAG) == 0
    assert [urlsplit(topic).netloc for topic in site.hub.topics] == ["courier.example"] * 2
    site.write(RSS, body="other news")
    site.hub.status = 500
    assert function.deliver(queue, RSS) == 1


def test_the_function_drops_messages_when_the_hub_has_been_removed(
    site: FeedSite, queue: AnnouncementQueue, function: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(function.module, "site", replace(SITE, hub=None))
    site.write(RSS)
    assert function.deliver(queue, RSS) == 0
    assert site.hub.requests == []
