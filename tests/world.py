"""The system in one process: the real template in moto, the use cases and stores of the functions, a clock of its own.

What AWS does between the functions happens here step by step, when a test calls for it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from moto import mock_aws
from moto.cloudformation.models import Stack

from broadsheet.model import config
from broadsheet.model.ad import Ad
from broadsheet.model.article import Article
from broadsheet.model.config import Site
from broadsheet.model.manuscript import Manuscript
from broadsheet.model.precondition import Precondition
from broadsheet.schemas.ad import parse_ad
from broadsheet.schemas.article import parse_article
from broadsheet.schemas.front import parse_front
from broadsheet.services import ads, editing, fronts, revisions
from broadsheet.services.publishing.batches import BatchPublisher
from broadsheet.services.publishing.causes import cause_in
from broadsheet.services.publishing.publisher import Publisher
from broadsheet.services.publishing.scope import Change
from broadsheet.services.schedule import release_due
from broadsheet.settings import SITE_FILE
from broadsheet.store.ads import Ads
from broadsheet.store.article_rows import article_of
from broadsheet.store.articles import Articles
from broadsheet.store.bodies import Bodies
from broadsheet.store.change_counts import ChangeCounts
from broadsheet.store.fronts import Fronts
from broadsheet.store.queries import ArticleQueries
from broadsheet.store.revisions import Revisions
from broadsheet.store.rows import from_item
from broadsheet.store.site_objects import SiteObjects
from broadsheet.store.unsettled import BUILD, UNSETTLED, UnsettledCauses
from infra.local.deployment.deployment import deploy
from infra.local.moto.clients import AwsClients
from infra.local.moto.moto_patches import patched
from infra.local.resources import Deployment
from tests.moto_state import site_objects

TEMPLATE = Path(__file__).parent.parent / "template.yaml"
PARAMETERS = {
    "SiteUrl": "https://courier.example",
    "Sender": "newsletter@courier.example",
    "IndexNowKey": "6a1fd0c2-b7e4-4c1f",
}
NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
KEPT_FOR = timedelta(days=90)
ANY = Precondition()


@contextmanager
def deployed() -> Iterator[Deployment]:
    """A new deployment of the template in moto, in this process."""
    # moto reads JSON as YAML, which takes a third of the time of a deployment.
    as_json = mock.patch.object(Stack, "parse_template", staticmethod(json.loads))
    with mock_aws(), patched(), as_json:
        yield deploy(TEMPLATE, PARAMETERS)


def fields(**changed: Any) -> dict[str, Any]:
    """An article as an editor sends it, with some fields changed."""
    return {
        "edition": "en",
        "headline": "Ferry returns to the old harbour",
        "summary": "After nine years the night ferry calls again.",
        "body": {"format": "markdown", "text": "The *night ferry* called at six.\n\nNobody was there to see it."},
        "section": "city",
        "tags": ["harbour", "ferries"],
        "authors": ["Lina Haddad"],
        "published_at": "2026-03-14T10:00:00+02:00",
    } | changed


def static_page(**changed: Any) -> dict[str, Any]:
    """A static page as an editor sends it, with some fields changed."""
    return fields(kind="page", headline="Who we are", section=None, tags=[], authors=[], summary="") | changed


def sent(article: Article, text: str) -> dict[str, Any]:
    """The request that puts an article as it is, without the time of its last update."""
    names = (
        "edition",
        "headline",
        "summary",
        "kind",
        "slug",
        "translation_of",
        "related",
        "language",
        "tags",
        "authors",
    )
    listed = {name: getattr(article, name) for name in names}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in listed.items()} | {
        "section": article.section or None,
        "body": {"format": article.body.format, "text": text},
        "image": asdict(article.image) if article.image else None,
        "enclosure": asdict(article.enclosure) if article.enclosure else None,
        "published_at": article.published_at.isoformat() if article.dated else None,
        "status": article.status,
        "corrections": [{"text": each.text, "at": each.at.isoformat()} for each in article.corrections],
    }


def advertised(**changed: Any) -> dict[str, Any]:
    """An ad as an editor sends it, with some fields changed."""
    return {
        "image": {"src": "/media/lamps.png", "width": 300, "height": 250},
        "alt": "Lamps that last: Ras Lamp & Sons",
        "link": "https://lamps.example/?from=courier&to=you",
        "from": "2026-03-14T00:00:00Z",
    } | changed


def small_site() -> Site:
    """The sample site with two sections in each edition, so that fewer objects are published."""
    whole = config.parse_site(SITE_FILE.read_text(encoding="utf-8"))
    small = {
        code: replace(edition, sections={key: edition.sections[key] for key in ("city", "sport")})
        for code, edition in whole.editions.items()
    }
    return replace(whole, editions=small)


@dataclass
class World:
    """Editors, the stream and the publisher over one deployment."""

    deployment: Deployment
    now: datetime = NOON
    site: Site = field(default_factory=small_site)
    editor_name: str = "lina"
    _position: str | None = None

    def __post_init__(self) -> None:
        self.clients: AwsClients = self.deployment.clients
        self.table = self.deployment.name("Articles")
        self.articles = Articles(self.clients.dynamodb, self.table)
        self.revisions = Revisions(self.clients.dynamodb, self.table)
        self.ads = Ads(self.clients.dynamodb, self.table)
        self.fronts = Fronts(self.clients.dynamodb, self.table)
        self.bodies = Bodies(self.clients.s3, self.deployment.name("Bodies"))
        self.bucket = self.deployment.name("Site")
        self.pages = SiteObjects(self.clients.s3, self.bucket)

    @property
    def editor(self) -> editing.Editor:
        """The editor of all changes, now."""
        return editing.Editor(self.editor_name, self.now, KEPT_FOR)

    def publisher(self) -> Publisher:
        """A publisher as in a new process, with nothing cached."""
        bodies = Bodies(self.clients.s3, self.deployment.name("Bodies"))
        queries = ArticleQueries(self.clients.dynamodb, self.table, self.site)
        counts = ChangeCounts(self.clients.dynamodb, self.table)
        objects = SiteObjects(self.clients.s3, self.bucket)
        unsettled = UnsettledCauses(self.clients.dynamodb, self.table)
        return Publisher(queries, counts, bodies, objects, unsettled, self.site)

    def put(self, id: str, precondition: Precondition = ANY, **changed: Any) -> Article:
        """Put an article, as an editor."""
        sent = parse_article(fields(**changed), self.site, id)
        request = editing.Put(id, lambda _: sent, precondition)
        return editing.put(self.articles, self.bodies, self.site, self.editor, request).article

    def withdraw(self, id: str) -> None:
        """Withdraw an article, as an editor."""
        editing.withdraw(self.articles, self.site, self.editor, id, ANY)

    def postpone(self, id: str, until: datetime) -> Article:
        """Take an article off the site until that time, as an editor."""
        return editing.postpone(self.articles, self.bodies, self.site, self.editor, id, ANY, until).article

    def restore(self, id: str, number: int, precondition: Precondition = ANY) -> Article:
        """Put an article again as a revision had it, as an editor."""

        def restored(current: Article | None) -> Manuscript:
            article = revisions.to_restore(current, self.revisions, id, number, self.now)
            return parse_article(sent(article, self.bodies.get(article.body.hash)), self.site, id)

        request = editing.Put(id, restored, precondition, call="restore")
        return editing.put(self.articles, self.bodies, self.site, self.editor, request).article

    def release(self) -> int:
        """Release due articles, as the schedule does every minute."""
        return release_due(self.articles, self.now)

    def put_ad(self, name: str, precondition: Precondition = ANY, /, **changed: Any) -> Ad:
        """Put an ad, as an editor."""
        sent = parse_ad(name, advertised(**changed), self.now, self.site, ())
        return ads.put(self.ads, sent, precondition, self.editor_name).ad

    def delete_ad(self, name: str, precondition: Precondition = ANY) -> None:
        """Delete an ad, as an editor."""
        ads.delete(self.ads, name, precondition)

    def choose(self, edition: str, precondition: Precondition = ANY, /, **choice: Any) -> None:
        """Choose what leads the edition's front page, as an editor."""
        fronts.put(self.fronts, self.articles, parse_front(edition, choice), self.now, precondition, self.editor_name)

    def changes(self) -> dict[str, Change]:
        """The stream's new changes of articles, since the last call."""
        table = self.clients.dynamodb.describe_table(TableName=self.table)["Table"]
        stream = self.clients.streams.describe_stream(StreamArn=table["LatestStreamArn"])["StreamDescription"]
        found: dict[str, Change] = {}
        for shard in stream["Shards"]:
            where: dict[str, Any] = {"ShardIteratorType": "TRIM_HORIZON"}
            if self._position:
                where = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": self._position}
            iterator = self.clients.streams.get_shard_iterator(
                StreamArn=stream["StreamArn"], ShardId=shard["ShardId"], **where
            )["ShardIterator"]
            for record in self.clients.streams.get_records(ShardIterator=iterator)["Records"]:
                data = record["dynamodb"]
                self._position = data["SequenceNumber"]
                if data["Keys"]["sk"]["S"] == "META" or data["Keys"]["pk"]["S"] == UNSETTLED:
                    cause = cause_in(data)
                    assert isinstance(cause, Change)
                    found[data["SequenceNumber"]] = cause
        return found

    def build(self) -> None:
        """Publish what code and settings make, as after a deployment."""
        self.publisher().publish_others(BUILD)

    def publish(self) -> None:
        """Publish the stream's new changes."""
        assert BatchPublisher(self.publisher()).publish(self.changes(), set_nothing_aside).left == []

    def objects(self) -> dict[str, bytes]:
        """Everything on the site, by key."""
        return site_objects(self.bucket)

    def rebuilt(self) -> dict[str, bytes]:
        """Replace the site by what a publisher makes of the table alone, and return its objects."""
        for key in self.objects():
            self.clients.s3.delete_object(Bucket=self.bucket, Key=key)
        self.publisher().publish(as_if_new(self.rows()))
        return self.objects()

    def rows(self) -> list[dict[str, Any]]:
        """Every row of the articles table."""
        items = self.clients.dynamodb.scan(TableName=self.table)["Items"]
        return sorted(map(from_item, items), key=lambda row: (row["pk"], row["sk"]))


def set_nothing_aside(sequences: Sequence[str]) -> bool:
    """For flows in which no record may be given up."""
    raise AssertionError(f"{sequences} were given up")


def as_if_new(rows: Iterable[Mapping[str, Any]]) -> Iterator[Change]:
    """A change for each article as if it were new, and for each place that one left as if it had just left it."""
    rows = tuple(rows)
    states = {row["id"]: article_of(dict(row)) for row in rows if row["sk"] == "META"}
    yield from (Change(None, article) for article in states.values())
    for row in rows:
        if "gone" in row:
            at, _, id = row["sk"].partition("#")
            _, edition, listing = row["pk"].split("#")
            yield Change(_at_place(states[id], datetime.fromisoformat(at), edition, listing), None)


def _at_place(article: Article, at: datetime, edition: str, listing: str) -> Article:
    """The article with the fields that put it at that place of that channel."""
    kind, _, key = listing.partition("/")
    return replace(
        article,
        edition=article.edition if edition == "*" else edition,
        section=key if kind == "section" else article.section,
        tags=(key,) if kind == "tag" else (),
        authors=(key,) if kind == "author" else (),
        kind="caricature" if kind == "caricatures" else "article",
        published_at=at,
        live=True,
    )
