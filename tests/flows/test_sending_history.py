"""After any history, no reader got an article twice, or anything that they had not chosen, and every report adds up.

The model knows what readers and editors did last. It is asked about each mail at the moment at which it was sent.
"""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email import message_from_string, policy
from email.message import EmailMessage
from functools import partial
from itertools import chain, repeat

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from moto.ses.models import ses_backends

from broadsheet.deadline import Deadline
from broadsheet.model.config import Site
from broadsheet.model.errors import WrongState
from broadsheet.model.newsletter.bounces import ISSUE_TAG, SUBSCRIBER_TAG
from broadsheet.model.newsletter.issue import FREQUENCIES, Frequency, IssueKey, next_due
from broadsheet.model.newsletter.sending import Counts
from broadsheet.model.newsletter.subscriber import (
    Preferences,
    Subscriber,
    erased,
    suppressed,
    unsubscribed,
    with_preferences,
)
from broadsheet.store.rows import from_item
from infra.local.account import ACCOUNT, REGION
from infra.local.moto.ses_patches import refusals
from infra.local.resources import Deployment
from tests.flows.mailing import Mailing
from tests.moto_state import restored
from tests.world import NOON, small_site

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MORNING = NOON.replace(hour=5, minute=3)  # 07:03 in Athens, on the Saturday on which weekly issues are composed
READERS = tuple(f"reader{number}" for number in range(4))
ENOUGH = 12  # executions after which every sending is at its end

readers = st.sampled_from(READERS)
choices = st.builds(
    Preferences,
    st.just("en"),
    st.sampled_from([(), (), ("city",), ("sport",)]),
    st.sampled_from(["daily", "daily", "weekly"]),
)
sections = st.sampled_from(["city", "sport"])
numbers = st.integers(0, 11)


@dataclass
class Reader:
    """What a reader chose last, since when (None for one who gets nothing), and which articles and issues they got."""

    chosen: Preferences
    since: datetime | None = None
    changed_at: datetime = NOON
    articles: Counter[str] = field(default_factory=Counter)
    issues: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Placed:
    """Where an article is since then; None while it is withdrawn."""

    section: str | None
    at: datetime


