"""The test bed: one deployment in moto for many runs, saved and restored between them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from unittest import mock

from broadsheet.model import history
from broadsheet.model.config import Site
from broadsheet.store import queries
from infra.local.resources import Deployment
from tests.events import Consumer
from tests.faults.delivery import Queue, Stream, changed, for_consumers, for_the_mailer, for_the_publisher
from tests.faults.interceptor import HUB, KEY_LOCATION, Interceptor
from tests.faults.moto_state import CONSUMER, TABLES, MotoState, SavedObjects, SavedState
from tests.faults.process import Process
from tests.moto_state import kept_keys
from tests.world import deployed, small_site

Given = Callable[["TestBed"], None]


@dataclass(frozen=True)
class Checkpoint:
    """The stored state, the records that each function had got, the messages that were done, the nonces drawn."""

    saved: SavedState
    articles: int
    events: int
    subscribers: int
    messages: tuple[frozenset[str], frozenset[str]]
    nonces: int


class TestBed:
    """A deployment in moto for many runs, with an interceptor in its clients."""

    __test__ = False  # pytest would take it for a class of tests

    def __init__(self, deployment: Deployment, moto: MotoState, interceptor: Interceptor, site: Site) -> None:
        self.deployment = deployment
        self.moto = moto
        self.interceptor = interceptor
        self.articles = Stream(moto, "Articles", for_the_publisher)
        self.events = Stream(moto, "Articles", for_consumers)
        self.subscribers = Stream(moto, "Subscribers", for_the_mailer)
        self.queue = Queue(moto, "WebSubQueue")
        self.submissions = Queue(moto, "IndexNowQueue")
        self.site = site
        self._nonces = 0
        self._prepared: dict[Given, Checkpoint] = {nothing: self.save()}

    def process(self, after: timedelta = timedelta()) -> Process:
        """A fresh process, at noon or some time after."""
        process = Process(self.deployment, site=self.site, nonce=self._nonce)
        process.now += after
        return process

    def _nonce(self) -> str:
        """A different one each time, and the same ones again after `restore`."""
        self._nonces += 1
        return f"nonce-{self._nonces}"

    def prepare(self, given: Given) -> None:
        """Restore the state that `given` makes from an empty deployment. It is made once."""
        if given not in self._prepared:
            self.restore(self._prepared[nothing])
            given(self)
            self._prepared[given] = self.save()
        self.restore(self._prepared[given])

    @cached_property
    def site_without_articles(self) -> SavedObjects:
        """The objects of the site that the build makes. They are made once."""
        kept = self.save()
        self.restore(self._prepared[nothing])
        self.process().build()
        built = self.moto.save().buckets["Site"]
        self.restore(kept)
        return built

    def empty_site(self) -> None:
        """Replace the objects of the site by those that the build makes. The tables stay."""
        saved = self.moto.save()
        self.moto.restore(replace(saved, buckets={**saved.buckets, "Site": self.site_without_articles}))

    def save(self) -> Checkpoint:
        streams = self.articles.delivered, self.events.delivered, self.subscribers.delivered
        return Checkpoint(self.moto.save(), *streams, (self.queue.done, self.submissions.done), self._nonces)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Everything as it was, deliveries of streams and queue included."""
        self.moto.restore(checkpoint.saved)
        self.articles.delivered, self.events.delivered = checkpoint.articles, checkpoint.events
        self.subscribers.delivered = checkpoint.subscribers
        self.queue.done, self.submissions.done = checkpoint.messages
        self._nonces = checkpoint.nonces

    def settle(self, after: timedelta = timedelta()) -> None:
        """Deliver what waits in the streams, to new processes."""
        self.articles.deliver(self.process(after).publish_records)
        self.events.deliver(self.process(after).send_events)
        self.subscribers.deliver(self.process(after).mail_records)

    def notify(self, after: timedelta = timedelta()) -> None:
        """Deliver what waits in the queues of the hub and of search engines, to new processes."""
        self.queue.deliver(self.process(after).notify)
        self.submissions.deliver(self.process(after).submit)

    def fingerprint(self) -> object:
        """A value that is equal for equal states: the same happens afterwards."""
        moto = self.moto
        return (
            *(moto.state(table) for table in TABLES),
            tuple((key, moto.state("Site", key)) for key in moto.objects("Site")),
            tuple(moto.objects("Bodies")),
            tuple((key, moto.state("Media", key)) for key in moto.objects("Media")),
            tuple((key, moto.state("Previews", key)) for key in moto.objects("Previews")),
            repr([changed(stream.waiting()) for stream in (self.articles, self.events, self.subscribers)]),
            tuple(moto.mails()),
            frozenset(moto.suppressed()),
            tuple(moto.events()),
            tuple(self.queue.waiting().values()),
            tuple(self.submissions.waiting().values()),
            tuple(moto.pings()),
            tuple(moto.submissions()),
            repr(moto.executions()),
        )


@contextmanager
def part_size(places: int) -> Iterator[None]:
    """Parts of a channel's history have so many places, and the store's window has a size to match."""
    with mock.patch.object(history, "PART_SIZE", places), mock.patch.object(queries, "WINDOW", 2 * places):
        yield


def nothing(_: TestBed) -> None:
    """A deployment with nothing in it."""


def least_site(*codes: str) -> Site:
    """The sample site with these editions, one section in each, a hub and IndexNow: few objects, so runs are fast."""
    site = small_site()
    editions = {code: site.editions[code] for code in codes}
    least = {code: replace(paper, sections={"city": paper.sections["city"]}) for code, paper in editions.items()}
    return replace(site, editions=least, hub=HUB, indexnow_key=KEY_LOCATION.rpartition("/")[2].removesuffix(".txt"))


@contextmanager
def new_test_bed(site: Site) -> Iterator[TestBed]:
    """A test bed for a site. Retries do not wait. One shard counts all changes, so equal runs leave equal counts."""
    with (
        deployed() as deployment,
        kept_keys(),
        mock.patch("broadsheet.store.conflict.sleep"),
        mock.patch("broadsheet.store.change_counts.randbelow", return_value=0),
    ):
        Consumer.of(deployment, CONSUMER)
        moto = MotoState(deployment)
        with Interceptor(deployment.clients, moto).installed() as interceptor:
            yield TestBed(deployment, moto, interceptor, site)
