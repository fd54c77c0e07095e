"""From an editor's call to another system: the stream, the events function, the bus, a rule and a queue."""

import importlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

from broadsheet_cli.client import Client, connect
from infra.local.deployment.local_deployment import LocalDeployment
from tests.api.events import Context
from tests.events import Consumer
from tests.world import World, fields

KEYS = {"pk": {"S": "ARTICLE#ferry"}, "sk": {"S": "META"}}
PAGE = "/en/2026/03/14/the-night-bus-turns-ten/"


@pytest.fixture(scope="module")
def consumer(local_deployment: LocalDeployment) -> Consumer:
    return Consumer.of(local_deployment.deployment, "another-system")


@pytest.fixture
def client(local_deployment: LocalDeployment) -> Iterator[Client]:
    with connect(local_deployment.url) as connected:
        yield connected


def test_another_system_is_told_of_an_article_from_its_publication_to_its_withdrawal(
    local_deployment: LocalDeployment, client: Client, consumer: Consumer
) -> None:
    article = fields(headline="The night bus turns ten")
    client.put("events-bus", article | {"status": "draft"})
    client.put("events-bus", article)
    client.put("events-bus", article | {"headline": "The night bus is ten"})
    client.withdraw("events-bus")
    local_deployment.settle()
    received = [event for event in consumer.received() if event["detail"]["id"] == "events-bus"]
    assert [(event["detail-type"], event["detail"]["revision"]) for event in received] == [
        ("Article Published", 2),
        ("Article Changed", 3),
        ("Article Withdrawn", 4),
    ]
    assert {event["detail"]["url"] for event in received} == {local_deployment.url + PAGE}
    assert [event["detail"]["sequence"] for event in received] == [5, 7, 8]
    assert len({event["detail"]["event_id"] for event in received}) == 3
    assert not {"body", "summary", "updated_by"} & set().union(*(event["detail"] for event in received))


def test_the_functions_on_the_articles_stream_do_not_hold_up_each_other(
    local_deployment: LocalDeployment, client: Client
) -> None:
    """Each has a mapping of its own, and reads the stream by itself."""
    mappings = {reader.mapping.function: reader.mapping for reader in local_deployment.readers}
    assert mappings["EventsFunction"].stream == mappings["PublishFunction"].stream
    client.put("events-cable-car", fields(headline="The cable car turns ten"))
    local_deployment.settle()
    runs = [run for run in local_deployment.invocations if run.function in ("EventsFunction", "PublishFunction")]
    assert {run.function for run in runs} == {"EventsFunction", "PublishFunction"}
    assert not [run for run in runs if run.error or run.reported]


@pytest.fixture
def function(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The events function, in this process."""
    for name, value in world.deployment.environment("EventsFunction").items():
        monkeypatch.setenv(name, value)
    module: Any = importlib.import_module("events")
    monkeypatch.setattr(module, "settings", module.Settings(dict(world.deployment.environment("EventsFunction"))))
    module.bus.cache_clear()
    module.dead_letters.cache_clear()
    yield module
    module.bus.cache_clear()
    module.dead_letters.cache_clear()


def test_a_dead_letter_is_an_event_that_the_function_takes_again(world: World, function: Any) -> None:
    """docs/operations.md: `bring_back Events`."""
    broken = {"dynamodb": {"SequenceNumber": "7", "Keys": KEYS, "NewImage": {"id": {"S": "ferry"}}}}
    assert function.handler({"Records": [broken]}, Context()) == {"batchItemFailures": []}
    queue = world.deployment.name("EventsDeadLetters")
    [letter] = world.clients.sqs.receive_message(QueueUrl=queue)["Messages"]
    assert json.loads(letter["Body"]) == {"Records": [broken]}
    assert function.handler(json.loads(letter["Body"]), Context()) == {"batchItemFailures": []}


def test_without_time_the_function_reports_every_record_with_an_event(world: World, function: Any) -> None:
    world.put("ferry")
    [change] = world.changes()
    item = world.clients.dynamodb.get_item(TableName=world.table, Key=KEYS)["Item"]
    event = {"Records": [{"dynamodb": {"SequenceNumber": change, "Keys": KEYS, "NewImage": item}}]}
    assert function.handler(event, Context(seconds=10)) == {"batchItemFailures": [{"itemIdentifier": change}]}
    assert function.handler(event, Context()) == {"batchItemFailures": []}


def test_rows_that_the_operator_sends_and_that_are_no_articles_are_left_out(function: Any) -> None:
    ad = {"dynamodb": {"SequenceNumber": "7", "Keys": {"pk": {"S": "ADS"}, "sk": {"S": "side"}}, "NewImage": {}}}
    assert function.handler({"Records": [ad]}, Context()) == {"batchItemFailures": []}
