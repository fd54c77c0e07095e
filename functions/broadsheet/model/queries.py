"""The queries that rendering needs of the articles table, as values: each is read once, and results can be compared.

`AnyQuery` is closed: both stores that answer queries match every class of it, and mypy reports a missing case.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, TypeVar, cast

from .ad import Ad
from .article import Article
from .channel import Channel
from .front import Front
from .history import ArchiveDocument, Place
from .newsletter.issue import Issue, IssueKey

Result = TypeVar("Result")
Result_co = TypeVar("Result_co", covariant=True)


class Query(Generic[Result_co]):
    """A query whose result has this type."""

    __slots__ = ()

    def live_articles(self, result: Any) -> tuple[Article, ...]:  # noqa: ARG002  # for the queries that override it
        """The live articles that a result of this query holds."""
        return ()


class ArticlesQuery(Query[tuple[Article, ...]]):
    """A query for live articles."""

    __slots__ = ()

    def live_articles(self, result: tuple[Article, ...]) -> tuple[Article, ...]:
        return result


@dataclass(frozen=True, slots=True)
class FeedContents:
    """What a channel's feed holds, newest first, ties by id: its open part, and as many parts as make 30 entries.

    `open_from` is the oldest place of the open part, None where the channel never held anything. `last_removed_at`
    says when an article was last removed from a place of the feed. `previous` names the newest archive document.
    """

    articles: tuple[Article, ...]
    open_from: Place | None = None
    last_removed_at: datetime | None = None
    previous: str | None = None


@dataclass(frozen=True, slots=True)
class ArticleById(Query[Article | None]):
    """An article as it is now, in any state; None where the id was never used."""

    id: str

    def live_articles(self, result: Article | None) -> tuple[Article, ...]:
        return (result,) if result and result.live else ()


@dataclass(frozen=True, slots=True)
class Translations(ArticlesQuery):
    """The live articles that translate each other, the original first; of each edition, the one with the lowest id."""

    group: str


@dataclass(frozen=True, slots=True)
class EditionsNaming(Query[tuple[str, ...]]):
    """The codes of the editions in which a live article names this one as related, in their order."""

    id: str


@dataclass(frozen=True, slots=True)
class FeedWindow(Query[FeedContents]):
    """What a channel's feed holds."""

    channel: Channel

    def live_articles(self, result: FeedContents) -> tuple[Article, ...]:
        return result.articles


@dataclass(frozen=True, slots=True)
class ArchiveDocumentsAround(Query[tuple[ArchiveDocument, ...]]):
    """The archive documents of a channel that a change at a place may change (`broadsheet.model.history`)."""

    channel: Channel
    place: Place
    joined: bool


@dataclass(frozen=True, slots=True)
class ArticlesBetween(ArticlesQuery):
    """A channel's live articles from one place to another, both included, newest first."""

    channel: Channel
    first: Place
    last: Place


@dataclass(frozen=True, slots=True)
class ArticlesOfDay(ArticlesQuery):
    """An edition's live articles of one of the site's days, newest first."""

    edition: str
    day: date


@dataclass(frozen=True, slots=True)
class Calendar(Query[Mapping[date, int]]):
    """The number of live articles on each of an edition's days, the earliest day first; days without one are absent."""

    edition: str


@dataclass(frozen=True, slots=True)
class ArticlesOfMonth(ArticlesQuery):
    """A channel's live articles of one of the site's months, newest first. `month` is its first day."""

    channel: Channel
    month: date


@dataclass(frozen=True, slots=True)
class ArticlesOfMonthWithOriginals(Query[tuple[tuple[Article, Article | None], ...]]):
    """An edition's live articles of a month, newest first, each with the live original that it translates, if any."""

    edition: str
    month: date

    def live_articles(self, result: tuple[tuple[Article, Article | None], ...]) -> tuple[Article, ...]:
        return tuple(article for pair in result for article in pair if article)


@dataclass(frozen=True, slots=True)
class AdjacentMonths(Query[tuple[date | None, date | None]]):
    """The nearest months before and after a month in which a channel has live articles, as their first days."""

    channel: Channel
    month: date


