"""Submissions to IndexNow, from a change of an article to the request that search engines get."""

import importlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from broadsheet.deadline import Deadline
from broadsheet.model.channel import EVERYTHING
from broadsheet.services import indexnow as service
from broadsheet.services.indexnow import SubmittedBatch, submit_batch
from broadsheet.services.publishing.announcer import NEW_PAGE_DELAY, NOTHING_TO_TELL, Announcements, Announcer
from broadsheet.services.publishing.causes import cause_in
from broadsheet.services.publishing.scope import Change
from broadsheet.store.announcements import AnnouncementQueue, items_of
from broadsheet.store.article_rows import row_of
from broadsheet.store.indexnow import MAX_URLS, IndexNow
from broadsheet.store.rows import to_item
from broadsheet.store.unsettled import UnsettledCauses
from infra.local.resources import Deployment
from infra.local.web import Request, Response, Server
from tests.api.events import Context
from tests.unit.model.test_article import SITE, put
from tests.world import PARAMETERS, deployed

HARBOUR, TRAM, PORT = "/en/2026/03/14/harbour/", "/en/2026/03/14/tram/", "/ar/2026/03/14/ميناء/"
KEY = PARAMETERS["IndexNowKey"]
KEY_LOCATION = f"https://courier.example/{KEY}.txt"
COURIER = replace(SITE, base_url="https://courier.example", indexnow_key=KEY)


@dataclass
class Engines:
    """Search engines with their requests and their response."""

    status: int = 200
    retry_after: str = ""
    requests: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server = Server(self)

    def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        return Response(self.status, [("Retry-After", self.retry_after)] if self.retry_after else [], b"from elsewhere")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}/indexnow"

    @property
    def submitted(self) -> list[list[str]]:
        """The URLs of each submission."""
        return [json.loads(request.body)["urlList"] for request in self.requests]

    def batch(self, *messages: list[str], deadline: Deadline | None = None) -> SubmittedBatch:
        """The result of a batch of messages with these paths, whose ids are numbers from 1."""
        numbered = {str(number): paths for number, paths in enumerate(messages, 1)}
        return submit_batch(IndexNow(self.url, KEY, KEY_LOCATION), COURIER, numbered, *([deadline] if deadline else []))


@pytest.fixture
def engines() -> Iterator[Engines]:
    found = Engines()
    yield found
    found.server.close()


def test_a_batch_is_one_request_with_each_page_once(engines: Engines) -> None:
    assert engines.batch([HARBOUR, PORT], [PORT], [TRAM]) == SubmittedBatch(3, 0, [])
    [request] = engines.requests
    assert (request.method, request.path) == ("POST", "/indexnow")
    assert request.header("Content-Type") == "application/json; charset=utf-8"
    assert json.loads(request.body) == {
        "host": "courier.example",
        "key": KEY,
        "keyLocation": KEY_LOCATION,
        "urlList": [
            f"https://courier.example{HARBOUR}",
            "https://courier.example/ar/2026/03/14/%D9%85%D9%8A%D9%86%D8%A7%D8%A1/",
            f"https://courier.example{TRAM}",
        ],
    }


