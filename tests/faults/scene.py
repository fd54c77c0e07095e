"""What a test may do on the stage: processes that live and die, streams that bring again what was not done."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from unittest import mock

from broadsheet.deadline import UNLIMITED, Deadline
from broadsheet.model import history
from broadsheet.model.article import Article
from broadsheet.model.config import Site
from broadsheet.model.newsletter import sign_up
from broadsheet.model.newsletter.bounces import Kind, Notification
from broadsheet.model.newsletter.subscriber import Preferences
from broadsheet.model.newsletter.tokens import PREFERENCES
from broadsheet.services import bounces, editing, images, subscriptions
from broadsheet.services.mailer import Mailer, mail_batch
from broadsheet.services.publishing.batches import publish_ads, publish_batch
from broadsheet.services.publishing.publisher import Change, Publisher
from broadsheet.services.schedule import release_due, update_ads
from broadsheet.services.subscriptions import SignUpService
from broadsheet.services.websub import HubNotifier, notify_batch
from broadsheet.store import queries
from broadsheet.store.ads import ADS
from broadsheet.store.article_rows import article_of
from broadsheet.store.media import Media
from broadsheet.store.queries import ArticleQueries
from broadsheet.store.rows import from_item
from broadsheet.store.secrets import SigningKeys
from broadsheet.store.ses import Ses
from broadsheet.store.subscribers import OUTBOX, REQUEST, Subscribers, id_of
from broadsheet.store.websub import Feeds, Hub, HubPings, WebSubQueue, feeds_of
from infra.local.resources import Deployment
from tests.faults.emulated import TABLES, Emulated, Saved, kept_keys
from tests.faults.wire import HUB, Wire
from tests.world import ANY, NOON, World, deployed, set_nothing_aside, small_site

READER, NETWORK = "reader@example.org", "192.0.2.1"
MINUTE = timedelta(minutes=1)
SETTLED = datetime(2100, 1, 1, tzinfo=UTC)  # when the hub is told, every feed has been as it is for long enough
Records = Mapping[str, Mapping[str, Any]]
Messages = Mapping[str, tuple[str, ...]]
Given = Callable[["TestBed"], None]


class Killed(BaseException):
    """A process ends here, whatever it was about to catch."""


class Again(Exception):
    """Not done: whoever asked for it asks again."""


@dataclass
class Process(World):
    """A process with its own memory: what a warm function remembers, and a killed one does not."""

    nonce: Callable[[], str] = lambda: "nonce"
    deadline: Deadline = UNLIMITED

    def put(self, id: str, precondition: editing.Precondition = ANY, **changed: Any) -> Article:
        """Put an article in, with a text of its own; in no more channels than it takes."""
        text = {"format": "markdown", "text": f"The text of *{id}*."}
        return super().put(id, precondition, **{"body": text, "tags": ["harbour"], "authors": []} | changed)

    def publisher(self) -> Publisher:
        """As in a fresh process, and with a hub to be told."""
        table = ArticleQueries(self.cloud.dynamodb, self.table, self.site)
        queue = WebSubQueue(self.cloud.sqs, self.deployment.name("WebSubQueue"))
        return Publisher(table, self.bodies, self.pages, self.site, queue)

    @cached_property
    def publishing(self) -> Publisher:
        return self.publisher()

    @cached_property
    def media(self) -> Media:
        return Media(self.cloud.s3, self.deployment.name("Media"))

    @cached_property
    def subscribers(self) -> Subscribers:
        return Subscribers(self.cloud.dynamodb, self.deployment.name("Subscribers"))

    @cached_property
    def keys(self) -> SigningKeys:
        return SigningKeys(self.cloud.secrets, self.deployment.name("TokenSecret"))

    def publish_records(self, records: Records) -> list[str]:
        """The publisher's function: publish a batch of the articles' stream, and name what failed."""
        ads = [sequence for sequence, record in records.items() if record["Keys"]["pk"]["S"] == ADS]
        changes = {sequence: change(record) for sequence, record in records.items() if sequence not in ads}
        return [
            *publish_batch(self.publishing, changes, set_nothing_aside, self.deadline),
            *publish_ads(self.publishing, ads, set_nothing_aside, self.deadline),
        ]

    def release(self) -> int:
        """The schedule's function: ads come and go, and scheduled articles go live."""
        update_ads(self.ads, self.now)
        return release_due(self.articles, self.now, self.deadline)

    def take_in(self, id: str) -> None:
        """The function on the queue of uploads: make pictures of a file that was sent."""
        images.process_upload(self.media, id, self.deadline)

    def answer_records(self, records: Records) -> list[str]:
        """The mail function: answer a batch of the subscribers' stream, and name what failed."""
        environment = self.deployment.environment("MailerFunction")
        correspondent = Mailer(
            self.subscribers,
            Ses(self.cloud.ses, environment["CONFIGURATION_SET"]),
            self.keys.keyring(),
            self.site,
            environment["SENDER"],
            lambda: self.now,
            self.nonce,
        )
        ids = {sequence: id_of(record["Keys"]) for sequence, record in records.items()}
        return mail_batch(correspondent, ids, set_nothing_aside, self.deadline).failed

    def notify(self, messages: Messages) -> list[str]:
        """The hub's function: tell the hub of the feeds in these messages, and name those that failed."""
        feeds, told = Feeds(self.cloud.s3, self.bucket), HubPings(self.cloud.dynamodb, self.table)
        return notify_batch(
            HubNotifier(feeds, told, Hub(HUB), self.site, lambda: SETTLED), messages, self.deadline
        ).failed

    def sign_up(self, address: str = READER, **wishes: Any) -> bool:
        """Sign up, as a reader whose form was opened a minute ago."""
        doorkeeper = SignUpService(self.subscribers, self.keys.keyring(), self.site, lambda _: 0)
        sent = {"email": address, "source": "/en/", "stamp": doorkeeper.stamp(self.now - MINUTE)} | wishes
        return doorkeeper.accept(sign_up.parse_sign_up(sent, self.site), NETWORK, self.now)

    def confirm(self, token: str) -> bool:
        """Press the button behind the mail's link."""
        return subscriptions.confirm(self.subscribers, self.keys.keyring(), self.now, token)

    def leave(self, token: str) -> bool:
        """Press the button behind the link for leaving."""
        return subscriptions.leave(self.subscribers, self.keys.keyring(), self.now, token)

    def prefer(self, wanted: Preferences) -> bool:
        """Change what is wanted, behind the link of the preferences."""
        return subscriptions.save_preferences(self.subscribers, self.keys.keyring(), self.now, self._own_link(), wanted)

    def erase(self) -> bool:
        """Have everything erased, behind the link of the preferences."""
        return subscriptions.erase(self.subscribers, self.keys.keyring(), self.now, self._own_link())

    def _own_link(self) -> str:
        """What is in the reader's mails, also in those of long ago."""
        keyring = self.keys.keyring()
        return keyring.sign(PREFERENCES, NOON, keyring.email_id(READER))

    def heed(self, reader: str, kind: Kind, mail: int = 1) -> bool:
        """The function on SES's notices: heed one about a mail that went out as many minutes after noon."""
        sent_at = NOON + mail * MINUTE
        return bounces.handle_notification(
            self.subscribers, Notification(kind, reader, f"mail-{mail}", sent_at, sent_at + MINUTE)
        )