@dataclass(frozen=True, slots=True)
class NewsSitemapArticles(ArticlesQuery):
    """A channel's live articles of the two days before its newest one, newest first; at most 1,000.

    The newest article stands in for the clock, so the result does not depend on when the query runs.
    """

    channel: Channel


@dataclass(frozen=True, slots=True)
class LiveAds(Query[tuple[Ad, ...]]):
    """The ads that an edition shows now, the heaviest first, ties by name."""

    edition: str


@dataclass(frozen=True, slots=True)
class ChosenArticles:
    """What an edition's editors chose for its front page, and which of the chosen articles are live in it."""

    front: Front
    articles: tuple[Article, ...] = ()


@dataclass(frozen=True, slots=True)
class FrontChoice(Query[ChosenArticles]):
    """What an edition's editors chose for its front page."""

    edition: str

    def live_articles(self, result: ChosenArticles) -> tuple[Article, ...]:
        return result.articles


@dataclass(frozen=True, slots=True)
class TagAndAuthorNames(Query[Mapping[str, str]]):
    """The names of an edition's tags and authors that have live articles, by listing (`tag/<key>`), in that order."""

    edition: str


@dataclass(frozen=True, slots=True)
class StaticPages(ArticlesQuery):
    """The live static pages of an edition, by their paths."""

    edition: str


@dataclass(frozen=True, slots=True)
class IssueArticles:
    """An issue, and those of its articles that are live in its edition now, in its order."""

    issue: Issue
    articles: tuple[Article, ...] = ()


@dataclass(frozen=True, slots=True)
class IssueByKey(Query[IssueArticles | None]):
    """An issue of the newsletter with all its articles; None where it was not composed."""

    key: IssueKey

    def live_articles(self, result: IssueArticles | None) -> tuple[Article, ...]:
        return result.articles if result else ()


@dataclass(frozen=True, slots=True)
class NewestIssues(Query[tuple[IssueArticles, ...]]):
    """An edition's 30 newest issues with news, of all frequencies, the newest first.

    Each has the articles that are live of its first three.
    """

    edition: str

    def live_articles(self, result: tuple[IssueArticles, ...]) -> tuple[Article, ...]:
        return tuple(article for each in result for article in each.articles)


@dataclass(frozen=True, slots=True)
class IssueKeys(Query[tuple[IssueKey, ...]]):
    """An edition's issues with news among the newest 400 of each frequency, the daily ones first, each newest first."""

    edition: str


@dataclass(frozen=True, slots=True)
class IssuesWith(Query[tuple[IssueKey, ...]]):
    """The issues of an edition that hold an article, which was live for the first time at that time: two at most."""

    edition: str
    article: str
    at: datetime


AnyQuery = (
    ArticleById
    | Translations
    | EditionsNaming
    | FeedWindow
    | ArchiveDocumentsAround
    | ArticlesBetween
    | ArticlesOfDay
    | Calendar
    | ArticlesOfMonth
    | ArticlesOfMonthWithOriginals
    | AdjacentMonths
    | NewsSitemapArticles
    | LiveAds
    | FrontChoice
    | TagAndAuthorNames
    | StaticPages
    | IssueByKey
    | NewestIssues
    | IssueKeys
    | IssuesWith
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Results of queries, and the bodies (by hash) of articles that are rendered in full."""

    results: Mapping[Query[Any], Any] = field(default_factory=dict)
    bodies: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, query: Query[Result]) -> Result:
        return cast("Result", self.results[query])

    def articles(self, query: Query[Result]) -> tuple[Article, ...]:
        """The live articles in the result of a query."""
        return query.live_articles(self[query])

    def __or__(self, later: "Snapshot") -> "Snapshot":
        """Both together; of a query that both have, the later result."""
        return Snapshot({**self.results, **later.results}, {**self.bodies, **later.bodies})

    def __le__(self, other: "Snapshot") -> bool:
        """Whether the other has all these queries with equal results. Bodies never change, so they are not compared."""
        return all(query in other.results and other[query] == self[query] for query in self.results)
