"""The expansion of a run: articles, archive documents and months that it publishes because pages link to them.

Another publisher may be about to write them. Until it does, the links of this run would point to missing objects.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import TypeVar

from ...model.article import Article
from ...model.channel import Channel
from ...model.config import Site
from ...model.history import ArchiveDocument, Place
from ...model.queries import (
    AdjacentMonths,
    ArchiveDocumentsAround,
    ArticleById,
    ArticlesOfMonth,
    Calendar,
    FeedContents,
    FeedWindow,
    FrontChoice,
    Snapshot,
)
from ...render.feeds.channel_feeds import document_keys, feed_keys
from ...render.pages.archive import MONTH
from ...render.pages.channel_months import months_of_changes
from ...render.shared.target import ChangeSet
from ...render.shared.urls import key
from .memory import Memory
from .scope import Places, Scope
from .snapshot import SnapshotReader

LOOKED_AT_ONCE = 20  # listed articles or documents of which it looks whether they exist, before it counts them

DocumentsAround = Mapping[ArchiveDocumentsAround, tuple[ArchiveDocument, ...]]
Item = TypeVar("Item")
NamedDocument = tuple[Channel, str]
"""An archive document by its name."""


class ExpansionBudget:
    """How many articles or documents a run may still add, in how many rounds: what is added may link to more."""

    def __init__(self, rounds: int, most: int) -> None:
        self._rounds = rounds
        self._remaining = most

    @property
    def remaining(self) -> int:
        """How many the next round may add."""
        return self._remaining if self._rounds else 0

    def spend(self, added: int) -> None:
        """Count what a round added; a round that adds nothing is free."""
        if added:
            self._rounds -= 1
            self._remaining -= added


class KnownObjects:
    """What a warm function knows to exist, so that it looks once: published articles, and archive documents.

    `calendars` are those of editions as they were last read. They are good for planning, which compares them with those
    that objects are rendered from, and never for rendering.
    """

    def __init__(self) -> None:
        self.calendars: dict[str, Mapping[date, int]] = {}
        self._articles: Memory[tuple[str, int]] = Memory()
        self._documents: Memory[NamedDocument] = Memory()

    def has_article(self, article: Article) -> bool:
        return (article.id, article.revision) in self._articles

    def add_articles(self, articles: Iterable[Article]) -> None:
        """Remember live articles whose pages exist. A page is deleted only by a new revision."""
        self._articles.add((article.id, article.revision) for article in articles if article.live)

    def has_document(self, document: NamedDocument) -> bool:
        return document in self._documents

    def add_documents(self, documents: Iterable[NamedDocument]) -> None:
        """Remember archive documents, which are never deleted."""
        self._documents.add(documents)


def unpublished_listed(
    scope: Scope, reader: SnapshotReader, known: KnownObjects, site: Site, most: int
) -> list[ArticleById]:
    """The articles that listings of the snapshot name, that are not in scope, and that are not published yet.

    At most `most` of them: those in feeds and on front pages first, then the newest. Where more are missing, a whole
    archive is being imported, and each article's own publisher will follow. Articles with no change left in the stream
    are published.
    """
    listed = _listed(reader.snapshot)
    scope.add_listed(listed)
    unknown = [
        article
        for article in listed
        if not (scope.includes(article) or known.has_article(article) or scope.has_no_pending_change(article))
    ]
    missing = _incomplete(unknown, partial(_keys, site), reader, known.add_articles, most)
    return [ArticleById(article.id) for article in missing]


def _incomplete(
    items: Sequence[Item],
    keys: Callable[[Item], Sequence[str]],
    reader: SnapshotReader,
    remember: Callable[[Sequence[Item]], None],
    most: int,
) -> list[Item]:
    """The first items of which an object is missing, at most `most`. The complete ones among them are remembered."""
    found: list[Item] = []
    for start in range(0, len(items), LOOKED_AT_ONCE) if most else ():
        some = items[start : start + LOOKED_AT_ONCE]
        existing = reader.existing(key for item in some for key in keys(item))
        complete = [item for item in some if existing.issuperset(keys(item))]
        remember(complete)
        found += [item for item in some if item not in complete]
        if len(found) >= most:
            break
    return found[:most]


def _listed(snapshot: Snapshot) -> tuple[Article, ...]:
    """The live articles in all results: those in feeds and on front pages first, then the newest first."""
    first, elsewhere = set[Article](), set[Article]()
    for query in snapshot.results:
        (first if isinstance(query, FeedWindow | FrontChoice) else elsewhere).update(snapshot.articles(query))
    return *sorted(first, key=_newest_first), *sorted(elsewhere - first, key=_newest_first)


def _newest_first(article: Article) -> tuple[float, str]:
    return -article.place.published_at.timestamp(), article.id


def _keys(site: Site, article: Article) -> list[str]:
    """Its page, and the feeds of its tags and authors, which are the last objects that it links to.

    Where these exist, everything that it links to exists.
    """
    return [key(article.path or "/"), *feed_keys(site, article.names)]


def affected_archive_documents(scope: Scope, reader: SnapshotReader, site: Site) -> DocumentsAround:
    """The archive documents that changes at the scope's places may change: those before the open part of a feed.

    The oldest article that joined a channel in a month moves all places after it there, so it stands for the others.
    """
    found: list[ArchiveDocumentsAround] = []
    joined_in: set[tuple[Channel, date]] = set()
    for (channel, place), joined in sorted(scope.places.items(), key=lambda item: item[0][1]):
        month = (channel, site.month(place.published_at))
        if month in joined_in or not _concerns_archive(channel, place, joined, reader.snapshot):
            continue
        if joined:
            joined_in.add(month)
        found.append(ArchiveDocumentsAround(channel, place, joined))
    return dict(zip(found, reader.results(found), strict=True))


def _concerns_archive(channel: Channel, place: Place, joined: bool, snapshot: Snapshot) -> bool:
    """Whether a change at the place may change an archive document. An article that joins at the oldest place of the
    open part may have closed the part before it.
    """
    window = FeedWindow(channel)
    open_from = snapshot[window].open_from if window in snapshot.results else None
    return open_from is not None and (place < open_from or (joined and place == open_from))


def missing_archive_documents(
    documents: DocumentsAround, reader: SnapshotReader, known: KnownObjects, site: Site, most: int
) -> Places:
    """Places in archive documents that feeds or other documents link to and that do not exist.

    At most `most` of them, the newest. The publisher of an article that joined the channel there is about to write
    them. Where more are missing, a whole archive is being imported.
    """
    own = {(query.channel, each.name) for query, found in documents.items() for each in found}
    linked = dict((*_linked_by_feeds(reader.snapshot), *_linked_by_documents(documents)))
    unknown = [document for document in linked if document not in own and not known.has_document(document)]
    unknown.sort(key=lambda document: (linked[document][1], document_keys(site, *document)), reverse=True)
    missing = _incomplete(unknown, lambda each: document_keys(site, *each), reader, known.add_documents, most)
    return {linked[document]: True for document in missing}


Links = Iterator[tuple[NamedDocument, tuple[Channel, Place]]]
"""Archive documents that something links to, each with a place next to it."""


def _linked_by_feeds(snapshot: Snapshot) -> Links:
    for query, result in snapshot.results.items():
        match query, result:
            case FeedWindow(channel), FeedContents(articles, Place() as open_from, previous=str(name)):
                yield (channel, name), (channel, min(open_from, articles[-1].place))


def _linked_by_documents(documents: DocumentsAround) -> Links:
    for query, found in documents.items():
        for document in found:
            for name in filter(None, (document.previous, document.next)):
                yield (query.channel, name), (query.channel, document.first)


def months_to_relink(changes: ChangeSet, scope: Scope, snapshot: Snapshot) -> tuple[ArticlesOfMonth, ...]:
    """The months next to those of the changes that may have begun or ended.

    Where a month holds another article with no change left in the stream, the months next to it link to it already.
    """
    own = {article.id for article in changes.articles}
    found: dict[ArticlesOfMonth, None] = {}
    for query in months_of_changes(changes):
        # The months of an edition that the site no longer has are no targets, so the snapshot has no result for them.
        if query in snapshot.results and not _has_old_article(snapshot[query], own, scope):
            found |= dict.fromkeys(
                ArticlesOfMonth(query.channel, month) for month in _adjacent(query, snapshot) if month
            )
    return tuple(found)


def _adjacent(query: ArticlesOfMonth, snapshot: Snapshot) -> tuple[date | None, date | None]:
    """The nearest months in which the channel has live articles. Of an edition, the calendar tells."""
    if query.channel.edition and query.channel.listing == "all":
        return MONTH.adjacent(query.month, snapshot[Calendar(query.channel.edition)])
    return snapshot[AdjacentMonths(query.channel, query.month)]


def _has_old_article(articles: Sequence[Article], own: set[str], scope: Scope) -> bool:
    return any(article.id not in own and scope.has_no_pending_change(article) for article in articles)
