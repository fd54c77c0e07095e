"""The articles table's results for the queries of `broadsheet.model.queries`. Every read is consistent."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any, assert_never, cast

from ..executor import Executor
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
    IssueByKey,
    IssueKeys,
    IssuesWith,
    LiveAds,
    NewestIssues,
    NewsSitemapArticles,
    Query,
    Result,
    StaticPages,
    TagAndAuthorNames,
    Translations,
)
from .ads import ADS, ad_of
from .article_rows import RELATED, article_of, pages_partition, position
from .channel_rows import END, ChannelRows, read_window
from .fronts import Fronts
from .issue_queries import IssueQueries
from .news_window import NEWS, NEWS_PERIOD, SINCE
from .rows import instant
from .shared_reads import SharedReads, grouped
from .table import Row, Table

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# Rows of a channel: the most that a feed shows while no article was removed, and one more to see what follows.
WINDOW = 2 * history.PART_SIZE
# What Google reads of a news sitemap, as `NEWS_PERIOD`.
MAX_NEWS = 1000


class ArticleQueries:
    """Answers queries from the articles table, by its name, for one site."""

    def __init__(self, client: "DynamoDBClient", table: str, site: Site) -> None:
        self._table = Table(client, table)
        self._fronts = Fronts(client, table)
        self._issues = IssueQueries(client, table, site)
        self._site = site

    def __call__(self, query: Query[Result]) -> Result:
        """The result of a query, as of now."""
        return cast("Result", self._result(cast("AnyQuery", query), SharedReads(self._table, {})))

    def together(self, queries: Iterable[AnyQuery], executor: Executor) -> dict[AnyQuery, Any]:
        """The results of queries that are asked at one time. Every read starts after the call.

        Each result is what the query alone may have had at that time. Reads that several queries need are done once.
        """
        asked = tuple(dict.fromkeys(queries))
        channels = [query.channel for query in asked if isinstance(query, FeedWindow)]
        windows = executor.map(lambda channel: read_window(self._table, channel, WINDOW), channels)
        held = dict(zip(channels, windows, strict=True))

        def answered(group: Iterable[AnyQuery]) -> dict[AnyQuery, Any]:
            reads = SharedReads(self._table, held)
            return {query: self._result(query, reads) for query in group}

        results = {key: result for each in executor.map(answered, grouped(asked)) for key, result in each.items()}
        return {query: results[query] for query in asked}

    def _result(self, query: AnyQuery, reads: SharedReads) -> object:  # noqa: PLR0911, PLR0912  # one for each query
        match query:
            case ArticleById(id):
                return _article(reads, id)
            case Translations(group):
                return _translations(reads, group)
            case EditionsNaming(id):
                return _editions_naming(reads, id)
            case FeedWindow(channel):
                return self._feed_contents(reads.channel(channel), WINDOW)
            case ArchiveDocumentsAround(channel, place, joined):
                return self._archive_documents(reads.channel(channel), place, joined)
            case ArticlesBetween(channel, first, last):
                return reads.live(channel, position(first), position(last))
            case ArticlesOfDay(edition, day):
                return reads.live(Channel(edition, "all"), *map(instant, self._site.bounds(day)))
            case Calendar(edition):
                return self._calendar(edition)
            case ArticlesOfMonth(channel, month):
                return reads.live(channel, *self._bounds(month))
            case ArticlesOfMonthWithOriginals(edition, month):
                return self._with_originals(reads.live(Channel(edition, "all"), *self._bounds(month)))
            case AdjacentMonths(channel, month):
                return self._adjacent_months(reads.channel(channel), month)
            case NewsSitemapArticles(channel):
                return _news(reads.channel(channel), reads.row(NEWS, SINCE))
            case LiveAds(edition):
                return _live_ads(reads, edition)
            case FrontChoice(edition):
                return self._front_choice(edition)
            case TagAndAuthorNames(edition):
                return self._names(edition)
            case StaticPages(edition):
                return tuple(map(article_of, self._table.query(pages_partition(edition), newest=False)))
            case IssueByKey() | NewestIssues() | IssueKeys() | IssuesWith():
                return self._issues(query)
        assert_never(query)

    def _feed_contents(self, channel: ChannelRows, size: int) -> FeedContents:
        """The head of the channel's history, from its newest `size` rows, or from more where these are too few."""
        rows = channel.newest(size)
        if not rows:
            return FeedContents(())
        head = self._head(channel, [row.entry for row in rows], whole=len(rows) < size)
        if head is None:
            return self._feed_contents(channel, 2 * size)
        live = tuple(row.article for row in rows[: head.size] if row.article)
        return FeedContents(live, head.open_from, head.last_removed_at, head.previous)

    def _head(self, channel: ChannelRows, entries: Sequence[HistoryEntry], *, whole: bool) -> history.Head | None:
        """The head of a channel from its newest entries; `whole` if these are all."""
        if whole:
            return history.head(entries, None, self._month)
        oldest = entries[-1].place
        month = self._month(oldest)
        later = [entry for entry in entries if self._month(entry.place) != month]
        # The older places of the oldest month need not be counted if the head does not reach it.
        head = history.head(later, 0, self._month) if later else None
        return head or history.head(entries, self._older_in_month(channel, oldest), self._month)

    def _archive_documents(self, channel: ChannelRows, place: Place, joined: bool) -> tuple[ArchiveDocument, ...]:
        newest = channel.newest_entries(WINDOW)
        if len(newest) < WINDOW:  # these are all, as in most channels
            return history.archive_documents_among(newest, place, joined, self._month)

        def entries(month: date) -> list[HistoryEntry]:
            return channel.entries(*self._bounds(month))

        def older(month: date) -> date | None:
            return self._month_of(channel.older(self._bounds(month)[0], live=False))

        def newer(month: date) -> date | None:
            return self._month_of(channel.newer(self._bounds(month)[1], live=False))

        return history.archive_documents(place, joined, self._month, entries, older, newer)

    def _calendar(self, edition: str) -> dict[date, int]:
        return {
            date.fromisoformat(f"{row['sk']}-{day}"): count
            for row in self._table.query(f"DAYS#{edition}", newest=False)
            for day, count in sorted(row.items())
            if day not in ("pk", "sk") and count > 0
        }

    def _with_originals(self, articles: tuple[Article, ...]) -> tuple[tuple[Article, Article | None], ...]:
        ids = dict.fromkeys(article.translation_of for article in articles if article.translation_of)
        rows = self._table.rows([(f"ARTICLE#{id}", "META") for id in ids])
        originals = {each.id: each for each in map(article_of, rows) if each.listed and each.translation_of is None}
        return tuple((article, originals.get(article.translation_of or "")) for article in articles)

    def _adjacent_months(self, channel: ChannelRows, month: date) -> tuple[date | None, date | None]:
        first, last = self._bounds(month)
        older, newer = channel.older(first, live=True), channel.newer(last, live=True)
        return self._month_of(older), self._month_of(newer)

    def _front_choice(self, edition: str) -> ChosenArticles:
        front = self._fronts.get(edition)
        rows = self._table.rows([(f"ARTICLE#{id}", "META") for id in front.ids])
        live = {each.id: each for each in map(article_of, rows) if each.listed and each.edition == edition}
        return ChosenArticles(front, tuple(live[id] for id in front.ids if id in live))

    def _names(self, edition: str) -> dict[str, str]:
        rows = self._table.query(f"NAMES#{edition}", newest=False)
        return {row["sk"]: row["spelling"] for row in rows if row["live"] > 0}

    def _older_in_month(self, channel: ChannelRows, place: Place) -> int:
        """The number of places in this one's month that are older."""
        first, _ = self._bounds(self._month(place))
        return channel.count(first, position(place)) - 1

    def _bounds(self, month: date) -> tuple[str, str]:
        first, last = map(instant, self._site.month_bounds(month))
        return first, last

    def _month(self, place: Place) -> date:
        return self._site.month(place.published_at)

    def _month_of(self, place: Place | None) -> date | None:
        return self._month(place) if place else None


