"""Telling the hub, from a message in the queue to the call at the hub's door."""

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
from broadsheet.services.websub import SETTLED, HubNotifier, NotifiedBatch, notify_batch
from broadsheet.settings import SITE_FILE
from broadsheet.store import websub
from broadsheet.store.rows import to_item
from broadsheet.store.websub import Feeds, Hub, HubPings, WebSubQueue, feeds_of
from infra.local.resources import Deployment
from infra.local.web import Request, Response, Server
from tests.api.events import Context
from tests.world import deployed

SITE = replace(config.parse_site(SITE_FILE.read_text(encoding="utf-8")), base_url="https://courier.example")
FUTURE = datetime(2100, 1, 1, tzinfo=UTC)  # when all that a test writes has settled
RSS, ATOM, TAG = "en/feed.xml", "en/feed.atom", "ar/tag/ميناء/feed.json"


@dataclass
class Door:
    """A hub's door: what is said to it, and what it answers; `elsewhere` to some topics another status."""

    status: int = 204
    elsewhere: dict[str, int] = field(default_factory=dict)
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    heard: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server = Server(self)

    def __call__(self, request: Request) -> Response:
        self.heard.append(request)
        return Response(self.elsewhere.get(self.topics[-1], self.status), self.headers, self.body)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}/push"

    @property
    def topics(self) -> list[str]:
        """What it was told has changed."""
        return [dict(parse_qsl(request.body.decode()))["hub.url"] for request in self.heard]


@dataclass
class House:
    """The site's bucket and the queue over one deployment, and who tells the hub."""

    deployment: Deployment
    door: Door
    now: datetime = FUTURE

    def __post_init__(self) -> None:
        cloud = self.deployment.cloud
        self.bucket, self.table = self.deployment.name("Site"), self.deployment.name("Articles")
        self.feeds, self.told = Feeds(cloud.s3, self.bucket), HubPings(cloud.dynamodb, self.table)

    def write(self, *keys: str, body: str = "news") -> None:
        for key in keys:
            self.deployment.cloud.s3.put_object(Bucket=self.bucket, Key=key, Body=body.encode())

    def notifier(self, url: str | None = None) -> HubNotifier:
        return HubNotifier(self.feeds, self.told, Hub(url or self.door.url), SITE, lambda: self.now)

    def notify(self, *keys: str, url: str | None = None) -> NotifiedBatch:
        """What comes of one message that names these feeds."""
        return notify_batch(self.notifier(url), {"1": keys})

    def notify_in_time_for(self, pings: int, messages: Mapping[str, Sequence[str]]) -> NotifiedBatch:
        """What comes of messages where the time is over after so many pings."""
        until = len(self.door.heard) + pings
        return notify_batch(self.notifier(), messages, Deadline(lambda: float(until - len(self.door.heard))))


@pytest.fixture
def house() -> Iterator[House]:
    door = Door()
    with deployed() as deployment:
        yield House(deployment, door)
    door.server.close()


def test_the_function_stops_when_its_time_is_over_and_the_rest_comes_again(house: House) -> None:
    """aws#14"""
    house.write(RSS, ATOM, TAG)
    messages = {"1": (RSS, ATOM), "2": (TAG,)}
    assert house.notify_in_time_for(1, messages) == NotifiedBatch(1, ["1", "2"])
    assert house.notify_in_time_for(1, messages) == NotifiedBatch(1, ["2"])
    assert house.notify_in_time_for(1, {"2": (TAG,)}) == NotifiedBatch(1, [])
    assert len(set(house.door.topics)) == len(house.door.topics) == 3


def test_the_hub_is_told_of_a_new_feed_by_its_address(house: House) -> None:
    house.write(RSS, TAG)
    assert house.notify(RSS, TAG) == NotifiedBatch(told=2, failed=[])
    first, second = house.door.heard
    assert (first.method, first.path) == ("POST", "/push")
    assert first.header("Content-Type") == "application/x-www-form-urlencoded"
    assert first.body == b"hub.mode=publish&hub.url=https%3A%2F%2Fcourier.example%2Fen%2Ffeed.xml"
    assert dict(parse_qsl(second.body.decode())) == {
        "hub.mode": "publish",
        "hub.url": "https://courier.example/ar/tag/%D9%85%D9%8A%D9%86%D8%A7%D8%A1/feed.json",
    }


