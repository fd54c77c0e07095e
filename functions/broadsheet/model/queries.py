"""Questions that a rendering asks of the table, as values: what is asked once is read once, and can be compared."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar, cast

from .ad import Advertisement
from .article import Article
from .channel import Channel
from .history import Document, Place

Answer_co = TypeVar("Answer_co", covariant=True)


class Question(Generic[Answer_co]):
    """Something to ask the table, and the type of its answer."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Recent:
    """What a channel's feed holds, newest first, ties by id: its open part and as many before it as make 30 entries.

    `open` is the oldest place of the open part, None where the channel never held anything. `left` says when an article
    last left the feed's places, `previous` names the archive document that goes on from here.
    """

    articles: tuple[Article, ...]
    open: Place | None = None
    left: datetime | None = None
    previous: str | None = None


@dataclass(frozen=True, slots=True)
class State(Question[Article | None]):
    """An article as it is now, whatever has become of it."""

    id: str


@dataclass(frozen=True, slots=True)
class Translations(Question[tuple[Article, ...]]):
    """The live articles that are one in several editions, the original first; of each edition, the first by its id."""

    group: str


@dataclass(frozen=True, slots=True)
class Newest(Question[Recent]):
    """What a channel's feed holds."""

    channel: Channel


@dataclass(frozen=True, slots=True)
class Documents(Question[tuple[Document, ...]]):
    """The archive documents of a channel that a change at a place may change; `broadsheet.model.history` says which."""

    channel: Channel
    place: Place
    joined: bool


@dataclass(frozen=True, slots=True)
class Span(Question[tuple[Article, ...]]):
    """A channel's live articles from one place to another, both included, newest first."""

    channel: Channel
    first: Place
    last: Place


@dataclass(frozen=True, slots=True)
class On(Question[tuple[Article, ...]]):
    """An edition's live articles of one of the site's days, newest first."""

    edition: str
    day: date


@dataclass(frozen=True, slots=True)
class Calendar(Question[Mapping[date, int]]):
    """How many live articles each of an edition's days has, the earliest day first; days without one are left out."""

    edition: str


@dataclass(frozen=True, slots=True)
class Monthly(Question[tuple[Article, ...]]):
    """A channel's live articles of one of the site's months, newest first. `month` is its first day."""

    channel: Channel
    month: date


@dataclass(frozen=True, slots=True)
class Translated(Question[tuple[tuple[Article, Article | None], ...]]):
    """An edition's live articles of a month, newest first, each with the live one that it translates, if any."""

    edition: str
    month: date


@dataclass(frozen=True, slots=True)
class Beside(Question[tuple[date | None, date | None]]):
    """The nearest months before and after a month in which a channel has live articles, by their first days."""

    channel: Channel
    month: date


@dataclass(frozen=True, slots=True)
class Fresh(Question[tuple[Article, ...]]):
    """A channel's live articles of the two days before its newest one, newest first; 1,000 of them at most.

    No clock is asked, so the answer is the same whenever it is asked for.
    """

    channel: Channel


@dataclass(frozen=True, slots=True)
class Advertised(Question[tuple[Advertisement, ...]]):
    """What is advertised in an edition now, the heaviest first, ties by name."""

    edition: str


@dataclass(frozen=True, slots=True)
class Names(Question[Mapping[str, str]]):
    """The tags and authors of an edition that have live articles: what each is called, by listing, in that order."""

    edition: str


@dataclass(frozen=True, slots=True)
class Facts:
    """The table's answers, and the sources of the bodies (by hash) that the rendering of full texts needs."""

    answers: Mapping[Question[Any], Any]
    bodies: Mapping[str, str]

    def __getitem__(self, question: Question[Answer_co]) -> Answer_co:
        return cast("Answer_co", self.answers[question])

    def known(self, question: Question[Answer_co], ask: Callable[[Question[Answer_co]], Any]) -> Answer_co:
        """The answer that is here, or else the one that asking gives."""
        return self[question] if question in self.answers else cast("Answer_co", ask(question))

    def articles(self, question: Question[Any]) -> tuple[Article, ...]:
        """The live articles in the answer to a question."""
        match question, self[question]:
            case State(), Article(live=True) as article:
                return (article,)
            case Newest(), Recent(articles):
                return articles
            case ((Span() | On() | Monthly() | Fresh() | Translations()), tuple() as articles):
                return articles
            case Translated(), tuple() as pairs:
                return tuple(article for pair in pairs for article in pair if article)
        return ()

    def __or__(self, later: "Facts") -> "Facts":
        """These, and what was asked later."""
        return Facts({**self.answers, **later.answers}, {**self.bodies, **later.bodies})

    def __le__(self, other: "Facts") -> bool:
        """Whether all these answers are the other's too. Bodies never change."""
        return all(question in other.answers and other[question] == self[question] for question in self.answers)
