"""What operators see of editors' calls: metrics, lines of the log, and how long a change takes to be on the site."""

import importlib
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from broadsheet.store.ads import ADS
from broadsheet.store.conflict import LostRace
from broadsheet.store.rows import to_item
from broadsheet.store.unsettled import UNSETTLED
from broadsheet.telemetry import metrics
from tests.api.conftest import Call
from tests.api.events import Context
from tests.api.logs import Log
from tests.world import World, fields

AWS_IS_DOWN = EndpointConnectionError(endpoint_url="https://aws.example")

Sent = Callable[[], dict[str, float]]


@pytest.fixture
def sent(capsys: pytest.CaptureFixture[str]) -> Sent:
    """Every metric that was sent since the last call, with its value."""

    def read() -> dict[str, float]:
        found: dict[str, float] = {}
        for line in capsys.readouterr().out.splitlines():
            values = json.loads(line) if line.startswith('{"_aws"') else {"_aws": {"CloudWatchMetrics": []}}
            for group in values["_aws"]["CloudWatchMetrics"]:
                assert group["Dimensions"] == [["service"]]
                found |= {metric["Name"]: sum(values[metric["Name"]]) for metric in group["Metrics"]}
        return found

    return read


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    return Log(monkeypatch)


def changes(log: Log) -> list[tuple[str, str, int]]:
    return [(line["article"], line["outcome"], line["revision"]) for line in log.changes()]


def test_each_change_is_counted_and_has_a_line_in_the_log(call: Call, sent: Sent, log: Log) -> None:
    call("PUT", "/ferry", fields())
    assert sent() == {"ArticlesPut": 1}
    call("PUT", "/ferry", fields())
    assert sent() == {"ArticlesUnchanged": 1}
    call("PUT", "/ferry", fields(headline="Another"), query={"dry_run": "true"})
    call("GET", "/ferry")
    call("GET", "/nothing")
    assert sent() == {}
    call("DELETE", "/ferry")
    assert sent() == {"ArticlesWithdrawn": 1}
    call("PUT", "/ferry", fields(headline=7))
    assert sent() == {"ArticlesRefused": 1}
    call("DELETE", "/nothing")
    assert sent() == {"ArticlesRefused": 1}
    call("PUT", "/ferry", fields())
    assert changes(log) == [("ferry", "created", 1), ("ferry", "withdrawn", 2), ("ferry", "revived", 3)]
    assert {line["updated_by"] for line in log.changes()} == {"lina"}


def test_the_log_of_a_change_holds_no_text(call: Call, log: Log) -> None:
    call("PUT", "/ferry", fields(headline="Nobody knows yet", authors=["Lina Haddad"]))
    assert changes(log) == [("ferry", "created", 1)]
    assert not any(text in log.text for text in ("Nobody", "nobody", "Lina", "Haddad"))


@pytest.fixture
def publish(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    environment = world.deployment.environment("PublishFunction")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    module: Any = importlib.import_module("publish")
    monkeypatch.setattr(module, "settings", module.Settings(dict(environment)))
    caches = module.publisher, module.dead_letters
    for cached in caches:
        cached.cache_clear()
    yield module
    for cached in caches:
        cached.cache_clear()
    metrics.clear_metrics()


def ad(number: int, **more: object) -> dict[str, Any]:
    keys = {"pk": {"S": ADS}, "sk": {"S": f"side-{number}"}}
    return {"dynamodb": {"SequenceNumber": str(number), "Keys": keys} | more}


def test_the_lag_of_a_batch_is_that_of_its_oldest_change(publish: Any, sent: Sent) -> None:
    now = time.time()
    records = [ad(at, ApproximateCreationDateTime=now - seconds) for at, seconds in enumerate((3, 90, 1))]
    assert publish.handler({"Records": records}, Context()) == {"batchItemFailures": []}
    assert 90_000 <= sent()["PublishLag"] < 100_000


def test_what_the_stream_delivers_again_has_no_lag_yet(
    publish: Any, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish.SiteObjects, "put", raising(AWS_IS_DOWN))
    failed = publish.handler({"Records": [ad(0, ApproximateCreationDateTime=time.time() - 90)]}, Context())
    assert failed == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert sent() == {}


def test_what_is_left_to_a_later_record_or_set_aside_has_no_lag_yet(
    publish: Any, world: World, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [ad(0, ApproximateCreationDateTime=time.time() - 90)]
    for error in (LostRace(), ValueError("what the code cannot render")):
        with monkeypatch.context() as patched:
            patched.setattr(publish.SiteObjects, "put", raising(error))
            assert publish.handler({"Records": records}, Context()) == {"batchItemFailures": []}
        assert sent() == {}
    [left] = [row for row in world.rows() if row["pk"] == UNSETTLED]
    again = {"Keys": {"pk": {"S": UNSETTLED}, "sk": {"S": left["sk"]}}, "NewImage": to_item(left)}
    now = {"SequenceNumber": "1", "ApproximateCreationDateTime": time.time()}
    assert publish.handler({"Records": [{"dynamodb": again | now}]}, Context()) == {"batchItemFailures": []}
    assert 90_000 <= sent()["PublishLag"] < 100_000


@pytest.mark.parametrize("more", [{}, {"ApproximateCreationDateTime": "2026-03-14T12:00:00+00:00"}])
def test_a_change_that_the_operator_publishes_by_hand_has_no_lag(
    publish: Any, sent: Sent, more: dict[str, Any]
) -> None:
    publish.handler({"Records": [ad(0, **more)]}, Context())
    assert sent() == {}


def test_what_led_to_a_failure_of_the_publisher_is_in_the_log_before_it(
    publish: Any, world: World, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700")
    world.put("ferry", headline="Nobody knows yet")
    assert publish.handler({"Records": [record("1", world)]}, Context()) == {"batchItemFailures": []}
    assert log.lines() == []
    world.put("ferry", headline="Nobody knows this either")
    monkeypatch.setattr(publish.SiteObjects, "put", raising(AWS_IS_DOWN))
    failed = publish.handler({"Records": [record("2", world)]}, Context())
    assert failed == {"batchItemFailures": [{"itemIdentifier": "2"}]}
    first, planned, *_ = log.lines()
    assert (first["message"], first["changes"]) == ("a part of a batch is published", 1)
    assert (planned["message"], planned["round"], planned["articles"]) == ("a round of planning ends", 1, ["ferry"])
    assert planned["targets"] > 10
    assert "Nobody" not in log.text


def record(sequence: str, world: World) -> dict[str, Any]:
    keys = {"pk": {"S": "ARTICLE#ferry"}, "sk": {"S": "META"}}
    row = world.clients.dynamodb.get_item(TableName=world.table, Key=keys)["Item"]
    return {"dynamodb": {"SequenceNumber": sequence, "Keys": keys, "NewImage": row}}


def raising(error: Exception) -> Callable[..., None]:
    def put(*_: object) -> None:
        raise error

    return put