def test_it_is_told_of_each_change_once_however_many_messages_there_are(house: House) -> None:
    house.write(RSS, ATOM)
    messages = {"1": [RSS, ATOM], "2": [ATOM, RSS], "3": [RSS]}
    assert notify_batch(house.notifier(), messages) == NotifiedBatch(2, [])
    assert house.notify(RSS, ATOM) == NotifiedBatch(0, [])
    assert house.door.topics == [f"https://courier.example/{key}" for key in (RSS, ATOM)]
    house.write(ATOM, body="other news")
    assert house.notify(RSS, ATOM) == NotifiedBatch(1, [])
    assert house.door.topics[2:] == [f"https://courier.example/{ATOM}"]


def test_it_is_told_of_a_feed_that_is_as_it_was_before_the_last_telling(house: House) -> None:
    """It may have fetched what stood there in between."""
    house.write(RSS)
    now = house.feeds.written(RSS)
    assert now
    house.told.record(RSS, replace(now, at=now.at - timedelta(seconds=1)))
    assert house.notify(RSS).told == 1
    assert house.told.written(RSS) == now


def test_a_feed_that_cloudfront_may_not_show_yet_is_left_to_a_later_message(house: House) -> None:
    house.write(RSS)
    writing = house.feeds.written(RSS)
    assert writing
    house.now = writing.at + SETTLED - timedelta(milliseconds=1)
    assert house.notify(RSS) == NotifiedBatch(0, [])
    assert house.told.written(RSS) is None
    house.now = writing.at + SETTLED
    assert house.notify(RSS) == NotifiedBatch(1, [])


def test_a_feed_that_is_gone_is_no_news(house: House) -> None:
    assert house.notify(RSS) == NotifiedBatch(0, [])
    house.write(RSS)
    house.notify(RSS)
    house.deployment.cloud.s3.delete_object(Bucket=house.bucket, Key=RSS)
    assert house.notify(RSS) == NotifiedBatch(0, [])
    assert len(house.door.heard) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_hub_in_trouble_is_asked_once_and_everything_comes_again(house: House, status: int) -> None:
    house.write(RSS, ATOM, TAG)
    house.door.elsewhere[f"https://courier.example/{ATOM}"] = status
    messages = {"1": [RSS], "2": [RSS, ATOM], "3": [TAG]}
    assert notify_batch(house.notifier(), messages) == NotifiedBatch(1, ["2", "3"])
    assert len(house.door.heard) == 2
    house.door.elsewhere.clear()
    assert notify_batch(house.notifier(), messages) == NotifiedBatch(2, [])


def test_a_hub_that_is_not_there_or_never_answers_is_down(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websub, "PATIENCE", urllib3.Timeout(connect=0.2, read=0.2))
    house.write(RSS, ATOM)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        assert house.notify(RSS, ATOM, url=url) == NotifiedBatch(0, ["1"])
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()  # it was called once
    assert house.notify(RSS, ATOM, url=url) == NotifiedBatch(0, ["1"])
    assert house.notify(RSS, ATOM) == NotifiedBatch(2, [])


@pytest.mark.parametrize("status", [301, 307, 400, 404])
def test_a_feed_that_the_hub_refuses_holds_up_no_other(house: House, status: int) -> None:
    house.write(RSS, ATOM)
    house.door.elsewhere[f"https://courier.example/{RSS}"] = status
    assert notify_batch(house.notifier(), {"1": [RSS], "2": [ATOM]}) == NotifiedBatch(1, ["1"])
    assert house.told.written(RSS) is None


def test_a_redirect_is_not_followed(house: House) -> None:
    house.write(RSS)
    other = Door()
    house.door.status, house.door.headers = 307, [("Location", other.url)]
    assert house.notify(RSS).failed == ["1"]
    assert other.heard == []
    other.server.close()


