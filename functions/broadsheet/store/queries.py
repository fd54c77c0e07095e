"""The articles table's results for the queries of `broadsheet.model.queries`. Every read is consistent."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from typing import TYPE_CHECKING, assert_never, cast

from ..model import history
from ..model.ad import Ad
from ..model.article import Article
from ..model.channel import Channel
from ..model.config import Site
from ..model.history import ArchiveDocument, HistoryEntry, Place
from ..model.queries import (
    AdjacentMonths,
    AnyQuery,
    ArchiveDocumentsAround,
    ArticleById,
    ArticlesBetween,
    ArticlesOfDay,
    ArticlesOfMonth,
    ArticlesOfMonthWithOriginals,
    Calendar,
    ChosenArticles,
    EditionsNaming,
    FeedContents,
    FeedWindow,
    FrontChoice,
    LiveAds,
    NewsSitemapArticles,
    Query,
    Result,
    TagAndAuthorNames,
    Translations,
)
from .ads import Ads
from .article_rows import RELATED, article_of, history_entry_of, partition, position
from .fronts import Fronts
from .rows import instant
from .table import Table

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

WITHIN = "sk BETWEEN :first AND :last"
PLACE = "sk, gone"  # the attributes that a history entry is read from
# Rows of a channel: the most that a feed shows while no article was removed, and one more to see what follows.
WINDOW = 2 * history.PART_SIZE
# Rows that are read at once to find the first place that holds an article.
FEW = 10
# What Google reads of a news sitemap (https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap).
NEWS_PERIOD = timedelta(days=2)
MAX_NEWS = 1000


class ArticleQueries:
    """Answers queries from the articles table, by its name, for one site."""

    def __init__(self, client: "DynamoDBClient", table: str, site: Site) -> None:
        self._table = Table(client, table)
        self._ads = Ads(client, table)
        self._fronts = Fronts(client, table)
        self._site = site

    def __call__(self, query: Query[Result]) -> Result:
        """The result of a query, as of now."""
        return cast("Result", self._result(cast("AnyQuery", query)))

    def together(self, queries, executor):
        queries = list(queries)
        return dict(zip(queries, executor.map(self, queries), strict=True))

    def _result(self, query: AnyQuery) -> object:  # noqa: PLR0911, PLR0912  # one for each query
        match query:
            case ArticleById(id):
                return self._article(id)
            case Translations(group):
                return self._translations(group)
            case EditionsNaming(id):
                return self._editions_naming(id)
            case FeedWindow(channel):
                return self._feed_contents(channel, WINDOW)
            case ArchiveDocumentsAround(channel, place, joined):
                return self._archive_documents(channel, place, joined)
            case ArticlesBetween(channel, first, last):
                return tuple(self._live(channel, position(first), position(last)))
            case ArticlesOfDay(edition, day):
                return tuple(self._live(Channel(edition, "all"), *map(instant, self._site.bounds(day))))
            case Calendar(edition):
                return self._calendar(edition)
            case ArticlesOfMonth(channel, month):
                return self._articles_of_month(channel, month)
            case ArticlesOfMonthWithOriginals(edition, month):
                return self._articles_of_month_with_originals(edition, month)
            case AdjacentMonths(channel, month):
                return self._adjacent_months(channel, month)
            case NewsSitemapArticles(channel):
                return self._news(channel)
            case LiveAds(edition):
                return self._live_ads(edition)
            case FrontChoice(edition):
                return self._front_choice(edition)
            case TagAndAuthorNames(edition):
                return self._names(edition)
        assert_never(query)

    def _article(self, id: str) -> Article | None:
        row = self._table.row(f"ARTICLE#{id}", "META")
        return article_of(row) if row else None

    def _translations(self, group: str) -> tuple[Article, ...]:
        """The original's row sorts before those of its translations. An original that is itself a translation now
        belongs to another group.
        """
        rows = (row for row in self._table.query(f"ARTICLE#{group}", newest=False) if row["sk"] != RELATED)
        articles = [article for article in map(article_of, rows) if article.live and article.group == group]
        return tuple({article.edition: article for article in reversed(articles)}.values())[::-1]

    def _editions_naming(self, id: str) -> tuple[str, ...]:
        row = self._table.row(f"ARTICLE#{id}", RELATED) or {}
        return tuple(sorted(code for code, count in row.items() if code not in ("pk", "sk") and count > 0))

    def _feed_contents(self, channel: Channel, size: int) -> FeedContents:
        """The head of the channel's history, from its newest `size` rows, or from more where these are too few."""
        rows = tuple(self._table.query(partition(channel), limit=size))
        if not rows:
            return FeedContents(())
        entries = [history_entry_of(row) for row in rows]
        skipped = self._older_in_month(channel, entries[-1].place) if len(rows) == size else None
        head = history.head(entries, skipped, self._month)
        if head is None:
            return self._feed_contents(channel, 2 * size)
        live = tuple(article_of(row) for row in rows[: head.size] if "gone" not in row)
        return FeedContents(live, head.open_from, head.last_removed_at, head.previous)

    def _archive_documents(self, channel: Channel, place: Place, joined: bool) -> tuple[ArchiveDocument, ...]:
        pk = partition(channel)
        newest = [history_entry_of(row) for row in self._table.query(pk, limit=WINDOW, only=PLACE)]
        if len(newest) < WINDOW:  # these are all, as in most channels
            return history.archive_documents_among(newest, place, joined, self._month)

        def entries(month: date) -> list[HistoryEntry]:
            values = self._bounds(month)
            return [history_entry_of(row) for row in self._table.query(pk, WITHIN, values, newest=False, only=PLACE)]

        def older(month: date) -> date | None:
            return nearest("sk < :at", self._bounds(month)[":first"], newest=True)

        def newer(month: date) -> date | None:
            return nearest("sk > :at", self._bounds(month)[":last"], newest=False)

        def nearest(condition: str, at: str, newest: bool) -> date | None:
            rows = self._table.query(pk, condition, {":at": at}, limit=1, newest=newest, only=PLACE)
            return next((self._month(history_entry_of(row).place) for row in rows), None)

        return history.archive_documents(place, joined, self._month, entries, older, newer)

    def _calendar(self, edition: str) -> dict[date, int]:
        return {
            date.fromisoformat(f"{row['sk']}-{day}"): count
            for row in self._table.query(f"DAYS#{edition}", newest=False)
            for day, count in sorted(row.items())
            if day not in ("pk", "sk") and count > 0
        }

    def _articles_of_month(self, channel: Channel, month: date) -> tuple[Article, ...]:
        bounds = self._bounds(month)
        return tuple(self._live(channel, bounds[":first"], bounds[":last"]))

    def _articles_of_month_with_originals(
        self, edition: str, month: date
    ) -> tuple[tuple[Article, Article | None], ...]:
        articles = self._articles_of_month(Channel(edition, "all"), month)
        ids = dict.fromkeys(article.translation_of for article in articles if article.translation_of)
        rows = self._table.rows([(f"ARTICLE#{id}", "META") for id in ids])
        originals = {each.id: each for each in map(article_of, rows) if each.live and each.translation_of is None}
        return tuple((article, originals.get(article.translation_of or "")) for article in articles)

    def _adjacent_months(self, channel: Channel, month: date) -> tuple[date | None, date | None]:
        bounds = self._bounds(month)
        return (
            self._nearest_month(channel, "sk < :at", bounds[":first"], newest=True),
            self._nearest_month(channel, "sk > :at", bounds[":last"], newest=False),
        )

    def _nearest_month(self, channel: Channel, condition: str, at: str, newest: bool) -> date | None:
        """The month of the channel's next live article in that direction."""
        rows = self._table.query(
            partition(channel), condition, {":at": at}, limit=FEW, newest=newest, only=PLACE, without="gone"
        )
        return next((self._month(history_entry_of(row).place) for row in rows), None)

    def _news(self, channel: Channel) -> tuple[Article, ...]:
        newest = self._table.query(partition(channel), limit=FEW, only=PLACE, without="gone")
        last = next((history_entry_of(row).place for row in newest), None)
        if last is None:
            return ()
        first = instant(last.published_at - NEWS_PERIOD)
        return tuple(islice(self._live(channel, first, position(last)), MAX_NEWS))

    def _live_ads(self, edition: str) -> tuple[Ad, ...]:
        shown = [ad for ad in self._ads.all() if ad.live and ad.edition in (None, edition)]
        return tuple(sorted(shown, key=lambda ad: -ad.weight))

    def _front_choice(self, edition: str) -> ChosenArticles:
        front = self._fronts.get(edition)
        rows = self._table.rows([(f"ARTICLE#{id}", "META") for id in front.ids])
        live = {each.id: each for each in map(article_of, rows) if each.live and each.edition == edition}
        return ChosenArticles(front, tuple(live[id] for id in front.ids if id in live))

    def _names(self, edition: str) -> dict[str, str]:
        rows = self._table.query(f"NAMES#{edition}", newest=False)
        return {row["sk"]: row["spelling"] for row in rows if row["live"] > 0}

    def _live(self, channel: Channel, first: str, last: str) -> Iterator[Article]:
        """The live articles of a channel from one sort key to another, newest first."""
        rows = self._table.query(partition(channel), WITHIN, {":first": first, ":last": last}, without="gone")
        return map(article_of, rows)

    def _older_in_month(self, channel: Channel, place: Place) -> int:
        """The number of places in this one's month that are older."""
        values = {":first": self._bounds(self._month(place))[":first"], ":last": position(place)}
        return self._table.count(partition(channel), WITHIN, values) - 1

    def _bounds(self, month: date) -> dict[str, str]:
        first, last = map(instant, self._site.month_bounds(month))
        return {":first": first, ":last": last}

    def _month(self, place: Place) -> date:
        return self._site.month(place.published_at)
