"""What a surface hands to the publisher: the objects it wants in `Site`, and how to make each."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from ...model.article import Article
from ...model.channel import Channel
from ...model.config import Site
from ...model.history import ArchiveDocument
from ...model.queries import ArchiveDocumentsAround, ArticlesOfMonth, Query, Snapshot


@dataclass(frozen=True, slots=True)
class RenderedObject:
    """One object's bytes and the headers that it is served with."""

    body: bytes
    content_type: str
    cache_control: str


@dataclass(frozen=True, slots=True)
class Target:
    """One object of the site: its key, what must be asked to make it, and the making.

    `render` is a pure function of the site and the answers: the same facts give the same bytes, at any time and on
    any machine. It gives None where the object should not exist. `full_text` asks for the sources of the bodies of
    every article in the answers. `once` asks for the object only where there is none yet; it is another's to keep.
    """

    key: str
    queries: tuple[Query[object], ...]
    render: Callable[[Site, Snapshot], RenderedObject | None]
    full_text: bool = False
    once: bool = False


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """What changes touch: articles in their former and their present states, the channels that hold or held them, and
    the documents of these channels' histories, each after the question that it answers.

    `translations` are the articles of each group of translations that has or had one of these articles, by its name.
    `calendars` are the live days of the articles' editions. `months` are those beside a channel's month that may have
    begun or ended, and so must lead there or past it.
    """

    site: Site
    articles: tuple[Article, ...]
    channels: tuple[Channel, ...]
    documents: Mapping[ArchiveDocumentsAround, tuple[ArchiveDocument, ...]]
    translations: Mapping[str, tuple[Article, ...]]
    calendars: Mapping[str, Mapping[date, int]]
    months: tuple[ArticlesOfMonth, ...] = ()


# The targets that changes touch.
Output = Callable[[ChangeSet], Iterator[Target]]
