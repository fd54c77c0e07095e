"""What the articles table says to the questions of a rendering (`broadsheet.model.queries`)."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from ..model import history
from ..model.ad import Ad
from ..model.article import Article
from ..model.channel import Channel
from ..model.config import Site
from ..model.history import ArchiveDocument, HistoryEntry, Place
from ..model.queries import (
    AdjacentMonths,
    ArchiveDocumentsAround,
    ArticleById,
    ArticlesBetween,
    ArticlesOfDay,
    ArticlesOfMonth,
    ArticlesOfMonthWithOriginals,
    Calendar,
    FeedContents,
    FeedWindow,
    LiveAds,
    NewsSitemapArticles,
    Query,
    TagAndAuthorNames,
    Translations,
)
from .ads import Ads
from .article_rows import article_of, history_entry_of, partition, position
from .rows import instant
from .table import Table

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

WITHIN = "sk BETWEEN :first AND :last"
SLOT = "sk, gone"
# Places: what a feed holds at most when none was left, and the first one that it does not hold.
WINDOW = 2 * history.PART
# Places that are read at once where only the first that was not left is wanted.
FEW = 10
# What the news sitemap holds (https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap).
FRESH = timedelta(days=2)
MOST_FRESH = 1000


class ArticleQueries:
    """The articles table by name, read for one site."""

    def __init__(self, client: "DynamoDBClient", table: str, site: Site) -> None:
        self._table = Table(client, table)
        self._ads = Ads(client, table)
        self._site = site

    def __call__(self, query: Query[Any]) -> Any:
        """The answer, as of now, of the type that the question says."""
        return getattr(self, f"_{type(query).__name__.lower()}")(query)

    def _state(self, asked: ArticleById) -> Article | None:
        row = self._table.row(f"ARTICLE#{asked.id}", "META")
        return article_of(row) if row else None

    def _translations(self, asked: Translations) -> tuple[Article, ...]:
        """The original's row comes before those of its translations. One that names another original is elsewhere."""
        rows = self._table.query(f"ARTICLE#{asked.group}", newest=False)
        group = [each for each in map(article_of, rows) if each.live and each.group == asked.group]
        return tuple({each.edition: each for each in reversed(group)}.values())[::-1]

    def _newest(self, asked: FeedWindow) -> FeedContents:
        """The head of the channel's history, through a window that grows until it shows it."""
        size = WINDOW
        while True:
            rows = tuple(self._table.query(partition(asked.channel), limit=size))
            if not rows:
                return FeedContents(())
            entries = [history_entry_of(row) for row in rows]
            skipped = self._older_in_month(asked.channel, entries[-1].place) if len(rows) == size else None
            if head := history.head(entries, skipped, self._month):
                live = tuple(article_of(row) for row in rows[: head.size] if "gone" not in row)
                return FeedContents(live, head.open, head.left, head.previous)
            size *= 2

    def _documents(self, asked: ArchiveDocumentsAround) -> tuple[ArchiveDocument, ...]:
        pk = partition(asked.channel)
        known = [history_entry_of(row) for row in self._table.query(pk, limit=WINDOW, only=SLOT)]
        if len(known) < WINDOW:  # most channels are small
            return history.archive_documents_among(known, asked.place, asked.joined, self._month)

        def entries(month: date) -> list[HistoryEntry]:
            values = self._bounds(month)
            return [history_entry_of(row) for row in self._table.query(pk, WITHIN, values, newest=False, only=SLOT)]

        def older(month: date) -> date | None:
            return beside("sk < :at", self._bounds(month)[":first"], newest=True)

        def newer(month: date) -> date | None:
            return beside("sk > :at", self._bounds(month)[":last"], newest=False)

        def beside(condition: str, at: str, newest: bool) -> date | None:
            rows = self._table.query(pk, condition, {":at": at}, limit=1, newest=newest, only=SLOT)
            return next((self._month(history_entry_of(row).place) for row in rows), None)

        return history.archive_documents(asked.place, asked.joined, self._month, entries, older, newer)

    def _span(self, asked: ArticlesBetween) -> tuple[Article, ...]:
        return self._live(asked.channel, position(asked.first), position(asked.last))

    def _on(self, asked: ArticlesOfDay) -> tuple[Article, ...]:
        first, last = map(instant, self._site.bounds(asked.day))
        return self._live(Channel(asked.edition, "all"), first, last)

    def _calendar(self, asked: Calendar) -> dict[date, int]:
        return {
            date.fromisoformat(f"{row['sk']}-{day}"): count
            for row in self._table.query(f"DAYS#{asked.edition}", newest=False)
            for day, count in sorted(row.items())
            if day not in ("pk", "sk") and count > 0
        }

    def _monthly(self, asked: ArticlesOfMonth) -> tuple[Article, ...]:
        bounds = self._bounds(asked.month)
        return self._live(asked.channel, bounds[":first"], bounds[":last"])

    def _translated(self, asked: ArticlesOfMonthWithOriginals) -> tuple[tuple[Article, Article | None], ...]:
        articles = self._monthly(ArticlesOfMonth(Channel(asked.edition, "all"), asked.month))
        named = dict.fromkeys(article.translation_of for article in articles if article.translation_of)
        rows = self._table.rows([(f"ARTICLE#{id}", "META") for id in named])
        originals = {each.id: each for each in map(article_of, rows) if each.live and each.translation_of is None}
        return tuple((article, originals.get(article.translation_of or "")) for article in articles)

    def _beside(self, asked: AdjacentMonths) -> tuple[date | None, date | None]:
        bounds = self._bounds(asked.month)
        return (
            self._nearest(asked.channel, "sk < :at", bounds[":first"], newest=True),
            self._nearest(asked.channel, "sk > :at", bounds[":last"], newest=False),
        )

    def _nearest(self, channel: Channel, condition: str, at: str, newest: bool) -> date | None:
        """The month of the channel's next live article in that direction."""
        rows = self._table.query(
            partition(channel), condition, {":at": at}, limit=FEW, newest=newest, only=SLOT, without="gone"
        )
        return next((self._month(history_entry_of(row).place) for row in rows), None)

    def _fresh(self, asked: NewsSitemapArticles) -> tuple[Article, ...]:
        newest = self._table.query(partition(asked.channel), limit=FEW, only=SLOT, without="gone")
        last = next((history_entry_of(row).place for row in newest), None)
        if last is None:
            return ()
        first = instant(last.published_at - FRESH)
        return tuple(islice(self._each(asked.channel, first, position(last)), MOST_FRESH))

    def _advertised(self, asked: LiveAds) -> tuple[Ad, ...]:
        ads = self._ads.all()
        own = [ad for ad in ads if ad.live and ad.edition in (None, asked.edition)]
        return tuple(sorted(own, key=lambda ad: -ad.weight))

    def _names(self, asked: TagAndAuthorNames) -> dict[str, str]:
        rows = self._table.query(f"NAMES#{asked.edition}", newest=False)
        return {row["sk"]: row["spelling"] for row in rows if row["live"] > 0}

    def _live(self, channel: Channel, first: str, last: str) -> tuple[Article, ...]:
        """The live articles of a channel from one position to another, newest first."""
        return tuple(self._each(channel, first, last))

    def _each(self, channel: Channel, first: str, last: str) -> Iterator[Article]:
        rows = self._table.query(partition(channel), WITHIN, {":first": first, ":last": last}, without="gone")
        return map(article_of, rows)

    def _older_in_month(self, channel: Channel, place: Place) -> int:
        """How many places of its month are older than this one."""
        values = {":first": self._bounds(self._month(place))[":first"], ":last": position(place)}
        return self._table.count(partition(channel), WITHIN, values) - 1

    def _bounds(self, month: date) -> dict[str, str]:
        first, last = map(instant, self._site.month_bounds(month))
        return {":first": first, ":last": last}

    def _month(self, place: Place) -> date:
        return self._site.month(place.published_at)
