"""What an output hands to the publisher: the objects that it wants in the site's bucket, and how each is rendered."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from ...model.article import Article
from ...model.channel import Channel
from ...model.config import Site
from ...model.history import ArchiveDocument
from ...model.newsletter.issue import IssueKey
from ...model.queries import AnyQuery, ArchiveDocumentsAround, ArticlesOfMonth, Snapshot


@dataclass(frozen=True, slots=True)
class RenderedObject:
    """The bytes of an object, and the HTTP headers that it is served with."""

    body: bytes
    content_type: str
    cache_control: str


@dataclass(frozen=True, slots=True)
class Target:
    """One object of the site: its key, the queries whose results it needs, and how it is rendered.

    `render` is a pure function of the site and the snapshot: equal input gives equal bytes, at any time, on any
    machine. It returns None where the object must not exist. `full_text` adds the bodies of all live articles in the
    results to the snapshot. A `create_only` target is written only where there is no object yet. Targets of one `wave`
    (`render/outputs.py` sets it) may be written at once, step after step.
    """

    key: str
    queries: tuple[AnyQuery, ...]
    render: Callable[[Site, Snapshot], RenderedObject | None]
    full_text: bool = False
    create_only: bool = False
    wave: int = 0
    step: int = 0


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Everything that the changes of a run concern. Outputs make targets of it.

    `articles` are the articles in their states before and after, the latest last; `channels` are those that hold or
    held one of them. `documents` are archive documents of the channels, by the query that found them. `translations`
    are the articles of each group of translations, by the group's id. `related` has the editions whose articles name
    or named an article as related, by its id. `calendars` are the days with live articles, by edition. `months` are the
    months next to one that may have begun or ended: their links to it change. `issues` are the issues of the newsletter
    that hold an article, by its id, and `composed` those that are new. `newsletters` are the editions whose lists
    of issues are concerned in any case.
    """

    site: Site
    articles: tuple[Article, ...] = ()
    channels: tuple[Channel, ...] = ()
    documents: Mapping[ArchiveDocumentsAround, tuple[ArchiveDocument, ...]] = field(default_factory=dict)
    translations: Mapping[str, tuple[Article, ...]] = field(default_factory=dict)
    related: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    calendars: Mapping[str, Mapping[date, int]] = field(default_factory=dict)
    months: tuple[ArticlesOfMonth, ...] = ()
    issues: Mapping[str, tuple[IssueKey, ...]] = field(default_factory=dict)
    composed: tuple[IssueKey, ...] = ()
    newsletters: tuple[str, ...] = ()

    @property
    def issue_keys(self) -> tuple[IssueKey, ...]:
        """The issues whose pages are concerned, each once."""
        return tuple(dict.fromkeys((*(key for keys in self.issues.values() for key in keys), *self.composed)))

    @property
    def issue_editions(self) -> tuple[str, ...]:
        """The editions whose lists of issues are concerned, each once."""
        return tuple(dict.fromkeys((*(key.edition for key in self.issue_keys), *self.newsletters)))

    @property
    def dated(self) -> tuple[Article, ...]:
        """The articles whose paths have a day: those with a path that are no static pages."""
        return tuple(article for article in self.articles if article.path is not None and not article.is_page)


# A kind of output: the targets for a change set.
Output = Callable[[ChangeSet], Iterator[Target]]
