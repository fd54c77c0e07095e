"""Bounces and complaints about the mails of an issue: how they are counted, and that too many of them stop it."""

import importlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto.ses.models import ses_backends

from broadsheet.deadline import UNLIMITED
from broadsheet.model.newsletter.issue import IssueKey
from broadsheet.model.newsletter.sending import SHARE, STALLED, Counts, Feedback, Segment, planned
from broadsheet.model.newsletter.subscriber import Preferences, erased, suppressed, with_preferences
from broadsheet.services.sending import dispatch
from broadsheet.services.sending.dispatch import Progress
from broadsheet.services.sending.worker import CHECKPOINT
from broadsheet.settings import Settings
from infra.local.account import ACCOUNT, REGION
from infra.local.moto.ses_patches import refusals
from infra.local.resources import Deployment
from infra.local.services import feedback
from infra.local.services.outbox import Mail
from tests.api.events import Context
from tests.flows.mailing import Mailing
from tests.moto_state import restored
from tests.world import NOON

MINUTE = timedelta(minutes=1)
SEVEN = NOON.replace(hour=5)  # 07:00 in Athens, on a Saturday
DAILY = IssueKey("en", "daily", "2026-03-14")


class Newsroom(Mailing):
    """With the functions that SES and the state machine call, and with what SES reports about mails."""

    def mail(self, name: str) -> Mail:
        """The last mail to a reader, as SES has it."""
        sent = [vars(message) for message in ses_backends[ACCOUNT][REGION].sent_messages]
        mails = [Mail.read(1, {**each, "source": each["raw_data"]}) for each in sent]
        [*_, found] = [mail for mail in mails if mail.recipients == (f"{name}@example.org",)]
        return found

    def report(self, name: str, kind: str) -> dict[str, Any]:
        """SES reports something about the last mail to a reader; returns the event."""
        event = feedback.event(self.mail(name), kind, datetime.now(UTC))
        self.notify(event)
        return event

    def notify(self, event: dict[str, Any]) -> None:
        self.call("bounces", {"Records": [{"Sns": {"Message": json.dumps(event)}}]})

    def call(self, module: str, event: dict[str, Any]) -> Any:
        return importlib.import_module(module).handler(event, Context())

    @property
    def feedback(self) -> Feedback:
        return self.deliveries.report(DAILY).feedback


@pytest.fixture
def newsroom(empty_site: Deployment, monkeypatch: pytest.MonkeyPatch) -> Iterator[Newsroom]:
    """An article of the hour before the day's issue is composed."""
    for name, function in (("bounces", "BouncesFunction"), ("send", "SendFunction")):
        module = importlib.import_module(name)
        monkeypatch.setattr(module, "settings", Settings(empty_site.environment(function)))
        module.deps.cache_clear()
    with restored():
        newsroom = Newsroom(empty_site)
        newsroom.now = SEVEN - 60 * MINUTE
        newsroom.put("ferry", headline="Ferry returns", published_at=None)
        yield newsroom


def begun(newsroom: Newsroom, *names: str) -> None:
    """These readers, and an issue for them that is about to be sent."""
    newsroom.now = SEVEN - 30 * MINUTE
    for name in names:
        newsroom.reader(name)
    newsroom.now = SEVEN + 3 * MINUTE
    newsroom.compose()