def test_no_request_has_more_pages_than_search_engines_take(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_URLS == 10_000
    monkeypatch.setattr(service, "MAX_URLS", 2)
    assert engines.batch([HARBOUR, PORT, TRAM]).accepted == 3
    assert [len(urls) for urls in engines.submitted] == [2, 1]


@pytest.mark.parametrize("status", [200, 202])
def test_a_submission_is_accepted_also_while_the_key_is_checked(engines: Engines, status: int) -> None:
    engines.status = status
    assert engines.batch([HARBOUR]) == SubmittedBatch(1, 0, [])


@pytest.mark.parametrize("status", [301, 400, 403, 404, 422])
def test_a_refusal_is_final_and_the_operator_is_told(
    engines: Engines, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    engines.status = status
    assert engines.batch([HARBOUR, PORT], [TRAM]) == SubmittedBatch(0, 3, [])
    [record] = caplog.records
    assert record.levelname == "ERROR"
    assert vars(record)["reason"] == str(status)
    assert "elsewhere" not in str(vars(record))


@pytest.mark.parametrize("status", [429, 500, 503])
def test_search_engines_that_are_down_are_asked_once_and_everything_comes_again(engines: Engines, status: int) -> None:
    engines.status = status
    assert engines.batch([HARBOUR], [PORT]) == SubmittedBatch(0, 0, ["1", "2"])
    assert len(engines.requests) == 1
    engines.status = 200
    assert engines.batch([HARBOUR], [PORT]) == SubmittedBatch(2, 0, [])


def test_search_engines_say_when_to_come_again(engines: Engines) -> None:
    engines.status = 429
    waits = {"900": 900, "soon": 0, "": 0, "999999": 21600}
    for engines.retry_after, seconds in waits.items():
        assert engines.batch([HARBOUR]).retry_after == seconds
    engines.retry_after = format_datetime(datetime.now(UTC) + timedelta(minutes=15), usegmt=True)
    assert 890 < engines.batch([HARBOUR]).retry_after <= 900


def test_the_function_stops_at_its_deadline(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_URLS", 1)
    deadline = Deadline(lambda: 1.0 - len(engines.requests))
    assert engines.batch([HARBOUR], [TRAM], deadline=deadline) == SubmittedBatch(1, 0, ["2"])


# ── The queue, and what the publisher sends to it ─────────────────────────────────────────────────────────────────────


@dataclass
class Sent:
    """A queue that notes what is sent to it, with the delay."""

    messages: list[tuple[list[str], int | None]] = field(default_factory=list)

    def send(self, items: Any, delay: int | None = None) -> None:
        self.messages += [([*items], delay)] if items else []


def test_new_pages_are_submitted_at_once_and_changed_ones_when_caches_have_them() -> None:
    queue: Any = Sent()
    announcer = Announcer(indexnow=queue)
    first = put()
    moved = put(first, slug="night-ferry")
    due = announcer.due([Change(first, moved), Change(None, moved)], [EVERYTHING], SITE)
    assert due == Announcements((), (str(moved.path),), (str(first.path),))
    announcer.send(due)
    assert queue.messages == [([moved.path], NEW_PAGE_DELAY), ([first.path], None)]


def test_without_a_hub_and_a_key_nothing_is_due_and_no_call_is_made() -> None:
    assert Announcer().due([Change(None, put())], [EVERYTHING], SITE) == NOTHING_TO_TELL
    Announcer().send(Announcements(("feed.xml",), ("/en/",), ("/en/",)))


def test_an_archive_that_the_operator_publishes_again_is_not_submitted() -> None:
    queue: Any = Sent()
    records: list[dict[str, Any]] = [{"Keys": {"pk": {"S": "ARTICLE#ferry"}}, "NewImage": to_item(row_of(put()))}]
    records.append(records[0] | {"ApproximateCreationDateTime": 1773489600.0})
    again, reported = (cause_in(record) for record in records)
    assert isinstance(again, Change)
    assert isinstance(reported, Change)
    assert Announcer(indexnow=queue).due([again], [], SITE) == NOTHING_TO_TELL
    assert Announcer(indexnow=queue).due([reported], [], SITE).new_pages


def test_what_a_run_leaves_to_the_stream_is_submitted_only_where_it_is_a_change(deployment: Deployment) -> None:
    client, table = deployment.clients.dynamodb, deployment.name("Articles")
    for republished in (True, False):
        UnsettledCauses(client, table).put((None, put()), None, republished)
        [item] = client.scan(TableName=table)["Items"]
        cause = cause_in({"Keys": item, "NewImage": item})
        assert cause == Change(None, put(), republished)


def test_what_runs_leave_is_announced_once() -> None:
    one, other = Announcements(("feed.xml",), (TRAM,), (HARBOUR,)), Announcements(("feed.xml",), (), (HARBOUR, PORT))
    assert one + other == Announcements(("feed.xml",), (TRAM,), (HARBOUR, PORT))


@pytest.fixture
def deployment() -> Iterator[Deployment]:
    with deployed() as found:
        yield found


@pytest.fixture
def module(deployment: Deployment, engines: Engines, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The function on the queue, as the template sets it up."""
    variables = deployment.environment("IndexNowFunction") | {"INDEXNOW_ENDPOINT": engines.url}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    found: Any = importlib.import_module("indexnow")
    monkeypatch.setattr(found, "settings", found.Settings(variables))
    monkeypatch.setattr(found, "site", found.settings.site())
    found.queue.cache_clear()
    yield found
    found.queue.cache_clear()


def received(deployment: Deployment) -> list[dict[str, Any]]:
    """The messages in the queue that are visible, as Lambda gets them."""
    sqs, url = deployment.clients.sqs, deployment.name("IndexNowQueue")
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [
        {"messageId": one["MessageId"], "body": one["Body"], "receiptHandle": one["ReceiptHandle"]} for one in found
    ]


def test_the_function_submits_pages_and_postpones_them_as_search_engines_ask(
    deployment: Deployment, module: Any, engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqs, url = deployment.clients.sqs, deployment.name("IndexNowQueue")
    AnnouncementQueue(sqs, url).send([HARBOUR, PORT], delay=0)
    records = received(deployment)
    assert [items_of(record["body"]) for record in records] == [[HARBOUR, PORT]]
    engines.status, engines.retry_after = 429, "900"
    postponed: list[tuple[list[str], int]] = []
    monkeypatch.setattr(AnnouncementQueue, "postpone", lambda _, *args: postponed.append(args))
    answer = module.handler({"Records": records}, Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": records[0]["messageId"]}]}
    assert postponed == [([records[0]["receiptHandle"]], 900)]
    engines.retry_after = "60"  # less than the queue waits anyway
    module.handler({"Records": records}, Context())
    assert len(postponed) == 1
    engines.status = 200
    assert module.handler({"Records": records}, Context()) == {"batchItemFailures": []}
    assert len(engines.submitted[-1]) == 2


def test_a_postponed_message_is_not_delivered_before(deployment: Deployment) -> None:
    sqs, url = deployment.clients.sqs, deployment.name("IndexNowQueue")
    queue = AnnouncementQueue(sqs, url)
    for _ in range(11):  # more than SQS takes in one call
        queue.send([HARBOUR], delay=0)
    receipts = [record["receiptHandle"] for _ in range(2) for record in received(deployment)]
    queue.postpone(receipts, 0)
    assert len(received(deployment)) == 10
    queue.postpone(receipts, 900)
    assert received(deployment) == []


def test_messages_that_the_queue_cannot_postpone_fail_all_the_same(
    module: Any, engines: Engines, caplog: pytest.LogCaptureFixture
) -> None:
    engines.status, engines.retry_after = 503, "900"
    record = {"messageId": "1", "body": json.dumps({"items": [HARBOUR]}), "receiptHandle": "no such message"}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(AnnouncementQueue, "postpone", lambda *_: 1 / 0)
        answer = module.handler({"Records": [record]}, Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert [each.levelname for each in caplog.records] == ["WARNING", "WARNING"]
