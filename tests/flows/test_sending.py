"""From a composed issue to its readers' mailboxes: who gets it, once, and what the report says."""

import importlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from moto.ses.models import ses_backends

from broadsheet.deadline import UNLIMITED, Deadline
from broadsheet.model.errors import WrongState
from broadsheet.model.newsletter.issue import IssueKey
from broadsheet.model.newsletter.sending import SHARE, Counts
from broadsheet.model.newsletter.subscriber import Preferences, suppressed, unsubscribed, with_preferences
from broadsheet.model.queries import IssuesWith
from broadsheet.services.issues import Uncomposed, compose_now
from broadsheet.services.sending import dispatch
from broadsheet.services.sending.worker import WAIT, Step
from broadsheet.settings import Settings
from broadsheet.store.rows import to_item
from infra.local.account import ACCOUNT, REGION
from infra.local.moto.ses_patches import THROTTLES, refusals
from infra.local.resources import Deployment
from tests.api.events import Context
from tests.api.newsletter.bed import Clock
from tests.flows.mailing import Mailing
from tests.moto_state import restored
from tests.world import NOON

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SEVEN = NOON.replace(hour=5)  # 07:00 in Athens, on a Saturday
DAILY = IssueKey("en", "daily", "2026-03-14")
WEEKLY = IssueKey("en", "weekly", "2026-w11")


@pytest.fixture
def mailing(empty_site: Deployment) -> Iterator[Mailing]:
    """Two articles of the hours before the issues of the day and of the week are composed."""
    with restored():
        mailing = Mailing(empty_site)
        mailing.now = SEVEN - 2 * HOUR
        mailing.put("strike", headline="Strike ends", published_at=None, section="sport")
        mailing.now = SEVEN - HOUR
        mailing.put("ferry", headline="Ferry returns", published_at=None)
        yield mailing


def test_each_reader_gets_their_sections_once_and_the_report_adds_up(mailing: Mailing) -> None:
    """newsletter#28, newsletter#32, newsletter#38."""
    mailing.reader("all")
    mailing.reader("sport", ("sport",))
    mailing.reader("nothing", ("culture",))
    mailing.reader("weekly", frequency="weekly")
    mailing.reader("arabic", edition="ar")
    mailing.reader("bounced")
    mailing.change("bounced", suppressed(mailing.get("bounced"), "bounce", mailing.now))
    mailing.now = SEVEN + 3 * MINUTE
    assert mailing.compose() == [DAILY, WEEKLY]
    mailing.reader("late", confirmed_at=mailing.now + MINUTE)
    mailing.send(DAILY)
    assert mailing.mailed() == {"all": 1, "sport": 1}
    by_reader = {str(mail["To"]): str(mail["Subject"]) for mail in mailing.mails()}
    assert by_reader == {"all@example.org": "Ferry returns", "sport@example.org": "Strike ends"}
    report = mailing.deliveries.report(DAILY)
    assert report.counts == Counts(sent=2, skipped=1, suppressed=1)
    assert (report.audience, report.waiting) == (4, 0)
    assert mailing.sending(DAILY).state == "finished"
    # Again, and by a schedule that runs again: nobody gets a second mail.
    mailing.send(DAILY)
    assert mailing.compose() == []
    mailing.send(WEEKLY)
    assert mailing.mailed() == {"all": 1, "sport": 1, "weekly": 1}


def test_who_leaves_or_chooses_otherwise_before_their_turn_gets_nothing(mailing: Mailing) -> None:
    """newsletter#30."""
    for name in ("stays", "leaves", "changes", "complains"):
        mailing.reader(name)
    mailing.now = SEVEN + 3 * MINUTE
    mailing.compose()
    page = mailing.subscribers.scan

    # They do so after the worker read its page, and before it claims them.
    def read(*args: object, **more: object) -> object:
        found = page(*args, **more)  # type: ignore[arg-type]  # passed on
        if mailing.get("leaves").state == "confirmed":
            mailing.change("leaves", unsubscribed(mailing.get("leaves"), mailing.now))
            mailing.change("changes", with_preferences(mailing.get("changes"), Preferences("en", (), "weekly")))
            mailing.change("complains", suppressed(mailing.get("complains"), "complaint", mailing.now))
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mailing.subscribers, "scan", read)
        mailing.send(DAILY)
    assert mailing.mailed() == {"stays": 1}
    report = mailing.deliveries.report(DAILY)
    assert report.counts == Counts(sent=1, skipped=2, suppressed=1)
    assert report.audience == 4


