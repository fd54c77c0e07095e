"""What editors do with the sending of an issue, from API Gateway's event to the mails of its readers."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from moto.ses.models import ses_backends

from broadsheet.deadline import Deadline
from broadsheet.model.newsletter.issue import Issue, IssueKey, parse_issue_id
from infra.local.account import ACCOUNT, REGION
from infra.local.moto.ses_patches import refusals
from infra.local.resources import Deployment
from tests.api.events import Answer
from tests.api.test_issues import NEXT, Call, calling
from tests.flows.mailing import Mailing
from tests.moto_state import restored

HOUR = timedelta(hours=1)
PARTS = ("sent", "skipped", "suppressed", "failed", "unknown", "waiting")


@pytest.fixture
def mailing(empty_site: Deployment) -> Iterator[Mailing]:
    """Two articles of an hour ago, and three readers."""
    with restored():
        mailing = Mailing(empty_site, now=datetime.now(UTC) - 2 * HOUR)
        mailing.put("strike", headline="Strike ends", published_at=None, section="sport")
        mailing.now += HOUR
        mailing.put("ferry", headline="Ferry returns", published_at=None)
        for name in ("ada", "ben", "cem"):
            mailing.reader(name)
        yield mailing


@pytest.fixture
def call(mailing: Mailing) -> Iterator[Call]:
    with calling(mailing.deployment) as call:
        yield call


def coming(call: Call) -> IssueKey:
    """The next daily issue."""
    key = parse_issue_id(call("GET", NEXT).json["id"])
    assert key
    return key


def twice(call: Call, key: IssueKey, action: str, method: str = "POST") -> Answer:
    """The answer of a call that does the same when it is repeated."""
    first, second = (call(method, f"/api/issues/{key.id}/{action}") for _ in range(2))
    assert (first.status, first.json) == (second.status, second.json)
    if first.status == 200:
        assert call("GET", f"/api/issues/{key.id}/report").json == first.json
    return first


def test_the_next_issue_is_held_released_and_sent_to_its_readers_once(call: Call, mailing: Mailing) -> None:
    """newsletter#39, newsletter#32."""
    key = coming(call)
    before = call("GET", f"/api/issues/{key.id}/report").json
    assert (before["state"], before["audience"], before["run"]) == (None, 0, 0)
    held = twice(call, key, "hold").json
    assert (held["state"], held["changed_by"]) == ("held", "lina")
    assert twice(call, key, "hold", "DELETE").json["state"] is None
    twice(call, key, "hold")
    released = twice(call, key, "release").json
    assert (released["state"], released["changed_by"], released["run"]) == ("running", "lina", 1)
    assert call("GET", f"/api/issues/{key.id}").json["sending"] == "running"
    assert coming(call) > key  # it was the issue of its day
    mailing.send(key)
    assert mailing.mailed() == {"ada": 1, "ben": 1, "cem": 1}
    report = call("GET", f"/api/issues/{key.id}/report")
    assert (report.json["state"], report.json["sent"], report.json["changed_by"]) == ("finished", 3, None)
    assert report.json["audience"] == sum(report.json[name] for name in PARTS) == 3
    unchanged = call("GET", f"/api/issues/{key.id}/report", headers={"If-None-Match": report.headers["etag"]})
    assert unchanged.status == 304
    [listed] = call("GET", "/api/issues", query={"edition": "en"}).json["issues"]
    assert (listed["id"], listed["sending"]) == (key.id, "finished")
    assert twice(call, key, "release").json["state"] == "finished"
    assert len(mailing.mails()) == 3
    assert "@" not in report.body


def test_a_running_issue_is_stopped_and_resumed_where_it_stopped(call: Call, mailing: Mailing) -> None:
    """newsletter#39, newsletter#31."""
    key = coming(call)
    twice(call, key, "release")
    left = iter([1.0] * 2 + [0.0] * 20)
    mailing.send(key, Deadline(lambda: next(left)))
    sent = len(mailing.mails())
    assert 0 < sent < 3
    stopped = twice(call, key, "stop").json
    assert (stopped["state"], stopped["reason"], stopped["changed_by"]) == ("stopped", "editor", "lina")
    assert (stopped["sent"], stopped["waiting"]) == (sent, 3 - sent)
    mailing.send(key)
    assert len(mailing.mails()) == sent
    assert "it can be resumed" in twice(call, key, "release").json["detail"]
    assert twice(call, key, "hold").status == 409
    resumed = twice(call, key, "resume").json
    assert (resumed["state"], resumed["reason"], resumed["run"]) == ("running", None, 2)
    mailing.send(key)
    assert mailing.mailed() == {"ada": 1, "ben": 1, "cem": 1}
    assert twice(call, key, "stop").json["state"] == "finished"
    assert twice(call, key, "resume").json["state"] == "finished"