def metrics(capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    """The metrics that functions sent since the last look."""
    found: dict[str, float] = {}
    for line in map(json.loads, capsys.readouterr().out.splitlines()):
        for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"] if "_aws" in line else []:
            found[metric["Name"]] = found.get(metric["Name"], 0) + sum(line[metric["Name"]])
    return found


def test_each_bounce_and_complaint_counts_once_whenever_and_however_often_it_is_reported(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """newsletter#26, newsletter#40"""
    begun(newsroom, "early", "late", "gone", "full", "happy")
    send = newsroom.ses.send

    def reported_at_once(email: str, *args: Any) -> None:
        send(email, *args)
        if email == "early@example.org":  # before the worker has stored the outcome
            newsroom.report("early", "permanent bounce")

    monkeypatch.setattr(newsroom.ses, "send", reported_at_once)
    newsroom.send(DAILY)
    assert newsroom.deliveries.report(DAILY).counts == Counts(sent=5)
    assert newsroom.feedback == Feedback(5, bounces=1)
    bounce = newsroom.report("late", "permanent bounce")
    newsroom.report("late", "complaint")
    newsroom.subscribers.commit(erased(newsroom.get("gone"), newsroom.now))
    newsroom.report("gone", "complaint")
    newsroom.report("full", "transient bounce")
    newsroom.report("happy", "delivery")
    for _ in range(2):
        newsroom.notify(bounce)
    assert newsroom.feedback == Feedback(5, bounces=2, complaints=2)
    sent = metrics(capsys)
    assert (sent["IssueBounced"], sent["IssueComplained"], sent["HardBounced"]) == (2, 2, 4)
    assert newsroom.get("late").state == "suppressed"
    assert newsroom.get("gone").profile is None


@pytest.mark.parametrize("tag", ["en-daily-2026-03-15", "en-daily-", "7"])
def test_a_tag_that_names_no_issue_that_was_sent_is_ignored_with_a_line(
    tag: str, newsroom: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    """newsletter#26"""
    begun(newsroom, "reader")
    newsroom.send(DAILY)
    event = feedback.event(newsroom.mail("reader"), "complaint", datetime.now(UTC))
    event["mail"]["tags"]["issue"] = [tag]
    newsroom.notify(event)
    assert newsroom.feedback == Feedback(1)
    assert newsroom.get("reader").state == "suppressed"
    levels = {record.levelname for record in caplog.records if record.message == "feedback about a mail of no issue"}
    assert levels == {"WARNING"}


def test_a_sending_with_too_many_bounces_stops_by_itself_and_waits_for_a_person(
    newsroom: Newsroom, capsys: pytest.CaptureFixture[str]
) -> None:
    """newsletter#40, newsletter#47"""
    names = [f"reader{number}" for number in range(16)]
    begun(newsroom, *names)
    # An earlier worker has sent to 494 readers of the one segment.
    sending = newsroom.sending(DAILY)
    segment = Segment(0, 494 + len(names), counts=Counts(sent=494))
    newsroom.deliveries.plan(sending, planned(sending, 1), [segment])
    for number in range(29):
        newsroom.deliveries.count_feedback(DAILY, f"earlier-{number}", "bounces", newsroom.now)
    worker = newsroom.worker(DAILY)
    worker.rate = 8 / CHECKPOINT / SHARE  # a few mails between two looks
    send = newsroom.ses.send

    def bounced(email: str, *args: Any) -> None:
        send(email, *args)
        if len(newsroom.mails()) == 1:
            newsroom.report(email.partition("@")[0], "permanent bounce")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(newsroom.ses, "send", bounced)
        step = worker.work(0, UNLIMITED)
    assert step.next == "done"
    assert step.counts == Counts(sent=len(newsroom.mails()))
    sent = len(newsroom.mails())
    assert 6 <= sent < len(names)
    assert newsroom.feedback == Feedback(494 + sent, bounces=30)
    halted = newsroom.sending(DAILY)
    assert (halted.state, halted.reason, halted.changed_by) == ("stopped", "bounces", None)
    ended = newsroom.call("send", {"step": "finish", "issue": DAILY.id, "run": 1})
    assert ended["state"] == "tripped"
    assert metrics(capsys)["IssuesTripped"] == 1
    # It stays so, whatever runs, until an editor resumes it; what was accepted then does not stop it again.
    newsroom.send(DAILY)
    assert newsroom.compose() == []
    assert len(newsroom.mails()) == sent
    newsroom.dispatcher.resume(DAILY, "lina", newsroom.now)
    newsroom.report("reader0" if newsroom.mailed()["reader0"] else "reader1", "complaint")
    worker.work(0, UNLIMITED)  # one that knows only what was before: it does not stop the sending again
    assert newsroom.sending(DAILY).state == "running"
    newsroom.send(DAILY)
    assert newsroom.mailed() == dict.fromkeys(names, 1)
    assert newsroom.sending(DAILY).state == "finished"
    assert newsroom.deliveries.report(DAILY).audience == 494 + len(names)


def test_each_line_of_the_report_is_a_metric(newsroom: Newsroom, capsys: pytest.CaptureFixture[str]) -> None:
    """newsletter#47"""
    begun(newsroom, "happy", "angry", "gone", "left")
    newsroom.change("gone", suppressed(newsroom.get("gone"), "bounce", newsroom.now))
    newsroom.change("left", with_preferences(newsroom.get("left"), Preferences("en", ("culture",), "daily")))
    task = {"issue": DAILY.id, "run": 1}
    planned = newsroom.call("send", task | {"step": "plan"})
    for segment in planned["segments"]:
        assert newsroom.call("send", segment)["next"] == "done"
    newsroom.report("angry", "complaint")
    newsroom.report("angry", "permanent bounce")
    newsroom.call("send", task | {"step": "finish"})
    report = newsroom.deliveries.report(DAILY)
    assert report.counts == Counts(sent=2, skipped=1, suppressed=1)
    sent = {name: number for name, number in metrics(capsys).items() if name.startswith("Issue")}
    assert sent == {
        "IssueReaders": report.audience,
        "IssueSent": report.counts.sent,
        "IssueSkipped": report.counts.skipped,
        "IssueSuppressed": report.counts.suppressed,
        "IssueBounced": report.feedback.bounces,
        "IssueComplained": report.feedback.complaints,
        "IssuesFinished": 1,
    }


def test_a_sending_that_waits_for_ses_has_not_moved_after_fifteen_minutes(newsroom: Newsroom) -> None:
    """newsletter#47"""
    begun(newsroom, "one", "two", "three")
    issue = newsroom.issues.get(DAILY)
    assert issue
    dispatch.plan(newsroom.deliveries, newsroom.subscribers, newsroom.ses, issue)
    refused = refusals(ses_backends[ACCOUNT][REGION])
    assert newsroom.dispatcher.watch(newsroom.now + STALLED) == Progress(waiting=3)
    newsroom.now += STALLED + MINUTE
    refused[:] = ["TooManyRequestsException"] * 20
    assert "wait" in {step.next for step in newsroom.send(DAILY)}
    assert DAILY in newsroom.dispatcher.watch(newsroom.now).stalled
    refused.clear()
    newsroom.send(DAILY)
    assert DAILY not in newsroom.dispatcher.watch(newsroom.now).stalled
    assert newsroom.mailed() == dict.fromkeys(("one", "two", "three"), 1)
