"""Questions that a rendering asks of the table, as values: what is asked once is read once, and can be compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from .article import Article


@dataclass(frozen=True, slots=True)
class State:
    """An article as it is now, whatever has become of it → `Article | None`."""

    id: str


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest live articles of an edition, newest first, ties by id → `tuple[Article, ...]`."""

    edition: str
    limit: int


@dataclass(frozen=True, slots=True)
class On:
    """An edition's live articles of one of the site's days, newest first → `tuple[Article, ...]`."""

    edition: str
    day: date


@dataclass(frozen=True, slots=True)
class Counts:
    """How many live articles each day of a year has, days without one left out → `Mapping[date, int]`."""

    edition: str
    year: int


Question = State | Newest | On | Counts


@dataclass(frozen=True, slots=True)
class Facts:
    """The table's answers, and the sources of the bodies (by hash) that the rendering of full texts needs."""

    articles: Mapping[State, Article | None]
    listings: Mapping[Newest | On, tuple[Article, ...]]
    counts: Mapping[Counts, Mapping[date, int]]
    bodies: Mapping[str, str]