class Newsletter(RuleBasedStateMachine):
    """Editors, readers, the schedule, SES, and workers that are interrupted."""

    def __init__(self, deployment: Deployment) -> None:
        super().__init__()
        self.open = ExitStack()
        self.open.enter_context(restored())
        self.mailing = Mailing(deployment, site=one_edition())
        self.mailing.now = MORNING - DAY
        self.ses = ses_backends[ACCOUNT][REGION]
        self.observed = len(self.ses.sent_messages)
        self.readers: dict[str, Reader] = {}
        self.articles: dict[str, Placed] = {}
        self.composed: dict[IssueKey, tuple[datetime, tuple[str, ...]]] = {}

    def teardown(self) -> None:
        """SES takes mails again, editors let every issue go on, and all sendings come to their ends."""
        try:
            refusals(self.ses).clear()
            for key in self.composed:
                self.go_on(key)
                self.send_whole(key)
        finally:
            refusals(self.ses).clear()
            self.open.close()

    @initialize(chosen=st.lists(choices, min_size=len(READERS), max_size=len(READERS)))
    def begin(self, chosen: list[Preferences]) -> None:
        """All readers confirm, two articles are published, and the first issues are composed."""
        for name, each in zip(READERS, chosen, strict=True):
            self.confirm(name, each)
        self.publish("city")
        self.publish("sport")
        self.pass_days(1)

    @rule(section=sections)
    def publish(self, section: str) -> None:
        self._put(f"article-{len(self.articles):02}", section)

    @rule(number=numbers, section=sections)
    def correct(self, number: int, section: str) -> None:
        """Correct an article, move it to another section, or publish a withdrawn one again."""
        self._put(sorted(self.articles)[number % len(self.articles)], section)

    @rule(number=numbers)
    def withdraw(self, number: int) -> None:
        if live := sorted(id for id, placed in self.articles.items() if placed.section):
            id, now = live[number % len(live)], self._tick()
            self.mailing.withdraw(id)
            self.articles[id] = Placed(None, now)

    @rule(name=readers, chosen=choices)
    def confirm(self, name: str, chosen: Preferences) -> None:
        """Confirm a sign-up, the first or another one."""
        known = self.readers.setdefault(name, Reader(chosen))
        if known.since is not None:
            return
        now = self._tick()
        if name in self.mailing.ids:
            before = self.mailing.get(name)
            profile = self.mailing.profile(name, chosen, now)
            self.mailing.change(name, replace(before, state="confirmed", changed_at=now, profile=profile))
        else:
            self.mailing.reader(name, chosen.sections, chosen.frequency, confirmed_at=now)
        known.chosen, known.since, known.changed_at = chosen, now, now

    @rule(name=readers, chosen=choices)
    def choose(self, name: str, chosen: Preferences) -> None:
        if self.readers[name].since:
            self._change(name, with_preferences(self.mailing.get(name), chosen))
            self.readers[name].chosen = chosen

    @rule(name=readers, how=st.sampled_from(["unsubscribes", "unsubscribes", "is erased", "bounces"]))
    def leave(self, name: str, how: str) -> None:
        if self.readers[name].since:
            before, now = self.mailing.get(name), self._tick()
            after = {
                "unsubscribes": lambda: unsubscribed(before, now),
                "is erased": lambda: erased(before, now),
                "bounces": lambda: suppressed(before, "bounce", now),
            }[how]()
            self._change(name, after)
            self.readers[name].since = None

    @rule(days=st.sampled_from([1, 1, 1, 7]))
    def pass_days(self, days: int) -> None:
        """The schedule composes the issues of that day, and begins to send them."""
        self.mailing.now = self.mailing.now.replace(hour=MORNING.hour, minute=MORNING.minute) + days * DAY
        self.mailing.compose()
        for frequency in FREQUENCIES:
            for issue in self.mailing.issues.newest("en", frequency, 1):
                if issue.key not in self.composed:
                    assert all(self.articles[id].section for id in issue.articles), "a withdrawn article is in an issue"
                    self.composed[issue.key] = issue.composed_at, issue.articles

    @rule(number=numbers, readers=st.integers(0, 6), moment=st.none() | st.integers(0, 70))
    def send(self, number: int, readers: int, moment: int | None) -> None:
        """One execution of a sending, which has time for a few readers, or is killed at any moment."""
        key = self._issue(number)
        left = chain(repeat(100.0, 2 * readers + 2), repeat(0.0))
        sending = self.mailing.deliveries.get(key)
        if sending and sending.state != "held":
            with self.mailing.killed(moment):
                self.mailing.send(key, Deadline(partial(next, left)))
            self._observe()
            self._check_report(key)

    @rule(number=numbers)
    def send_whole(self, number: int | IssueKey) -> None:
        """Executions until a sending is at its end, or is stopped, or SES takes no mails."""
        key = number if isinstance(number, IssueKey) else self._issue(number)
        for _ in range(ENOUGH):
            sending = self.mailing.deliveries.get(key)
            if sending is None or sending.state != "running":
                break
            self.mailing.send(key)
            self._observe()
        self._check_report(key)

    @rule(number=numbers)
    def stop(self, number: int) -> None:
        with suppress(WrongState):
            self.mailing.dispatcher.stop(self._issue(number), "lina", self.mailing.now)

    @rule(frequency=st.sampled_from(["daily", "weekly"]))
    def hold(self, frequency: Frequency) -> None:
        """Hold the next issue, which is not composed yet."""
        key, _ = next_due(self.mailing.issues.next("en", frequency), self.mailing.now, self.mailing.site)
        self.mailing.dispatcher.hold(key, "lina", self.mailing.now)

    @rule(number=numbers)
    def go_on(self, number: int | IssueKey) -> None:
        """An editor resumes a sending that is stopped, or releases an issue that is on hold."""
        key = number if isinstance(number, IssueKey) else self._issue(number)
        sending = self.mailing.deliveries.get(key)
        with suppress(WrongState):  # it is too old
            if sending and sending.state == "stopped":
                self.mailing.dispatcher.resume(key, "lina", self.mailing.now)
            elif sending and sending.state == "held" and self.composed[key][1]:
                self.mailing.dispatcher.start(key, "lina", self.mailing.now)

    @rule(mails=st.integers(1, 6))
    def refuse(self, mails: int) -> None:
        """SES takes so many mails not."""
        refusals(self.ses)[:] = ["TooManyRequestsException"] * mails

    def _put(self, id: str, section: str) -> None:
        now = self._tick()
        self.mailing.put(id, headline=f"News of {id}", section=section, published_at=None, tags=[], authors=[])
        self.articles[id] = Placed(section, now)

    def _change(self, name: str, after: Subscriber) -> None:
        self.mailing.change(name, after)
        self.readers[name].changed_at = self._tick()

    def _tick(self) -> datetime:
        self.mailing.now += MINUTE
        return self.mailing.now

    def _issue(self, number: int) -> IssueKey:
        """One of the issues so far, rather a new one."""
        return tuple(self.composed)[-1 - number % min(len(self.composed), 4)]

    def _observe(self) -> None:
        """Ask the model about the mails that were sent since the last time."""
        new, self.observed = self.ses.sent_messages[self.observed :], len(self.ses.sent_messages)
        names = {id: name for name, id in self.mailing.ids.items()}
        for message in new:
            tags = message.envelope["tags"]
            [issue], [id] = tags[ISSUE_TAG], tags[SUBSCRIBER_TAG]
            self._check_mail(issue, self.readers[names[id]], set(articles_in(message.raw_data)))

    def _check_mail(self, issue: str, reader: Reader, articles: set[str]) -> None:
        key = next(key for key in self.composed if key.id == issue)
        composed_at, composed_of = self.composed[key]
        assert reader.since is not None, "a mail to a reader who has left"
        assert reader.since <= composed_at, "an issue from before the reader confirmed"
        assert (reader.chosen.edition, reader.chosen.frequency) == (key.edition, key.frequency)
        assert articles, "a mail without articles"
        assert articles <= set(composed_of)
        assert {self.articles[id].section for id in articles} <= set(reader.chosen.sections or ("city", "sport"))
        reader.issues[issue] += 1
        reader.articles.update(articles)
        assert reader.issues[issue] == 1, f"{issue} came twice"
        assert set(reader.articles.values()) == {1}, f"an article came twice: {reader.articles}"

    def _check_report(self, key: IssueKey) -> None:
        """Ask the model about the report, and about the claims."""
        sending, report, claims = (
            self.mailing.deliveries.get(key),
            self.mailing.deliveries.report(key),
            self._claims(key),
        )
        got = {name for name, reader in self.readers.items() if reader.issues[key.id]}
        assert got <= {name for name, outcome in claims.items() if outcome in ("sent", "unknown", None)}
        known = Counts(**{outcome: list(claims.values()).count(outcome) for outcome in ("sent", "unknown")})
        assert got >= {name for name, outcome in claims.items() if outcome == "sent"}
        assert report.audience >= sum(segment.audience for segment in self.mailing.deliveries.segments(key))
        if sending is None or sending.state != "finished":
            assert report.counts.sent <= known.sent + list(claims.values()).count(None)
            return
        assert (report.waiting, report.counts.failed) == (0, 0)
        assert (report.counts.sent, report.counts.unknown) == (known.sent, known.unknown)
        assert None not in claims.values()
        for name, reader in self.readers.items():
            if name not in claims:
                assert not list(self._missed(key, reader, self.mailing.get(name).sent_until)), f"{name} was left out"

    def _missed(self, key: IssueKey, reader: Reader, sent_until: datetime | None) -> Iterator[str]:
        """The articles that a finished sending was to bring a reader who changed nothing since the composition."""
        composed_at, composed_of = self.composed[key]
        chosen = reader.chosen
        if reader.since is None or reader.changed_at > composed_at or chosen.frequency != key.frequency:
            return
        for id in composed_of:
            placed, news_at = self.articles[id], self.mailing.articles.get(id)
            same = placed.section in (chosen.sections or ("city", "sport")) and placed.at <= composed_at
            first = news_at.first_live_at if news_at else None
            if same and first and (sent_until is None or first > sent_until):
                yield id

    def _claims(self, key: IssueKey) -> dict[str, str | None]:
        """The outcomes of the claims of an issue, by the readers' names."""
        items = self.mailing.clients.dynamodb.scan(TableName=self.mailing.deployment.name("Deliveries"))["Items"]
        names = {id: name for name, id in self.mailing.ids.items()}
        rows = (row for row in map(from_item, items) if row["sk"] == key.id and "reader" in row)
        return {names[row["reader"]]: row.get("outcome") for row in rows}


def articles_in(mail: str) -> list[str]:
    """The ids of the articles in a mail's text, each as often as it is there."""
    body = message_from_string(mail, EmailMessage, policy=policy.default).get_body(("plain",))
    assert isinstance(body, EmailMessage)
    return re.findall(r"News of (article-\d+)", str(body.get_content()))


def one_edition() -> Site:
    """A site with one edition."""
    site = small_site()
    return replace(site, editions={"en": site.editions["en"]})


def run(deployment: Deployment, examples: int, steps: int) -> None:
    run_state_machine_as_test(
        partial(Newsletter, deployment),  # type: ignore[arg-type]  # a factory, as its parameter is called
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )


def test_no_reader_gets_an_article_twice_in_a_short_history(deployment: Deployment) -> None:
    """newsletter#28, newsletter#30, newsletter#32, newsletter#35, newsletter#38."""
    run(deployment, examples=6, steps=10)


@pytest.mark.proof
def test_no_reader_gets_an_article_twice_in_a_long_history(deployment: Deployment) -> None:
    """newsletter#28, newsletter#29, newsletter#30, newsletter#31, newsletter#32, newsletter#35, newsletter#37."""
    run(deployment, examples=80, steps=40)