def test_a_test_is_sent_to_one_email_marked_and_not_counted(call: Call, mailing: Mailing) -> None:
    """newsletter#39."""
    key = coming(call)
    path = f"/api/issues/{key.id}/test"
    tested = call("POST", path, {"email": "desk@courier.example", "sections": ["sport"]})
    assert tested.json == {"id": key.id, "mail_subject": "Test: Strike ends"}
    twice(call, key, "release")
    again = call("POST", path, {"email": "desk@courier.example"})
    assert again.json["mail_subject"] == "Test: Ferry returns"
    first, second = mailing.mails()
    assert (first["To"], first["Subject"]) == ("desk@courier.example", "Test: Strike ends")
    assert first["List-Unsubscribe"] is None
    page = second.get_body(("plain",))
    assert page
    assert f"https://courier.example/en/newsletter/{key.name}/" in page.get_content()
    mailing.send(key)
    report = call("GET", f"/api/issues/{key.id}/report").json
    assert (report["audience"], report["sent"]) == (3, 3)
    assert call("POST", path, {"email": "desk", "sections": ["chess"]}).fields == {"email", "sections"}
    assert call("POST", path, {"sections": []}).fields == {"email"}


@pytest.mark.parametrize(("error", "status"), [("TooManyRequestsException", 503), ("MessageRejected", 409)])
def test_a_test_that_ses_refuses_says_so(call: Call, error: str, status: int) -> None:
    refusals(ses_backends[ACCOUNT][REGION]).append(error)
    refused = call("POST", f"/api/issues/{coming(call).id}/test", {"email": "desk@courier.example"})
    assert (refused.status, error in refused.json["detail"]) == (status, True)


def test_each_call_in_a_wrong_state_is_refused_and_changes_nothing(call: Call, mailing: Mailing) -> None:
    """newsletter#39."""
    key = coming(call)
    for action in ("stop", "resume"):  # of an issue that was not composed
        assert twice(call, key, action).status == 404
    later = IssueKey(key.edition, key.frequency, f"{key.day + timedelta(days=1)}")
    for action in ("hold", "release", "stop", "resume"):
        assert twice(call, later, action).status == 404
        assert call("POST", f"/api/issues/xx-daily-2026-03-14/{action}").status == 404
    assert twice(call, later, "hold", "DELETE").status == 404
    assert call("GET", f"/api/issues/{later.id}/report").status == 404
    assert call("POST", f"/api/issues/{later.id}/test", {"email": "desk@courier.example"}).status == 404
    twice(call, key, "release")
    assert "it can be released" in twice(call, key, "hold", "DELETE").json["detail"]
    # A second issue before the time of the first one.
    mailing.put("quay", published_at=None)
    refused = twice(call, later, "release")
    assert (refused.status, refused.json["type"]) == (409, "urn:problem-type:broadsheet:wrong-state")
    assert f"{later.id} has to wait" in refused.json["detail"]
    assert mailing.issues.get(later) is None


def test_an_issue_without_news_is_neither_composed_nor_sent_nor_held(call: Call, mailing: Mailing) -> None:
    """newsletter#35, newsletter#39."""
    key = coming(call)
    for article in ("ferry", "strike"):
        mailing.withdraw(article)
    assert "There is no news" in twice(call, key, "release").json["detail"]
    assert mailing.issues.get(key) is None
    test = call("POST", f"/api/issues/{key.id}/test", {"email": "desk@courier.example"})
    assert (test.status, mailing.mails()) == (409, [])
    mailing.issues.commit(mailing.issues.next("en", "daily"), Issue(key, mailing.now, mailing.now, mailing.now))
    for action in ("hold", "release"):
        assert "There was no news" in twice(call, key, action).json["detail"]
    assert mailing.deliveries.get(key) is None


def test_without_a_sender_nothing_is_steered_and_reports_stay(call: Call, mailing: Mailing) -> None:
    key = coming(call)
    twice(call, key, "release")
    with calling(mailing.deployment, SENDER="", SENDING_MACHINE="") as without:
        for action in ("hold", "release", "stop", "resume"):
            refused = without("POST", f"/api/issues/{key.id}/{action}")
            assert (refused.status, refused.json["type"]) == (404, "urn:problem-type:broadsheet:switched-off")
        refused = without("POST", f"/api/issues/{key.id}/test", {"email": "desk@courier.example"})
        assert refused.json["type"] == "urn:problem-type:broadsheet:switched-off"
        assert without("GET", f"/api/issues/{key.id}/report").json["state"] == "running"
