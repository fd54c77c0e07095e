"""What a test may do on the stage: processes that live and die, streams that bring again what was not done."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any

from broadsheet import editing, signing_up
from broadsheet.corresponding import Correspondent, answer_batch
from broadsheet.model.article import Article
from broadsheet.publishing import Change, Publisher, publish_batch
from broadsheet.store.articles import article_of
from broadsheet.store.keys import Keys
from broadsheet.store.postbox import Postbox
from broadsheet.store.rows import from_item
from broadsheet.store.subscribers import Subscribers, id_of
from infra.local.deployment import Deployment
from tests.faults.emulated import Emulated, Saved, kept_keys
from tests.faults.wire import Wire
from tests.world import ANY, World, deployed

READER = "reader@example.org"
Records = Mapping[str, Mapping[str, Any]]


class Killed(BaseException):
    """A process ends here, whatever it was about to catch."""


class Again(Exception):
    """Not done: whoever asked for it asks again."""


@dataclass
class Process(World):
    """A process with its own memory: what a warm function remembers, and a killed one does not."""

    nonces: Iterator[int] = field(default_factory=itertools.count)

    def put(self, id: str, precondition: editing.Precondition = ANY, **changed: Any) -> Article:
        """Put an article in, with a text of its own."""
        text = {"format": "markdown", "text": f"The text of *{id}*."}
        return super().put(id, precondition, **{"body": text} | changed)

    @cached_property
    def publishing(self) -> Publisher:
        return self.publisher()

    @cached_property
    def subscribers(self) -> Subscribers:
        return Subscribers(self.cloud.dynamodb, self.deployment.name("Subscribers"))

    @cached_property
    def keys(self) -> Keys:
        return Keys(self.cloud.secrets, self.deployment.name("TokenSecret"))

    def publish_records(self, records: Records) -> list[str]:
        """The publisher's function: publish a batch of the articles' stream, and name what failed."""
        return publish_batch(self.publishing, {sequence: change(record) for sequence, record in records.items()})

    def answer_records(self, records: Records) -> list[str]:
        """The mail function: answer a batch of the subscribers' stream, and name what failed."""
        environment = self.deployment.environment("MailFunction")
        correspondent = Correspondent(
            self.subscribers,
            Postbox(self.cloud.ses, environment["CONFIGURATION_SET"]),
            self.keys.keyring(),
            self.site,
            environment["SENDER"],
            lambda: self.now,
            lambda: f"nonce-{next(self.nonces)}",
        )
        ids = {sequence: id_of(record["Keys"]) for sequence, record in records.items()}
        return answer_batch(correspondent, ids).failed

    def sign_up(self) -> None:
        """Sign up, as a reader."""
        sent = {"email": READER, "source": "/en/"}
        signing_up.sign_up(self.subscribers, self.keys.keyring(), self.site, self.now, sent)

    def confirm(self, token: str) -> None:
        """Press the button behind the mail's link."""
        signing_up.confirm(self.subscribers, self.keys.keyring(), self.now, token)

    def leave(self, token: str) -> None:
        """Press the button behind the link for leaving."""
        signing_up.leave(self.subscribers, self.keys.keyring(), self.now, token)


def change(record: Mapping[str, Any]) -> Change:
    """What the publisher takes from a stream record."""
    images = (record.get(name) for name in ("OldImage", "NewImage"))
    before, after = (article_of(from_item(image)) if image else None for image in images)
    return Change(before, after)


class Stream:
    """A table's stream as Lambda brings it: in order, through the template's filter, again from the first failure."""

    def __init__(self, emulated: Emulated, table: str, key: str) -> None:
        self._emulated = emulated
        self._table = table
        self._key = key
        self.delivered = 0  # records

    def waiting(self) -> Records:
        """What has not been delivered yet."""
        records = self._emulated.records(self._table)[self.delivered :]
        return {r["SequenceNumber"]: r for r in records if r["Keys"]["sk"]["S"] == self._key}

    def take(self) -> Records:
        """What has not been delivered yet; now it counts as delivered."""
        batch = self.waiting()
        self.delivered = len(self._emulated.records(self._table))
        return batch

    def deliver(self, handle: Callable[[Records], list[str]]) -> None:
        """Hand everything that is left to `handle`. Raises `Again` where it reports a failure; then some is left."""
        records = self._emulated.records(self._table)
        batch = self.waiting()
        failed = handle(batch) if batch else []
        if failed:
            first = min(failed, key=int)
            self.delivered = next(at for at, record in enumerate(records) if record["SequenceNumber"] == first)
            raise Again(f"{len(failed)} of {len(batch)} records failed")
        self.delivered = len(records)


@dataclass(frozen=True)
class Moment:
    """What there was, and how many records each stream had delivered."""

    saved: Saved
    articles: int
    subscribers: int


class Stage:
    """One deployment for many runs, with the wire in its clients."""

    def __init__(self, deployment: Deployment, emulated: Emulated, wire: Wire) -> None:
        self.deployment = deployment
        self.emulated = emulated
        self.wire = wire
        self.articles = Stream(emulated, "Articles", "META")
        self.subscribers = Stream(emulated, "Subscribers", "REQUEST")
        self._site = World(deployment).site
        self._empty = self.save()

    def process(self, after: timedelta = timedelta()) -> Process:
        """A process that has just begun, at noon or some time after."""
        process = Process(self.deployment, site=self._site)
        process.now += after
        return process

    def clear(self) -> None:
        """Nothing stored, nothing streamed, nothing sent."""
        self.restore(self._empty)

    def save(self) -> Moment:
        return Moment(self.emulated.save(), self.articles.delivered, self.subscribers.delivered)

    def restore(self, moment: Moment) -> None:
        """Everything as it was at the moment, what the streams have delivered too."""
        self.emulated.restore(moment.saved)
        self.articles.delivered, self.subscribers.delivered = moment.articles, moment.subscribers

    def settle(self, after: timedelta = timedelta()) -> None:
        """Let the functions on the streams do what is left to do, in new processes."""
        self.articles.deliver(self.process(after).publish_records)
        self.subscribers.deliver(self.process(after).answer_records)


@contextmanager
def staged() -> Iterator[Stage]:
    """A stage with nothing on it."""
    with kept_keys(), deployed() as deployment:
        emulated = Emulated(deployment)
        with Wire(deployment.cloud, emulated).strung() as wire:
            yield Stage(deployment, emulated, wire)