def test_an_article_reaches_a_reader_once_across_a_change_of_frequency(mailing: Mailing) -> None:
    """newsletter#35."""
    mailing.reader("reader")
    mailing.now = SEVEN + 3 * MINUTE
    mailing.compose()
    mailing.send(DAILY)
    mailing.change("reader", with_preferences(mailing.get("reader"), Preferences("en", (), "weekly")))
    mailing.send(WEEKLY)
    assert mailing.mailed() == {"reader": 1}
    assert mailing.deliveries.report(WEEKLY).counts == Counts(skipped=1)


def test_a_deadline_a_stop_and_a_resumption_lose_and_repeat_nobody(mailing: Mailing) -> None:
    """newsletter#31."""
    names = {f"reader{number}" for number in range(12)}
    composed(mailing, *names)
    left = iter([1.0] * 5 + [0.0] * 50)
    mailing.send(DAILY, Deadline(lambda: next(left)))
    first = mailing.deliveries.report(DAILY)
    assert 0 < first.counts.sent < len(names)
    assert first.counts.sent == len(mailing.mails())
    mailing.dispatcher.stop(DAILY, "lina", mailing.now)
    mailing.send(DAILY)
    assert mailing.deliveries.report(DAILY) == first
    mailing.dispatcher.resume(DAILY, "lina", mailing.now)
    mailing.send(DAILY)
    assert mailing.mailed() == dict.fromkeys(names, 1)
    report = mailing.deliveries.report(DAILY)
    assert (report.counts, report.waiting) == (Counts(sent=len(names)), 0)
    assert mailing.sending(DAILY).state == "finished"


def test_an_issue_that_cannot_be_composed_keeps_no_other_from_being_sent(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """newsletter#31: the others are begun."""
    function = importlib.import_module("compose")
    monkeypatch.setattr(function, "settings", Settings(mailing.deployment.environment("ComposeFunction")))
    monkeypatch.setattr(function, "datetime", Clock(SEVEN + 3 * MINUTE))
    function.deps.cache_clear()
    damaged = {"pk": "FRONT", "sk": "ar"}
    mailing.clients.dynamodb.put_item(TableName=mailing.table, Item=to_item(damaged))
    with pytest.raises(Uncomposed, match="ar-daily"):
        function.handler({}, Context())
    assert mailing.deliveries.running() == {DAILY.id, WEEKLY.id}
    function.deps.cache_clear()


def test_a_worker_gives_way_where_ses_throttles_and_comes_back(mailing: Mailing) -> None:
    """newsletter#31."""
    names = [f"reader{number}" for number in range(8)]
    begun(mailing, *names)
    worker = mailing.worker(DAILY)
    worker.rate = 0.5 / SHARE  # two seconds for a mail, so that there are some looks at whether to go on
    refusals(ses_backends[ACCOUNT][REGION])[:] = ["TooManyRequestsException"] * 2
    paces, wait = list[float](), worker.delivery.pace.wait

    def noted() -> None:
        paces.append(worker.delivery.pace.factor)
        wait()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(worker.delivery.pace), "wait", lambda _: noted())
        assert worker.work(0, UNLIMITED).next == "done"
    assert paces[:3] == [1, 0.5, 0.25]
    assert paces[3:] == sorted(paces[3:])
    assert paces[-1] > 0.25
    assert mailing.mailed() == dict.fromkeys(names, 1)