def test_a_row_that_cannot_be_read_is_one_feeds_trouble(house: House) -> None:
    house.write(RSS, ATOM)
    row = to_item({"pk": f"WEBSUB#{RSS}", "sk": "PING"})
    house.deployment.cloud.dynamodb.put_item(TableName=house.table, Item=row)
    assert notify_batch(house.notifier(), {"1": [RSS], "2": [ATOM]}) == NotifiedBatch(1, ["1"])


def test_what_the_hub_says_is_not_logged(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.write(RSS, ATOM)
    house.door.elsewhere[f"https://courier.example/{RSS}"] = 400
    house.door.status, house.door.body = 503, b"from somewhere else"
    house.notify(RSS, ATOM)
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    assert "somewhere" not in str([vars(record) for record in caplog.records])
    assert [vars(record)["reason"] for record in caplog.records] == ["400", "503"]


# ── The queue and the function on it ──────────────────────────────────────────────────────────────────────────────────


def received(house: House) -> list[dict[str, Any]]:
    """What lies in the queue, taken out, whatever its delay."""
    sqs, url = house.deployment.cloud.sqs, house.deployment.name("WebSubQueue")
    return [dict(one) for one in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])]


@pytest.fixture
def queue(house: House) -> WebSubQueue:
    """The queue, without the delay that it has."""
    sqs, url = house.deployment.cloud.sqs, house.deployment.name("WebSubQueue")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "0"})
    return WebSubQueue(sqs, url)


def test_what_was_sent_is_read_back(house: House, queue: WebSubQueue) -> None:
    queue.send(iter([RSS, TAG]))
    [message] = received(house)
    assert feeds_of(message["Body"]) == [RSS, TAG]


def test_nothing_to_tell_is_no_message(house: House, queue: WebSubQueue) -> None:
    queue.send([])
    assert received(house) == []


def test_many_feeds_are_told_in_messages_that_sqs_takes(house: House, queue: WebSubQueue) -> None:
    keys = [f"ar/tag/{'م' * 500}-{number:03}/feed.xml" for number in range(250)]
    queue.send(keys)
    messages = [message["Body"] for message in received(house)]
    assert max(len(message.encode()) for message in messages) < 256 * 1024
    assert sorted(key for message in messages for key in feeds_of(message)) == keys


@dataclass(frozen=True)
class Function:
    """The function on the queue, as the template sets it up."""

    house: House
    module: Any

    def deliver(self, queue: WebSubQueue, *keys: str) -> int:
        """Bring it a message of these feeds, and say of how many messages it reports that they failed."""
        queue.send(keys)
        records = [{"messageId": one["MessageId"], "body": one["Body"]} for one in received(self.house)]
        return len(self.module.handler({"Records": records}, Context())["batchItemFailures"])


class Tomorrow:
    """Stands where the function has `datetime`."""

    @staticmethod
    def now(zone: Any) -> datetime:
        return datetime.now(zone) + timedelta(days=1)


@pytest.fixture
def function(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Function]:
    variables = house.deployment.environment("WebSubFunction") | {"WEBSUB_HUB": house.door.url}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    module: Any = importlib.import_module("websub")
    settings = module.Settings(variables)
    monkeypatch.setattr(module, "settings", settings)
    monkeypatch.setattr(module, "site", settings.site())
    monkeypatch.setattr(module, "datetime", Tomorrow)
    module.stores.cache_clear()
    yield Function(house, module)
    module.stores.cache_clear()


def test_the_function_tells_the_hub_and_reports_what_it_could_not(
    house: House, queue: WebSubQueue, function: Function
) -> None:
    house.write(RSS, TAG)
    assert function.deliver(queue, RSS, TAG) == 0
    assert [urlsplit(topic).netloc for topic in house.door.topics] == ["courier.example"] * 2
    house.write(RSS, body="other news")
    house.door.status = 500
    assert function.deliver(queue, RSS) == 1


def test_the_function_is_done_with_messages_of_a_time_when_there_was_a_hub(
    house: House, queue: WebSubQueue, function: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(function.module, "site", replace(SITE, hub=None))
    house.write(RSS)
    assert function.deliver(queue, RSS) == 0
    assert house.door.heard == []
