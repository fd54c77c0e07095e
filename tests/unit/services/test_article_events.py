"""What consumers get of changes of articles, and what happens to events that EventBridge does not take."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from broadsheet.deadline import Deadline
from broadsheet.services.article_events import send_batch
from broadsheet.store.dead_letters import SetAside
from broadsheet.store.event_bus import MOST_ENTRIES, EventBus
from broadsheet.telemetry import logger
from infra.local.resources import Deployment
from tests.events import Consumer
from tests.world import World, set_nothing_aside

HOUR = timedelta(hours=1)
Records = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def consumer(deployment: Deployment) -> Consumer:
    return Consumer.of(deployment)


@pytest.fixture
def stream(world: World) -> "Stream":
    return Stream(world)


class Stream:
    """The articles' stream, from where it is now."""

    def __init__(self, world: World) -> None:
        self._clients = world.clients
        self._table = world.clients.dynamodb.describe_table(TableName=world.table)["Table"]["LatestStreamArn"]
        self._last = max(self._all(), key=int, default="0")

    def records(self) -> Records:
        """The records of articles since the last call."""
        found = {sequence: record for sequence, record in self._all().items() if int(sequence) > int(self._last)}
        self._last = max(found, key=int, default=self._last)
        return {sequence: record for sequence, record in found.items() if record["Keys"]["sk"]["S"] == "META"}

    def _all(self) -> Records:
        [shard] = self._clients.streams.describe_stream(StreamArn=self._table)["StreamDescription"]["Shards"]
        iterator = self._clients.streams.get_shard_iterator(
            StreamArn=self._table, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        records = self._clients.streams.get_records(ShardIterator=iterator)["Records"]
        return {record["dynamodb"]["SequenceNumber"]: record["dynamodb"] for record in records}


class Refusing:
    """An EventBridge client that refuses the events of some articles, or calls that have one of them, with a code."""

    def __init__(self, articles: Mapping[str, str], calls: bool = False) -> None:
        self.articles = articles
        self.calls = calls
        self.sent: list[list[str]] = []

    def put_events(self, Entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:  # noqa: N803  # botocore's name
        ids = [entry["Detail"].partition('"id":"')[2].partition('"')[0] for entry in Entries]
        self.sent.append(ids)
        refused = [self.articles.get(id) for id in ids]
        if self.calls and (codes := [code for code in refused if code]):
            raise ClientError({"Error": {"Code": codes[0], "Message": "Nobody knows yet"}}, "PutEvents")
        results = [{"ErrorCode": code, "ErrorMessage": "no"} if code else {"EventId": "1"} for code in refused]
        return {"FailedEntryCount": len(results), "Entries": results}


def send(world: World, records: Records) -> list[str]:
    bus = EventBus(world.clients.events, world.deployment.name("EventBus"))
    return send_batch(bus, world.site, records, set_nothing_aside)


def keeping(given_up: list[str]) -> SetAside:
    """What adds the records that are given up to the list."""

    def set_aside(sequences: Sequence[str]) -> bool:
        given_up.extend(sequences)
        return True

    return set_aside


def several(world: World, number: int) -> None:
    for one in range(number):
        world.put(f"ferry-{one:02}")


def test_consumers_are_told_of_each_change_that_readers_see(world: World, stream: Stream, consumer: Consumer) -> None:
    world.put("ferry", status="draft", published_at=None, headline="A draft")
    world.put("ferry", headline="Ferry returns")
    world.now += HOUR
    world.put("ferry", headline="Ferry returns at last", tags=["harbour"], authors=["Lina Haddad", "Omar Nasser"])
    world.put("ferry", headline="Ferry returns at last", tags=["harbour"], authors=["Lina Haddad", "Omar Nasser"])
    world.now += HOUR
    world.withdraw("ferry")
    assert send(world, stream.records()) == []
    first, second, third = consumer.received()
    assert first["time"] == "2026-03-14T12:00:00Z"
    assert first["detail"] == {
        "event_id": "2026-03-14T12:00:00Z#ferry#2",
        "event": "published",
        "id": "ferry",
        "edition": "en",
        "url": "https://courier.example/en/2026/03/14/ferry-returns/",
        "headline": "Ferry returns",
        "kind": "article",
        "section": "city",
        "tags": ["harbour", "ferries"],
        "authors": ["Lina Haddad"],
        "published_at": "2026-03-14T08:00:00Z",
        "updated_at": "2026-03-14T08:00:00Z",
        "revision": 2,
        "sequence": 5,
    }
    assert second["detail"] == first["detail"] | {
        "event_id": "2026-03-14T13:00:00Z#ferry#3",
        "event": "changed",
        "headline": "Ferry returns at last",
        "tags": ["harbour"],
        "authors": ["Lina Haddad", "Omar Nasser"],
        "updated_at": "2026-03-14T13:00:00Z",
        "revision": 3,
        "sequence": 7,
    }
    assert third["detail"] == second["detail"] | {
        "event_id": "2026-03-14T14:00:00Z#ferry#4",
        "event": "withdrawn",
        "revision": 4,
        "sequence": 8,
    }


def test_the_schedule_publishes_and_a_postponed_article_is_withdrawn_until_then(
    world: World, stream: Stream, consumer: Consumer
) -> None:
    world.put("ferry", published_at="2026-03-14T15:00:00+02:00")
    assert send(world, stream.records()) == []
    assert consumer.details() == []
    world.now += 2 * HOUR
    world.release()
    world.postpone("ferry", world.now + 24 * HOUR)
    world.now += 24 * HOUR
    world.release()
    assert send(world, stream.records()) == []
    details = consumer.details()
    assert [(one["event"], one["revision"]) for one in details] == [
        ("published", 1),
        ("withdrawn", 2),
        ("published", 2),
    ]
    assert [one["url"].partition("/en/")[2][:10] for one in details] == ["2026/03/14", "2026/03/14", "2026/03/15"]
    assert len({one["event_id"] for one in details}) == 3


def test_nothing_of_a_draft_is_told_when_it_replaces_a_live_article(
    world: World, stream: Stream, consumer: Consumer
) -> None:
    world.put("ferry")
    world.put("ferry", status="draft", headline="Nobody knows yet", tags=["secret"], section="sport")
    assert send(world, stream.records()) == []
    published, withdrawn = consumer.details()
    assert withdrawn == published | {
        "event_id": withdrawn["event_id"],
        "event": "withdrawn",
        "revision": 2,
        "sequence": 4,
    }


def test_an_event_that_comes_again_is_the_same(world: World, stream: Stream, consumer: Consumer) -> None:
    world.put("ferry")
    records = stream.records()
    world.withdraw("ferry")
    assert send(world, records) == send(world, records) == []
    one, other = consumer.details()
    assert one == other


def test_a_url_in_an_event_is_one_that_programs_can_read(world: World, stream: Stream, consumer: Consumer) -> None:
    world.put("ferry", headline="العبّارة تعود", edition="ar")
    assert send(world, stream.records()) == []
    [detail] = consumer.details()
    assert detail["url"].startswith("https://courier.example/ar/2026/03/14/%D8%A7")
    assert detail["url"].isascii()


def test_many_events_are_sent_in_calls_of_ten(world: World, stream: Stream) -> None:
    several(world, 13)
    client = Refusing({})
    assert send_batch(EventBus(client, "bus"), world.site, stream.records(), set_nothing_aside) == []  # type: ignore[arg-type]
    assert [len(ids) for ids in client.sent] == [MOST_ENTRIES, 3]


@pytest.mark.parametrize(
    "code",
    [
        "ThrottlingException",
        *(pytest.param(code, marks=pytest.mark.proof) for code in ("InternalFailure", "AccessDeniedException")),
    ],
)
def test_only_events_that_eventbridge_did_not_take_and_those_after_their_call_come_again(
    world: World, stream: Stream, code: str
) -> None:
    several(world, 12)
    records = stream.records()
    sequences = {record["Keys"]["pk"]["S"]: sequence for sequence, record in records.items()}
    client = Refusing({"ferry-03": code})
    failed = send_batch(EventBus(client, "bus"), world.site, records, set_nothing_aside)  # type: ignore[arg-type]
    assert failed == [sequences[f"ARTICLE#ferry-{number}"] for number in ("03", "10", "11")]
    assert len(client.sent) == 1


@pytest.mark.parametrize(("code", "calls"), [("MalformedDetail", False), ("ValidationException", True)])
def test_an_event_that_eventbridge_would_refuse_again_is_set_aside_and_blocks_no_other(
    world: World, stream: Stream, code: str, calls: bool
) -> None:
    several(world, 3)
    records = stream.records()
    given_up: list[str] = []
    client = Refusing({"ferry-01": code}, calls)
    assert send_batch(EventBus(client, "bus"), world.site, records, keeping(given_up)) == []  # type: ignore[arg-type]
    assert [records[sequence]["Keys"]["pk"]["S"] for sequence in given_up] == ["ARTICLE#ferry-01"]
    assert {id for ids in client.sent for id in ids} == {"ferry-00", "ferry-01", "ferry-02"}
    assert send_batch(EventBus(client, "bus"), world.site, records, lambda _: False) == given_up  # type: ignore[arg-type]


def test_a_call_that_fails_sends_everything_from_it_on_again(world: World, stream: Stream) -> None:
    several(world, 12)
    records = stream.records()

    class Unreachable:
        def put_events(self, **_: object) -> None:
            raise EndpointConnectionError(endpoint_url="https://aws.example")

    bus = EventBus(Unreachable(), "bus")  # type: ignore[arg-type]
    assert send_batch(bus, world.site, records, set_nothing_aside) == list(records)


def test_without_time_no_call_is_made(world: World, stream: Stream) -> None:
    several(world, 2)
    records, client = stream.records(), Refusing({})
    bus = EventBus(client, "bus")  # type: ignore[arg-type]
    assert send_batch(bus, world.site, records, set_nothing_aside, Deadline(lambda: 20.0, 25.0)) == list(records)
    assert client.sent == []


def test_a_record_that_makes_no_event_is_set_aside_and_nothing_of_it_is_logged(
    world: World, stream: Stream, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", log)
    world.put("ferry")
    records = stream.records()
    broken = {"NewImage": {"id": {"S": "broken"}, "headline": {"S": "Nobody knows yet"}}}
    given_up: list[str] = []
    bus = EventBus(world.clients.events, world.deployment.name("EventBus"))
    assert send_batch(bus, world.site, {"0": broken} | records, keeping(given_up)) == []
    assert given_up == ["0"]
    assert [one["id"] for one in consumer.details()] == ["ferry"]
    assert send_batch(bus, world.site, {"0": broken} | records, lambda _: False) == ["0", *records]
    assert consumer.details() == []
    assert "Nobody" not in log.getvalue()
