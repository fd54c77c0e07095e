"""What stands beside a change: other articles on their way, archive documents, months; what a publisher takes along."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache

from ...deadline import Deadline
from ...model.article import Article
from ...model.channel import Channel
from ...model.config import Site
from ...model.history import ArchiveDocument, Place
from ...model.queries import (
    AdjacentMonths,
    ArchiveDocumentsAround,
    ArticleById,
    ArticlesOfMonth,
    FeedContents,
    FeedWindow,
    Snapshot,
)
from ...render.feeds.channel_feeds import last_feed_key
from ...render.pages.channel_months import months_of_changes
from ...render.shared.target import ChangeSet
from ...render.shared.urls import key
from ...store.queries import ArticleQueries
from ...store.site_objects import Pages

REMEMBERED = 10_000  # pages that a warm function knows to be there


class ExpansionBudget:
    """How many neighbours may still be published along, in so many rounds: each round may find further ones."""

    def __init__(self, rounds: int, most: int) -> None:
        self._rounds = rounds
        self._left = most

    @property
    def room(self) -> int:
        """How many the next round may find."""
        return self._left if self._rounds else 0

    def take(self, found: int) -> None:
        """Count a round and what it found."""
        self._rounds -= 1
        self._left -= found


class Expansion:
    """Finds them, and remembers of which it knows that they stand already."""

    def __init__(self, answers: ArticleQueries, pages: Pages, site: Site) -> None:
        self._answers = answers
        self._pages = pages
        self._site = site
        self._standing: set[tuple[str, int]] = set()
        self._archives: set[str] = set()

    def unpublished_listed(
        self, snapshot: Snapshot, own: Mapping[ArticleById, None], since: datetime, most: int, deadline: Deadline
    ) -> dict[ArticleById, None]:
        """The listed articles, but our own, whose pages are not there, or not yet the feeds of a tag or an author that
        they are the first of; `most` of them at most, those that feeds list first, and the newest of these.

        Where more are missing, a whole archive is being imported: each one's own publisher is on the way.

        Only those are looked for that may still wait for their publisher: a stream keeps a change for a day, and no
        change is older than what it says of its time.
        """
        in_feeds, elsewhere = set[Article](), set[Article]()
        for query in snapshot.answers:
            (in_feeds if isinstance(query, FeedWindow) else elsewhere).update(snapshot.articles(query))
        found: dict[ArticleById, None] = {}

        @cache
        def there(key: str) -> bool:
            deadline.check()
            return self._pages.version(key) is not None

        for article in (*sorted(in_feeds, key=_newest_first), *sorted(elsewhere - in_feeds, key=_newest_first)):
            if len(found) == most:
                break
            known = ArticleById(article.id) in own or (article.id, article.revision) in self._standing
            if known or article.shown_at <= since:
                continue
            if there(key(article.path or "/")) and all(there(last_feed_key(channel)) for channel in article.names):
                self.remember([article])
            else:
                found[ArticleById(article.id)] = None
        return found

    def remember(self, articles: Iterable[Article]) -> None:
        """Note whose pages are there. One that goes away does so by a new revision."""
        if len(self._standing) > REMEMBERED:
            self._standing.clear()
        self._standing |= {(article.id, article.revision) for article in articles if article.live}

    def affected_archive_documents(
        self, places: Mapping[tuple[Channel, Place], bool], snapshot: Snapshot, deadline: Deadline
    ) -> dict[ArchiveDocumentsAround, tuple[ArchiveDocument, ...]]:
        """The archive documents that changes at these places touch: where they are not in the open part of a feed.

        The oldest that joined a channel in a month moves all that is after it there, so the rest need not be asked for.
        """
        found = {}
        joined_in: set[tuple[Channel, date]] = set()
        for (channel, place), joined in sorted(places.items(), key=lambda item: item[0][1]):
            recent = snapshot.answers.get(FeedWindow(channel))
            month = (channel, self._site.month(place.published_at))
            if month in joined_in or not (recent and recent.open) or place > recent.open:
                continue
            if joined:
                joined_in.add(month)
            elif place == recent.open:
                continue
            query = ArchiveDocumentsAround(channel, place, joined)
            deadline.check()
            found[query] = snapshot.known(query, self._answers)
        return found

    def missing_archive_documents(
        self,
        snapshot: Snapshot,
        documents: Mapping[ArchiveDocumentsAround, tuple[ArchiveDocument, ...]],
        most: int,
        deadline: Deadline,
    ) -> dict[tuple[Channel, Place], bool]:
        """Places beside archive documents that feeds or other documents link to, and that are not there.

        At most `most` of them, the newest. The publisher of an article that joins the channel there writes them, and
        has not come to it yet. Where more are missing, a whole archive is being imported.
        """
        led: list[tuple[Channel, Place, str | None]] = []
        for query, answer in snapshot.answers.items():
            match query, answer:
                case FeedWindow(channel), FeedContents(articles, Place() as open, previous=str(name)):
                    led.append((channel, min(open, articles[-1].place), name))
        for query, found in documents.items():
            led += [(query.channel, each.first, name) for each in found for name in (each.previous, each.next)]
        own = {last_feed_key(query.channel, each.name) for query, found in documents.items() for each in found}
        keys = {last_feed_key(channel, name): (channel, place) for channel, place, name in led if name}
        if len(self._archives) > REMEMBERED:
            self._archives.clear()
        missing: list[str] = []
        for document in sorted(keys.keys() - own - self._archives, key=lambda each: keys[each][1], reverse=True):
            if len(missing) == most:
                break
            deadline.check()
            if self._pages.version(document) is None:
                missing.append(document)
            else:
                self._archives.add(document)  # they never go away
        return {keys[document]: True for document in missing}


def _newest_first(article: Article) -> tuple[float, str]:
    return -article.place.published_at.timestamp(), article.id


def months_to_relink(touched: ChangeSet, snapshot: Snapshot, since: datetime) -> tuple[ArticlesOfMonth, ...]:
    """The months beside those of channels that may have begun or ended.

    Where another article has stood in a month for longer than a stream keeps a change, the months beside it know of it.
    """
    own = {article.id for article in touched.articles}
    found: dict[ArticlesOfMonth, None] = {}
    # Of an edition that the site has no longer, nothing was asked.
    for query in (each for each in months_of_changes(touched) if each in snapshot.answers):
        if not any(article.shown_at <= since and article.id not in own for article in snapshot[query]):
            near = snapshot[AdjacentMonths(query.channel, query.month)]
            found |= dict.fromkeys(ArticlesOfMonth(query.channel, month) for month in near if month)
    return tuple(found)
