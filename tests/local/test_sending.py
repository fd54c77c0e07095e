"""An issue goes to its readers in the local deployment: the schedule, the state machine, the function, SES."""

import re
import socket
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from broadsheet.model.newsletter.issue import IssueKey
from broadsheet.model.newsletter.sending import Counts, Feedback
from broadsheet.model.newsletter.subscriber import Consent, Preferences, Profile, Subscriber
from broadsheet.model.newsletter.tokens import Keyring
from broadsheet.services.issues import compose_due, preview
from broadsheet.settings import Settings
from broadsheet.store.deliveries import Deliveries
from broadsheet.store.issues import Issues
from broadsheet.store.queries import ArticleQueries
from broadsheet.store.subscribers import Subscribers
from broadsheet_cli.client import connect
from broadsheet_cli.issues import next_issue
from infra.local.deployment.local_deployment import LocalDeployment
from tests.waiting import wait_for
from tests.world import World

# Each needs a deployment of its own: the issues of the shared one would go to the readers of all tests.
pytestmark = pytest.mark.proof

ARTICLE = {
    "edition": "en",
    "headline": "Ferries run again",
    "section": "city",
    "body": {"format": "markdown", "text": "They *run*."},
}


class Newsroom:
    """What editors and readers do, and what became of the issue."""

    def __init__(self, stack: LocalDeployment) -> None:
        self.stack = stack
        dynamodb, name = stack.clients.dynamodb, stack.deployment.name
        self.site = Settings({}).site()
        self.issues = Issues(dynamodb, name("Articles"))
        self.queries = ArticleQueries(dynamodb, name("Articles"), self.site)
        self.subscribers = Subscribers(dynamodb, name("Subscribers"))
        self.deliveries = Deliveries(dynamodb, stack.deployment.deliveries_table)
        self.keyring = Keyring.parse(stack.deployment.secret(name("TokenSecret")))

    def confirm(self, *names: str) -> None:
        """Subscribe readers of the daily issue."""
        at = datetime.now(UTC) - timedelta(hours=1)
        for name in names:
            email = f"{name}@example.org"
            profile = Profile(email, Preferences("en"), Consent(at, None, "1", "en"), at)
            self.subscribers.commit(Subscriber(self.keyring.email_id(email), "confirmed", at, profile, "nonce"))

    def compose(self) -> IssueKey:
        """Publish an article, and compose the daily issue as if its hour had come."""
        with connect(self.stack.url) as client:
            client.put("ferries", ARTICLE)
        self.stack.settle()
        now = datetime.now(UTC)
        due = preview(self.issues, self.queries, self.site, "en", "daily", now).moment
        compose_due(self.issues, self.queries, self.site, max(due, now) + timedelta(minutes=3))
        name = self.issues.next("en", "daily").latest
        assert name
        return IssueKey("en", "daily", name)

    def left(self, email: str) -> bool:
        """Whether the reader has unsubscribed."""
        subscriber = self.subscribers.get(self.keyring.email_id(email))
        return subscriber is not None and subscriber.state == "unsubscribed"

    def mailed(self) -> Counter[str]:
        """How many mails of the issue each reader got, by name."""
        mails = [mail for mail in self.stack.outbox() if mail.header("Subject") == ARTICLE["headline"]]
        return Counter(str(mail.header("To")).partition("@")[0] for mail in mails)


def test_an_issue_is_sent_to_its_readers_once() -> None:
    """newsletter#45: every link of its mails answers, and one click unsubscribes (newsletter#21).

    What SES reports about its mails is counted (newsletter#40).
    """
    with LocalDeployment() as stack:
        newsroom = Newsroom(stack)
        newsroom.confirm("lina", "omar")
        key = newsroom.compose()
        for _ in range(2):
            stack.fire("ComposeFunction")
            stack.settle()
            assert newsroom.mailed() == {"lina": 1, "omar": 1}
            sending, report = newsroom.deliveries.get(key), newsroom.deliveries.report(key)
            assert sending
            assert (sending.state, sending.run) == ("finished", 1)
            assert (report.counts, report.audience) == (Counts(sent=2), 2)
        [*_, mail] = stack.outbox()
        for link in set(re.findall(r"https?://[^\s<>\"]+", mail.text)):
            assert opened(link), link
        unsubscribe = str(mail.header("List-Unsubscribe")).strip("<>")
        assert opened(unsubscribe, {"List-Unsubscribe": "One-Click"})
        assert newsroom.left(str(mail.header("To")))
        for kind in ("permanent bounce", "complaint", "complaint"):
            stack.feedback(mail.number, kind)
        stack.settle()
        assert newsroom.deliveries.report(key).feedback == Feedback(2, bounces=1, complaints=1)


def test_the_console_composes_and_sends_the_next_issue_and_shows_its_report() -> None:
    """newsletter#39."""
    with LocalDeployment() as stack:
        newsroom = Newsroom(stack)
        newsroom.confirm("lina", "omar")
        page, form = f"{stack.url}/_local/issues/", {"action": "release"}
        with connect(stack.url) as client:
            form["id"] = str(next_issue(client, "en", "daily")["id"])
        assert "There is no news" in opened(page, form)
        World(stack.deployment, now=datetime.now(UTC) - timedelta(hours=1)).put("ferry", published_at=None)
        stack.settle()
        assert "Ferry returns to the old harbour" in opened(page)
        assert f"{form['id']}</a>" in opened(page, form)
        stack.settle()
        assert {str(mail.header("To")) for mail in stack.outbox()} == {"lina@example.org", "omar@example.org"}
        assert "readers: 2 = 2 sent" in opened(page)
        assert "readers: 2 = 2 sent" in opened(page, form)
        assert len(stack.outbox()) == 2


def opened(page: str, form: dict[str, str] | None = None) -> str:
    """The page, after the form was sent if there is one."""
    with urlopen(page, urlencode(form).encode() if form else None) as response:  # noqa: S310  our own address
        return str(response.read().decode())


def test_an_execution_that_a_restart_ended_is_started_again(tmp_path: Path) -> None:
    """newsletter#31."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    readers = {f"reader{number}" for number in range(20)}
    with LocalDeployment(port, keep=tmp_path / "kept") as stack:
        newsroom = Newsroom(stack)
        newsroom.confirm(*readers)
        key = newsroom.compose()
        stack.fire("ComposeFunction")
        wait_for(newsroom.deliveries.running)
    with LocalDeployment(port, keep=tmp_path / "kept") as stack:
        newsroom = Newsroom(stack)
        assert newsroom.deliveries.running() == {key.id}
        stack.fire("ComposeFunction")
        stack.settle()
        report = newsroom.deliveries.report(key)
        # What the end of the first deployment interrupted is not sent again.
        assert (report.audience, report.counts.sent + report.counts.unknown) == (len(readers), len(readers))
        mailed = newsroom.mailed()
        assert mailed.keys() <= readers
        assert set(mailed.values()) == {1}
        assert report.counts.sent <= mailed.total()
        sending = newsroom.deliveries.get(key)
        assert sending
        assert sending.state == "finished"
