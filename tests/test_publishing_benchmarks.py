"""The benchmarks of publishing: replayed AWS, tallies, costs, and bounds that are reported when they break."""

import subprocess
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.httpsession import URLLib3Session

from benchmarks import before, costs, outputs, replay, sustaining, visible
from benchmarks.costs import Counts
from benchmarks.processes import TREE
from benchmarks.publishing_bounds import sustaining_bounds, visible_bounds
from benchmarks.replay import Recorded, Unrecorded
from benchmarks.sustaining import Sustained
from benchmarks.tally import Tally, tallied
from benchmarks.visible import Visible
from infra.local.account import ACCESS_KEY, REGION, SECRET_KEY

ITEM = '{{"Item": {{"pk": {{"S": "{}"}}}}}}'


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """AWS that answers with the number of the request, and the requests that it got. Nothing waits."""
    requests: list[str] = []

    def send(_: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
        requests.append(replay.operation_of(request))
        body = {"GetItem": ITEM.format(len(requests)), "GET": f"text {len(requests)}"}.get(requests[-1], "")
        return replay.response(request, Recorded(200, {"ETag": '"tag"'}, body.encode()))

    monkeypatch.setattr(URLLib3Session, "send", send)
    monkeypatch.setattr(replay, "LATENCIES", dict.fromkeys(replay.LATENCIES, 0.0))
    return requests


def client(service: str) -> Any:
    named: Any = boto3.client
    return named(
        service,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        config=Config(retries={"total_max_attempts": 1}),
    )


def get(number: int) -> str:
    found = client("dynamodb").get_item(TableName="articles", Key={"pk": {"S": str(number)}})
    return str(found["Item"]["pk"]["S"])


def test_a_replay_has_the_responses_of_the_recording_in_their_order(asked: list[str], tmp_path: Path) -> None:
    def work() -> list[object]:
        s3 = client("s3")
        return [
            get(1),
            get(2),
            get(1),
            s3.get_object(Bucket="site", Key="en/index.html")["Body"].read(),
            s3.put_object(Bucket="site", Key="en/index.html", Body=b"new", IfMatch='"tag"')["ETag"],
            s3.head_object(Bucket="site", Key="en/index.html")["ETag"],
        ]

    with replay.recorded(tmp_path / "recording"):
        first = work()
    made = len(asked)
    with replay.replayed(replay.load(tmp_path / "recording")):
        assert work() == first
        assert get(1) == first[2]  # the last response again
    assert len(asked) == made


@pytest.mark.usefixtures("asked")
def test_a_request_that_was_not_recorded_fails_the_replay_even_if_the_code_goes_on() -> None:
    def replay_nothing() -> None:
        with replay.replayed({}), suppress(Unrecorded):
            get(1)

    with pytest.raises(Unrecorded, match="GetItem"):
        replay_nothing()


@pytest.mark.usefixtures("asked")
def test_a_replayed_call_takes_the_latency_of_its_operation(tmp_path: Path) -> None:
    with replay.recorded(tmp_path / "recording"):
        get(1)
    waits: list[float] = []
    with (
        replay.replayed(replay.load(tmp_path / "recording")),
        mock.patch.dict(replay.LATENCIES, {"GetItem": 4.0}),
        mock.patch("time.sleep", waits.append),
    ):
        get(1)
    assert waits == [4.0]


@pytest.mark.usefixtures("asked")
def test_a_tally_counts_the_calls_of_every_thread_if_asked_to() -> None:
    def in_another_thread() -> None:
        thread = Thread(target=get, args=(2,))
        thread.start()
        thread.join()

    for every_thread, expected in ((True, 2), (False, 1)):
        with tallied(every_thread) as tally:
            get(1)
            in_another_thread()
        assert tally.calls == {"GetItem": expected}
        assert tally.items_read == expected
        assert tally.seconds > 0


def test_a_tally_counts_units_as_dynamodb_charges_them() -> None:
    tally = Tally()
    large, small = {"text": {"S": "x" * 1_500}}, {"text": {"S": "x"}}
    tally.count("TransactWriteItems", {"TransactItems": [{"Put": {"Item": large}}, {"Delete": {}}]}, {})
    assert (tally.rows_written, tally.units_written) == (2, 6)
    tally.count("Query", {"ConsistentRead": True}, {"Items": [large] * 4})
    tally.count("Query", {}, {"Items": []})
    tally.count("GetItem", {"ConsistentRead": True}, {"Item": small})
    request = {"RequestItems": {"articles": {"Keys": [1, 2, 3], "ConsistentRead": True}}}
    tally.count("BatchGetItem", request, {"Responses": {"articles": [small, small]}})
    assert (tally.items_read, tally.units_read) == (7, 2 + 0.5 + 1 + 3)


def test_costs_add_up() -> None:
    put, published = Tally(units_written=70, calls=_calls(PutObject=1)), Tally(units_read=100)
    published.calls.update(_calls(GetObject=10, HeadObject=20, PutObject=50))
    counts = Counts(put, published, 0.5, Tally(units_written=6), 4_000, 1_000, 40_000)
    article = costs.article(counts)
    assert (article["s3_puts"], article["s3_gets"], article["api_calls"]) == (51, 30, 1)
    assert article["lambda_gb_seconds"] == pytest.approx(
        0.5 * (0.1 + 0.1) + 1.769 * 0.5
    )  # the call, its event, and publishing
    assert article["events"] == 1
    assert costs.dollars({"api_calls": 1e6, "dashboards": 2}) == pytest.approx(1.11 + 6)
    small, large = (costs.month(costs.book()["papers"][size], counts) for size in ("small", "large"))
    fixed = ("idle", "custom metrics")
    assert all(small[use] == large[use] for use in fixed)
    assert costs.dollars(small["publishing"]) == pytest.approx(5 * 30 * 2 * costs.dollars(article))
    assert all(costs.dollars(small[use]) < costs.dollars(large[use]) for use in small if use not in fixed)
    with pytest.raises(KeyError):
        costs.dollars({"clouds": 1})


def test_written_objects_are_named_by_their_keys() -> None:
    kinds = outputs.by_kind({"en/2025/02/16/late/index.html": 9, "en/feed.xml": 100, "feed.xml": 50, "new.txt": 1})
    assert list(kinds) == ["feeds, RSS", "the article's page", outputs.OTHERS]
    assert (kinds["feeds, RSS"].objects, kinds["feeds, RSS"].bytes) == (2, 150)


def test_a_slow_publisher_is_reported() -> None:
    quick, few = Visible(0.4, 0.5, Tally(cpu=0.1)), Tally(cpu=0.2)
    old = {size: {kind: [Visible(1, 2, few)] for kind in visible.ARTICLES} for size in visible.SIZES}
    for now, broken in (
        (quick, 0),
        (Visible(1.2, 1.7, Tally(cpu=0.1)), 5),
        (Visible(0.4, 0.5, Tally(cpu=0.15)), 2),
        (Visible(0.4, 0.5, Tally(cpu=0.1, calls=_calls(Query=121), items_read=1_501)), 2),
    ):
        figures = {size: {kind: [now] for kind in visible.ARTICLES} for size in visible.SIZES}
        bounds = list(visible_bounds({"before": old, "after": figures}))
        assert sum(not bound.holds for bound in bounds) == broken
    growing = {
        size: {kind: [Visible(0.4, 0.5, Tally(cpu=cpu))] for kind in visible.ARTICLES}
        for size, cpu in zip(visible.SIZES, (0.06, 0.09), strict=True)
    }
    assert sum(not bound.holds for bound in visible_bounds({"before": old, "after": growing})) == 3


def test_records_are_delivered_again_from_the_first_failed_one() -> None:
    batch = [{"dynamodb": {"SequenceNumber": number}} for number in "1234"]
    for failed, done in (("", 4), ("3", 2), ("42", 1), ("1", 0)):
        report = {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}
        assert sustaining.processed(batch, report) == done


def test_a_site_that_is_late_or_incomplete_is_reported() -> None:
    for settled, given_up, missing, broken in ((29, 0, 0, 0), (31, 0, 0, 1), (29, 1, 2, 2)):
        bounds = sustaining_bounds(Sustained(600, 10.0, settled, given_up, missing, 150, 5.0))
        assert sum(not bound.holds for bound in bounds) == broken


@pytest.mark.proof
def test_articles_that_are_put_in_a_row_are_all_published() -> None:
    sustained = sustaining.measure(seconds=1, imported=4, size=60)
    assert (sustained.articles, sustained.missing, sustained.dead_letters, sustained.before) == (10, 0, 0, 2)
    assert sustained.news < sustaining.PATIENCE


@pytest.mark.proof
def test_a_recorded_publisher_writes_the_same_without_the_emulator() -> None:
    [kinds] = visible.measure({"now": TREE}, (100,), 1)["now"].values()
    for [run] in kinds.values():
        assert 0 < run.page < run.done
        assert run.tally.objects_written == len(run.tally.objects)
        assert outputs.OTHERS not in outputs.by_kind(run.tally.objects)
    assert kinds["small"][0].tally.calls.total() < kinds["warm"][0].tally.calls.total()


def test_the_code_before_has_the_processes_of_now() -> None:
    known = subprocess.run(["git", "cat-file", "-e", before.COMMIT], cwd=TREE, check=False)  # noqa: S603, S607
    if known.returncode:
        pytest.skip("the clone is shallow")
    with before.tree() as tree:
        for module in before.HARNESS:
            assert (tree / "benchmarks" / module).read_bytes() == (TREE / "benchmarks" / module).read_bytes()
        assert (tree / "functions" / "publish.py").exists()


def _calls(**numbers: int) -> Any:
    return Tally(calls=costs.Usage(numbers)).calls