@pytest.mark.parametrize("error", THROTTLES)
def test_while_ses_takes_no_mail_a_worker_waits_and_nobody_is_lost(mailing: Mailing, error: str) -> None:
    """newsletter#31, newsletter#32."""
    names = ("one", "two", "three")
    begun(mailing, *names)
    refused, send = refusals(ses_backends[ACCOUNT][REGION]), mailing.ses.send

    def taken(*args: Any) -> None:
        send(*args)
        refused[:] = [error] * 50  # after the first mail

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mailing.ses, "send", taken)
        for _ in range(2):
            step = mailing.worker(DAILY).work(0, UNLIMITED)
            assert (step.next, step.seconds) == ("wait", WAIT)
    assert len(mailing.mails()) == 1
    report = mailing.deliveries.report(DAILY)
    assert (report.counts, report.waiting) == (Counts(sent=1), 2)
    refused.clear()
    assert mailing.worker(DAILY).work(0, UNLIMITED).next == "done"
    assert mailing.mailed() == dict.fromkeys(names, 1)
    assert mailing.deliveries.report(DAILY).counts == Counts(sent=3)


def composed(mailing: Mailing, *names: str) -> None:
    """Subscribe these readers, and compose the issue of the day."""
    for name in names:
        mailing.reader(name)
    mailing.now = SEVEN + 3 * MINUTE
    mailing.compose()


def begun(mailing: Mailing, *names: str) -> None:
    """The issue of the day is planned for these readers."""
    composed(mailing, *names)
    issue = mailing.issues.get(DAILY)
    assert issue
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dispatch, "segments_for", lambda _: 1)
        dispatch.plan(mailing.deliveries, mailing.subscribers, mailing.ses, issue)


def test_an_issue_that_an_editor_releases_is_that_of_its_day_and_later_news_are_in_the_next(mailing: Mailing) -> None:
    """newsletter#36, newsletter#39."""
    for day in (-1, 0):
        mailing.now = SEVEN + timedelta(days=day, minutes=3)
        mailing.compose()
    mailing.now += 10 * HOUR
    mailing.put("quay", published_at=None)
    mailing.now += HOUR
    early, usual = (replace(DAILY, name=f"2026-03-{day}") for day in (15, 16))
    for _ in range(2):
        issue = compose_now(mailing.issues, mailing.queries, mailing.site, early, mailing.now)
        assert (issue.key, issue.articles) == (early, ("quay",))
    mailing.now += 4 * HOUR
    late = mailing.put("late", published_at=None)
    with pytest.raises(WrongState, match="2026-03-16 has to wait"):
        compose_now(mailing.issues, mailing.queries, mailing.site, usual, mailing.now)
    mailing.now = SEVEN + timedelta(days=1, minutes=3)
    assert mailing.compose() == [early]  # begun now, since nothing has begun it; composed no second time
    mailing.now += timedelta(days=1)
    assert mailing.compose() == [usual]
    # A correction finds the page that shows the article.
    assert late.first_live_at
    assert mailing.queries(IssuesWith("en", "late", late.first_live_at)) == (usual,)


def test_a_worker_that_ses_refuses_gives_way_to_the_next_one(mailing: Mailing) -> None:
    """newsletter#31: SES refuses its second mail, and before it stores its progress, another worker does the rest."""
    names = {f"reader{number}" for number in range(6)}
    composed(mailing, *names)
    issue, refused, replaced = mailing.issues.get(DAILY), refusals(ses_backends[ACCOUNT][REGION]), list[Step]()
    assert issue
    first, second = dispatch.plan(mailing.deliveries, mailing.subscribers, mailing.ses, issue)
    called = count()

    def left() -> float:
        if len(mailing.mails()) == 1 and not refused and not replaced:
            if next(called) == 0:
                refused.append("TooManyRequestsException")
            else:
                replaced.append(mailing.worker(DAILY).work(first, UNLIMITED))
        return 0.5

    assert mailing.worker(DAILY).work(first, Deadline(left)) == Step("done")
    assert replaced[0].next == "done"
    assert mailing.worker(DAILY).work(second, UNLIMITED).next == "done"
    assert mailing.mailed() == dict.fromkeys(names, 1)
    assert mailing.deliveries.report(DAILY).counts == Counts(sent=len(names))