def change(record: Mapping[str, Any]) -> Change:
    """What the publisher takes from a stream record."""
    images = (record.get(name) for name in ("OldImage", "NewImage"))
    before, after = (article_of(from_item(image)) if image else None for image in images)
    return Change(before, after)


def changed(records: Records) -> list[tuple[Any, ...]]:
    """What the records say, without what tells each from another that says the same."""
    return [tuple(record.get(part) for part in ("Keys", "OldImage", "NewImage")) for record in records.values()]


def for_the_publisher(record: Mapping[str, Any]) -> bool:
    """The template's filter of the articles' stream."""
    return bool(record["Keys"]["sk"]["S"] == "META" or record["Keys"]["pk"]["S"] == ADS)


def for_the_mail(record: Mapping[str, Any]) -> bool:
    """The template's filter of the subscribers' stream."""
    return record["eventName"] != "REMOVE" and record["Keys"]["sk"]["S"] in (REQUEST, OUTBOX)


class Stream:
    """A table's stream as Lambda brings it: in order, through the template's filter, again from the first failure."""

    def __init__(self, emulated: Emulated, table: str, passes: Callable[[Mapping[str, Any]], bool]) -> None:
        self._emulated = emulated
        self._table = table
        self._passes = passes
        self.delivered = 0  # records

    def waiting(self) -> Records:
        """What has not been delivered yet."""
        records = self._emulated.records(self._table)[self.delivered :]
        return {record["SequenceNumber"]: record for record in records if self._passes(record)}

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


