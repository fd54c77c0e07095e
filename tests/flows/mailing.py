"""A world whose newsletter is sent: readers, composed issues, and the workers that send them, in one process."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email import message_from_string, policy
from email.message import EmailMessage
from typing import Any

from moto.ses.models import ses_backends

from broadsheet.deadline import UNLIMITED, Deadline
from broadsheet.model.newsletter.issue import IssueKey
from broadsheet.model.newsletter.sending import Sending
from broadsheet.model.newsletter.subscriber import Consent, Preferences, Profile, Subscriber
from broadsheet.model.newsletter.tokens import Keyring
from broadsheet.model.queries import IssueByKey
from broadsheet.services.issues import compose_due
from broadsheet.services.sending import dispatch
from broadsheet.services.sending.contents import Contents
from broadsheet.services.sending.delivery import Delivery
from broadsheet.services.sending.dispatch import Dispatcher
from broadsheet.services.sending.pace import Pace
from broadsheet.services.sending.worker import Step, Worker
from broadsheet.store.deliveries import Deliveries
from broadsheet.store.issues import Issues
from broadsheet.store.queries import ArticleQueries
from broadsheet.store.ses import Ses
from broadsheet.store.subscribers import Subscribers
from infra.local.account import ACCOUNT, REGION
from tests.faults.process import Killed
from tests.world import PARAMETERS, World

KEYRING = Keyring("1", {"1": "k" * 64})
RATE = 14.0  # mails a second


@dataclass
class Mailing(World):
    """Time passes only where a worker waits: `slept` has how long, in seconds."""

    slept: float = 0.0
    ids: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.issues = Issues(self.clients.dynamodb, self.table)
        self.queries = ArticleQueries(self.clients.dynamodb, self.table, self.site)
        self.deliveries = Deliveries(self.clients.dynamodb, self.deployment.name("Deliveries"))
        self.subscribers = Subscribers(self.clients.dynamodb, self.deployment.name("Subscribers"))
        self.ses = Ses(self.clients.ses, self.deployment.name("ConfigurationSet"))
        self.dispatcher = Dispatcher(self.deliveries, self.issues, None)
        self._sent = len(self._messages())

    def reader(
        self,
        name: str,
        sections: tuple[str, ...] = (),
        frequency: str = "daily",
        edition: str = "en",
        confirmed_at: datetime | None = None,
    ) -> Subscriber:
        """A reader who confirmed an hour ago, or then."""
        at = confirmed_at or self.now - timedelta(hours=1)
        profile = self.profile(name, Preferences(edition, sections, frequency), at)
        id = KEYRING.email_id(profile.email)
        subscriber = Subscriber(id, "confirmed", at, profile, "nonce")
        self.subscribers.commit(subscriber)
        self.ids[name] = id
        return subscriber

    def profile(self, name: str, chosen: Preferences, at: datetime) -> Profile:
        """What is stored about a reader who confirmed that choice then."""
        return Profile(f"{name}@example.org", chosen, Consent(at, None, "1", chosen.edition), at)

    def get(self, name: str) -> Subscriber:
        found = self.subscribers.get(self.ids[name])
        assert found
        return found

    def compose(self) -> list[IssueKey]:
        """Compose what is due, and begin to send it. Returns what is sent."""
        compose_due(self.issues, self.queries, self.site, self.now)
        return list(self.dispatcher.start_due(self.site, self.now))

    def worker(self, key: IssueKey) -> Worker:
        """A new process for the tasks of an issue."""
        sending, found = self.deliveries.get(key), self.queries(IssueByKey(key))
        assert sending
        assert found
        pace = Pace(lambda: self.slept, self._sleep)
        sender = PARAMETERS["Sender"]
        contents = Contents(found.issue, found.articles, self.site)
        delivery = Delivery(
            self.deliveries, self.subscribers, self.ses, KEYRING, self.site, sender, contents, pace, lambda: self.now
        )
        return Worker(delivery, sending, RATE)

    def send(self, key: IssueKey, deadline: Deadline = UNLIMITED) -> list[Step]:
        """What the state machine does in one execution: plan, each segment once, finish."""
        issue = self.issues.get(key)
        assert issue
        numbers = dispatch.plan(self.deliveries, self.subscribers, self.ses, issue)
        steps = [self.worker(key).work(number, deadline) for number in numbers]
        sending = self.deliveries.get(key)
        assert sending
        if all(step.next == "done" for step in steps):
            dispatch.finish(self.deliveries, key, sending.run, self.now)
        return steps

    def sending(self, key: IssueKey) -> Sending:
        found = self.deliveries.get(key)
        assert found
        return found

    def mails(self) -> list[EmailMessage]:
        """The mails since the world began."""
        return [
            message_from_string(message.raw_data, EmailMessage, policy=policy.default)
            for message in self._messages()[self._sent :]
        ]

    def mailed(self) -> Counter[str]:
        """How many mails each reader got, by name."""
        return Counter(str(mail["To"]).partition("@")[0] for mail in self.mails())

    @contextmanager
    def killed(self, moment: int | None) -> Iterator[None]:
        """The process inside is killed at that moment: before the first call to AWS, after it, before the second, ...

        It is not killed where that is None, or where it makes fewer calls.
        """
        moments = iter(range(moment + 1)) if moment is not None else None

        def pass_by(**_: object) -> None:
            if moments is not None and next(moments, None) == moment:
                raise Killed

        clients = (self.clients.dynamodb, self.clients.ses)
        for client in clients:
            for event in ("before-call", "after-call"):
                client.meta.events.register(event, pass_by, unique_id=f"killed-{event}")
        try:
            yield
        except Killed:
            pass
        finally:
            for client in clients:
                for event in ("before-call", "after-call"):
                    client.meta.events.unregister(event, unique_id=f"killed-{event}")

    def change(self, name: str, changed: Subscriber) -> None:
        """Store what became of a reader."""
        self.subscribers.commit(replace(changed, revision=self.get(name).revision + 1))

    def _sleep(self, seconds: float) -> None:
        self.slept += seconds

    def _messages(self) -> list[Any]:
        return ses_backends[ACCOUNT][REGION].sent_messages
