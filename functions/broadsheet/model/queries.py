"""Questions that a rendering asks of the table, as values: what is asked once is read once, and can be compared."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar, cast

from .ad import Ad
from .article import Article
from .channel import Channel
from .history import ArchiveDocument, Place

Result_co = TypeVar("Result_co", covariant=True)


class Query(Generic[Result_co]):
    """Something to ask the table, and the type of its answer."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class FeedContents:
    """What a channel's feed holds, newest first, ties by id: its open part and as many before it as make 30 entries.

    `open` is the oldest place of the open part, None where the channel never held anything. `left` says when an article
    last left the feed's places, `previous` names the archive document that goes on from here.
    """

    articles: tuple[Article, ...]
    open: Place | None = None
    left: datetime | None = None
    previous: str | None = None


@dataclass(frozen=True, slots=True)
class ArticleById(Query[Article | None]):
    """An article as it is now, whatever has become of it."""

    id: str


@dataclass(frozen=True, slots=True)
class Translations(Query[tuple[Article, ...]]):
    """The live articles that are one in several editions, the original first; of each edition, the first by its id."""

    group: str


@dataclass(frozen=True, slots=True)
class FeedWindow(Query[FeedContents]):
    """What a channel's feed holds."""

    channel: Channel


@dataclass(frozen=True, slots=True)
class ArchiveDocumentsAround(Query[tuple[ArchiveDocument, ...]]):
    """The archive documents of a channel that a change at a place may change; `broadsheet.model.history` says which."""

    channel: Channel
    place: Place
    joined: bool


@dataclass(frozen=True, slots=True)
class ArticlesBetween(Query[tuple[Article, ...]]):
    """A channel's live articles from one place to another, both included, newest first."""

    channel: Channel
    first: Place
    last: Place


@dataclass(frozen=True, slots=True)
class ArticlesOfDay(Query[tuple[Article, ...]]):
    """An edition's live articles of one of the site's days, newest first."""

    edition: str
    day: date


@dataclass(frozen=True, slots=True)
class Calendar(Query[Mapping[date, int]]):
    """How many live articles each of an edition's days has, the earliest day first; days without one are left out."""

    edition: str


@dataclass(frozen=True, slots=True)
class ArticlesOfMonth(Query[tuple[Article, ...]]):
    """A channel's live articles of one of the site's months, newest first. `month` is its first day."""

    channel: Channel
    month: date


@dataclass(frozen=True, slots=True)
class ArticlesOfMonthWithOriginals(Query[tuple[tuple[Article, Article | None], ...]]):
    """An edition's live articles of a month, newest first, each with the live one that it translates, if any."""

    edition: str
    month: date


@dataclass(frozen=True, slots=True)
class AdjacentMonths(Query[tuple[date | None, date | None]]):
    """The nearest months before and after a month in which a channel has live articles, by their first days."""

    channel: Channel
    month: date


@dataclass(frozen=True, slots=True)
class NewsSitemapArticles(Query[tuple[Article, ...]]):
    """A channel's live articles of the two days before its newest one, newest first; 1,000 of them at most.

    No clock is asked, so the answer is the same whenever it is asked for.
    """

    channel: Channel


@dataclass(frozen=True, slots=True)
class LiveAds(Query[tuple[Ad, ...]]):
    """What is advertised in an edition now, the heaviest first, ties by name."""

    edition: str


@dataclass(frozen=True, slots=True)
class TagAndAuthorNames(Query[Mapping[str, str]]):
    """The tags and authors of an edition that have live articles: what each is called, by listing, in that order."""

    edition: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The table's answers, and the sources of the bodies (by hash) that the rendering of full texts needs."""

    answers: Mapping[Query[Any], Any]
    bodies: Mapping[str, str]

    def __getitem__(self, query: Query[Result_co]) -> Result_co:
        return cast("Result_co", self.answers[query])

    def known(self, query: Query[Result_co], ask: Callable[[Query[Result_co]], Any]) -> Result_co:
        """The answer that is here, or else the one that asking gives."""
        return self[query] if query in self.answers else cast("Result_co", ask(query))

    def articles(self, query: Query[Any]) -> tuple[Article, ...]:
        """The live articles in the answer to a question."""
        match query, self[query]:
            case ArticleById(), Article(live=True) as article:
                return (article,)
            case FeedWindow(), FeedContents(articles):
                return articles
            case (
                (ArticlesBetween() | ArticlesOfDay() | ArticlesOfMonth() | NewsSitemapArticles() | Translations()),
                tuple() as articles,
            ):
                return articles
            case ArticlesOfMonthWithOriginals(), tuple() as pairs:
                return tuple(article for pair in pairs for article in pair if article)
        return ()

    def __or__(self, later: "Snapshot") -> "Snapshot":
        """These, and what was asked later."""
        return Snapshot({**self.answers, **later.answers}, {**self.bodies, **later.bodies})

    def __le__(self, other: "Snapshot") -> bool:
        """Whether all these answers are the other's too. Bodies never change."""
        return all(query in other.answers and other[query] == self[query] for query in self.answers)