class Queue:
    """The hub's queue as Lambda empties it: what failed comes again. A message is shown when the feeds have settled."""

    def __init__(self, emulated: Emulated) -> None:
        self._emulated = emulated
        self.done: frozenset[str] = frozenset()

    def waiting(self) -> Messages:
        """The feeds that each message that is left names."""
        return {id: tuple(feeds_of(body)) for id, body in self._emulated.messages().items() if id not in self.done}

    def deliver(self, handle: Callable[[Messages], list[str]]) -> None:
        """Hand everything that is left to `handle`. Raises `Again` where it reports a failure; then that is left."""
        batch = self.waiting()
        failed = handle(batch) if batch else []
        self.done |= batch.keys() - set(failed)
        if failed:
            raise Again(f"{len(failed)} of {len(batch)} messages failed")


@dataclass(frozen=True)
class Moment:
    """What there was, how many records each stream had delivered, which messages were done with, and nonces drawn."""

    saved: Saved
    articles: int
    subscribers: int
    messages: frozenset[str]
    nonces: int


class TestBed:
    """One deployment for many runs, with the wire in its clients."""

    def __init__(self, deployment: Deployment, emulated: Emulated, wire: Wire, site: Site) -> None:
        self.deployment = deployment
        self.emulated = emulated
        self.wire = wire
        self.articles = Stream(emulated, "Articles", for_the_publisher)
        self.subscribers = Stream(emulated, "Subscribers", for_the_mail)
        self.queue = Queue(emulated)
        self.site = site
        self._nonces = 0
        self._prepared: dict[Given, Moment] = {nothing: self.save()}

    def process(self, after: timedelta = timedelta()) -> Process:
        """A process that has just begun, at noon or some time after."""
        process = Process(self.deployment, site=self.site, nonce=self._nonce)
        process.now += after
        return process

    def _nonce(self) -> str:
        """Another one each time, and the same ones again after `restore`."""
        self._nonces += 1
        return f"nonce-{self._nonces}"

    def prepare(self, given: Given) -> None:
        """What `given` makes where there is nothing; made once, and put back from then on."""
        if given not in self._prepared:
            self.restore(self._prepared[nothing])
            given(self)
            self._prepared[given] = self.save()
        self.restore(self._prepared[given])

    def save(self) -> Moment:
        streams = self.articles.delivered, self.subscribers.delivered
        return Moment(self.emulated.save(), *streams, self.queue.done, self._nonces)

    def restore(self, moment: Moment) -> None:
        """Everything as it was at the moment, what the streams and the queue have delivered too."""
        self.emulated.restore(moment.saved)
        self.articles.delivered, self.subscribers.delivered = moment.articles, moment.subscribers
        self.queue.done = moment.messages
        self._nonces = moment.nonces

    def settle(self, after: timedelta = timedelta()) -> None:
        """Let the functions on the streams do what is left to do, in new processes."""
        self.articles.deliver(self.process(after).publish_records)
        self.subscribers.deliver(self.process(after).answer_records)

    def notify(self, after: timedelta = timedelta()) -> None:
        """Let the function on the hub's queue do what is left to do, in a new process."""
        self.queue.deliver(self.process(after).notify)

    def standing(self) -> object:
        """All that the rest follows from."""
        emulated = self.emulated
        return (
            *(emulated.state(table) for table in TABLES),
            tuple((key, emulated.state("Site", key)) for key in emulated.objects("Site")),
            tuple(emulated.objects("Bodies")),
            tuple((key, emulated.state("Media", key)) for key in emulated.objects("Media")),
            repr([changed(stream.waiting()) for stream in (self.articles, self.subscribers)]),
            tuple(emulated.mails()),
            tuple(self.queue.waiting().values()),
            tuple(emulated.heard()),
        )


@contextmanager
def parts_of(places: int) -> Iterator[None]:
    """With so many places in a part of a channel's history, and windows that are in keeping."""
    with mock.patch.object(history, "PART", places), mock.patch.object(queries, "WINDOW", 2 * places):
        yield


def nothing(_: TestBed) -> None:
    """An empty house."""


def least_site(*codes: str) -> Site:
    """The sample site with these editions, one section in each, and a hub."""
    site = small_site()
    editions = {code: site.editions[code] for code in codes}
    least = {code: replace(paper, sections={"city": paper.sections["city"]}) for code, paper in editions.items()}
    return replace(site, editions=least, hub=HUB)


@contextmanager
def test_bed(site: Site) -> Iterator[TestBed]:
    """A stage for a site, with nothing on it."""
    # Nobody waits in simulated time.
    with kept_keys(), mock.patch("broadsheet.store.conflict.sleep"), deployed() as deployment:
        emulated = Emulated(deployment)
        with Wire(deployment.cloud, emulated).strung() as wire:
            yield TestBed(deployment, emulated, wire, site)