def _news(channel: ChannelRows, window: Row | None) -> tuple[Article, ...]:
    """The articles since the start of the window, and none that is two days older than the newest."""
    newest = channel.older(END, live=True)
    if newest is None:
        return ()
    since = instant(newest.published_at - NEWS_PERIOD)
    first = max(since, window["since"]) if window else since
    return tuple(islice(channel.live(first, position(newest)), MAX_NEWS)) if first <= position(newest) else ()


def _article(reads: SharedReads, id: str) -> Article | None:
    row = reads.row(f"ARTICLE#{id}", "META")
    return article_of(row) if row else None


def _translations(reads: SharedReads, group: str) -> tuple[Article, ...]:
    """The original's row sorts before those of its translations. An original that is itself a translation now belongs
    to another group.
    """
    rows = [row for sk, row in reads.partition(f"ARTICLE#{group}").items() if sk != RELATED]
    articles = [article for article in map(article_of, rows) if article.live and article.group == group]
    return tuple({article.edition: article for article in reversed(articles)}.values())[::-1]


def _editions_naming(reads: SharedReads, id: str) -> tuple[str, ...]:
    row = reads.row(f"ARTICLE#{id}", RELATED) or {}
    return tuple(sorted(code for code, count in row.items() if code not in ("pk", "sk") and count > 0))


def _live_ads(reads: SharedReads, edition: str) -> tuple[Ad, ...]:
    ads = map(ad_of, reads.partition(ADS).values())
    shown = [ad for ad in ads if ad.live and ad.edition in (None, edition)]
    return tuple(sorted(shown, key=lambda ad: -ad.weight))
