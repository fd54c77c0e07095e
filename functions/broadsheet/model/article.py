"""An article, and the rules by which it changes.

An article is *live* when readers can see it: when it is put with a publication time that has come, or when the schedule
releases it at that time. Until then it is *scheduled*. Channels hold live articles only, so rendering needs no clock.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from .channel import EVERYTHING, Channel
from .config import Site
from .correction import Correction, appended, replaced
from .enclosure import Enclosure
from .errors import NOT_IN_PAST, FieldError, Invalid, ParameterError, Rule
from .history import Place
from .manuscript import PAGE, Image, Manuscript, in_future
from .reserved import is_reserved, reserved_rule
from .slug import name_key, slugify

Status = Literal["draft", "published", "withdrawn"]
State = Literal["draft", "scheduled", "published", "withdrawn"]
STATES: tuple[State, ...] = ("draft", "scheduled", "published", "withdrawn")

# A slug that is used more often than this on one day gets its suffix from the article's id instead of a count.
NUMBERED_SUFFIXES = 9

NEVER_PUBLISHED = Rule(
    "draft", "is refused for a draft: only an article that was published or scheduled can come back by itself"
)
OTHER_KIND = Rule("conflict", "must stay as it is: no article becomes a page, and no page an article; use another id")


@dataclass(frozen=True, slots=True)
class Body:
    """Where an article's text is: the SHA-256 of its source, and the source's format."""

    format: str
    hash: str


@dataclass(frozen=True, slots=True)
class Article:
    """One article as the table holds it. Instants are in UTC, to the second.

    `dated` is False for a draft without a date; its `published_at` only orders it in editorial listings. `stem` is the
    slug before any suffix that made its path unique. `path` is None until the article is published for the first time.
    `corrections` are in the order of their times. `revision` counts an editor's changes from 1. `changed_at` is the
    time of the last change, releases included. `updated_at` is what readers are told: the time of the last change that
    they see, never before `published_at` or the newest correction; the publication time itself until there is such a
    change. `updated_by` is the name of the caller who made the last revision; None where that is not known. `language`
    (BCP 47) is None where it is the edition's. `section` is empty for a static page, which is in no channel.
    `first_live_at` is when it was live for the first time, whatever dates it states: it never changes, so it decides
    in which issue of the newsletter the article is. None until then, and where an earlier version made it live.
    """

    id: str
    edition: str
    headline: str
    summary: str
    body: Body
    section: str
    tags: tuple[str, ...]
    authors: tuple[str, ...]
    kind: str
    image: Image | None
    enclosure: Enclosure | None
    published_at: datetime
    dated: bool
    status: Status
    slug: str | None
    corrections: tuple[Correction, ...]
    translation_of: str | None
    related: tuple[str, ...]
    stem: str
    path: str | None
    live: bool
    revision: int
    created_at: datetime
    changed_at: datetime
    updated_at: datetime
    updated_by: str | None = None
    language: str | None = None
    first_live_at: datetime | None = None

    @property
    def lang(self) -> str:
        """The language of its texts (BCP 47): its own, or else its edition's."""
        return self.language or self.edition

    @property
    def is_page(self) -> bool:
        """Whether it is a static page, such as the imprint: its path has no day, and no channel holds it."""
        return self.kind == PAGE

    @property
    def listed(self) -> bool:
        """Whether channels and lists of articles hold it: it is live, and no static page."""
        return self.live and not self.is_page

    @property
    def scheduled(self) -> bool:
        """Whether it goes live at a later time."""
        return self.status == "published" and not self.live

    @property
    def state(self) -> State:
        """Its status as editors see it: `scheduled` until it goes live."""
        return "scheduled" if self.scheduled else self.status

    @property
    def shown_at(self) -> datetime:
        """When its pages and feeds last changed, whatever dates the article states: never before it was published."""
        return max(self.published_at, self.changed_at)

    @property
    def updated(self) -> bool:
        """Whether it was updated after its publication."""
        return self.updated_at > self.published_at

    @property
    def day(self) -> date:
        """The day in its path. Raises ValueError where it has none, as a static page never does."""
        if self.path is None or self.is_page:
            raise ValueError(f"the path of article {self.id} has no day")
        *_, year, month, day, _, _ = self.path.split("/")
        return date(int(year), int(month), int(day))

    @property
    def place(self) -> Place:
        """Its place in the history of every channel that holds it."""
        return Place(self.published_at, self.id)

    @property
    def group(self) -> str:
        """The id of the original, which all its translations share."""
        return self.translation_of or self.id

    @property
    def names(self) -> Mapping[Channel, str]:
        """Its tags and authors as channels, each with the article's spelling."""
        tags = {Channel(self.edition, f"tag/{name_key(tag)}"): tag for tag in self.tags}
        authors = {Channel(self.edition, f"author/{name_key(author)}"): author for author in self.authors}
        return tags | authors

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels that hold it while it is live, the widest first. None holds a static page."""
        if self.is_page:
            return ()
        own = ["all", f"section/{self.section}", *(["caricatures"] if self.kind == "caricature" else [])]
        return (EVERYTHING, *(Channel(self.edition, listing) for listing in own), *self.names)


def editorial_listings(state: State, section: str) -> tuple[str, ...]:
    """The editorial listings of an article: all in its state; last those of its section, if it has one."""
    return (state, f"{state}/{section}") if section else (state,)


def revise(previous: Article | None, id: str, manuscript: Manuscript, now: datetime, site: Site) -> Article:
    """The article after the manuscript was put; `previous` itself where nothing changes.

    Without a date in the manuscript, the article keeps its date; a new article or a draft that is published gets `now`.
    The slug is made from the headline once, on first publication, and stays until an editor sends another: paths
    should outlive headlines. Corrections that are not in the manuscript stay.

    Raises `Invalid` for a time in the future, for too many corrections, for an article that would become a static page
    or the other way round, and for a page whose headline makes a slug that is reserved.
    """
    if previous and previous.is_page != (manuscript.kind == PAGE):
        raise Invalid((FieldError("kind", OTHER_KIND),))
    now = now.replace(microsecond=0)
    published_at = manuscript.published_at or _kept_date(previous, manuscript) or now
    sent = [each.at for each in manuscript.corrections or ()]
    if late := tuple(in_future(sent, manuscript.updated_at, published_at, now)):
        raise Invalid(late)
    stem = _stem(previous, id, manuscript)
    if manuscript.kind == PAGE and is_reserved(stem):
        raise Invalid((FieldError("slug", reserved_rule(stem)),))
    live = manuscript.status == "published" and published_at <= now
    article = Article(
        id=id,
        edition=manuscript.edition,
        headline=manuscript.headline,
        summary=manuscript.summary,
        body=Body(manuscript.format, manuscript.hash),
        section=manuscript.section,
        tags=manuscript.tags,
        authors=manuscript.authors,
        kind=manuscript.kind,
        image=manuscript.image,
        enclosure=manuscript.enclosure,
        published_at=published_at,
        dated=manuscript.published_at is not None or manuscript.status == "published",
        status=manuscript.status,
        slug=manuscript.slug,
        corrections=_corrections(previous, manuscript, now),
        translation_of=manuscript.translation_of,
        related=manuscript.related,
        stem=stem,
        path=previous.path if previous else None,
        live=live,
        revision=previous.revision + 1 if previous else 1,
        created_at=previous.created_at if previous else now,
        changed_at=now,
        updated_at=published_at,
        updated_by=previous.updated_by if previous else None,
        language=manuscript.language,
        first_live_at=_first_live_at(previous) or (now if live else None),
    )
    if article.status == "published":
        article = replace(article, path=_path(previous, article, site))
    article = replace(article, updated_at=_updated_at(previous, article, manuscript, now))
    if previous and _same(previous, article):
        return previous
    return article


def withdraw(article: Article, now: datetime) -> Article:
    """The withdrawn article: in no listing; its paths are kept, to answer 410. Itself where it is withdrawn already."""
    if article.status == "withdrawn":
        return article
    now = now.replace(microsecond=0)
    return replace(article, status="withdrawn", live=False, revision=article.revision + 1, changed_at=now)


def postpone(article: Article, until: datetime, now: datetime, site: Site) -> Article:
    """The article as scheduled for `until`: off the site until then. Itself where it is scheduled for then already.

    It keeps its path, unless its new day requires another. Raises `Invalid` for a time that has come, and for an
    article that was never published or scheduled.
    """
    now = now.replace(microsecond=0)
    if until <= now:
        raise Invalid((ParameterError("until", NOT_IN_PAST),))
    if article.status == "draft" or article.path is None:
        raise Invalid((ParameterError("until", NEVER_PUBLISHED),))
    if article.scheduled and article.published_at == until:
        return article
    postponed = replace(
        article,
        status="published",
        live=False,
        published_at=until,
        dated=True,
        revision=article.revision + 1,
        changed_at=now,
        updated_at=until,
    )
    return replace(postponed, path=_path(article, postponed, site))


def release(article: Article, now: datetime) -> Article:
    """The live article if its time has come, else itself. The revision stays: no editor changed anything."""
    if not article.scheduled or article.published_at > now:
        return article
    now = now.replace(microsecond=0)
    return replace(article, live=True, changed_at=now, first_live_at=_first_live_at(article) or now)


def paths(article: Article, site: Site) -> Iterator[str]:
    """The paths to try, best first. The last one holds a hash of the article's id, so it is free.

    A static page has one alone: menus link to it, so it is what its editor wants or nothing.
    """
    folder = site.root(article.edition) + _folder(article, site)
    yield f"{folder}{article.stem}/"
    if article.is_page:
        return
    for count in range(2, NUMBERED_SUFFIXES + 1):
        yield f"{folder}{article.stem}-{count}/"
    yield f"{folder}{article.stem}-{hashlib.sha256(article.id.encode()).hexdigest()[:12]}/"


def _folder(article: Article, site: Site) -> str:
    """The folder of its path, after the root of the edition."""
    return "/" if article.is_page else f"/{site.day(article.published_at):%Y/%m/%d}/"


def _stem(previous: Article | None, id: str, manuscript: Manuscript) -> str:
    """The slug before any suffix. A draft keeps the path that it had; another slug counts once it is published."""
    placed = previous is not None and previous.path is not None
    slug = None if placed and manuscript.status == "draft" else manuscript.slug
    return slug or (previous.stem if previous and placed else slugify(manuscript.headline) or slugify(id))


def _path(previous: Article | None, article: Article, site: Site) -> str:
    """The path of an article that is published or scheduled: the one that it has, or else the best one."""
    return _kept_path(previous, article, site) or next(paths(article, site))


def _kept_path(previous: Article | None, article: Article, site: Site) -> str | None:
    """The path that it has, unless its edition, day or slug requires another; `language_in_paths` never does."""
    if previous is None or previous.path is None:
        return None
    if (previous.edition, previous.stem) != (article.edition, article.stem):
        return None
    # It may have the edition's code from another setting.
    after_root = "/" + previous.path.removeprefix(f"/{article.edition}/").removeprefix("/")
    return previous.path if after_root.startswith(_folder(article, site)) else None


def _first_live_at(previous: Article | None) -> datetime | None:
    """When the article was live for the first time; by its date, where an earlier version made it live."""
    if previous is None:
        return None
    return previous.first_live_at or (previous.published_at if was_shown(previous) else None)


def _kept_date(previous: Article | None, manuscript: Manuscript) -> datetime | None:
    if previous is None:
        return None
    # The date of a withdrawn article that never had one is that of its creation.
    undated = previous.status == "draft" or not previous.dated
    if undated and manuscript.status == "published":
        return None
    return previous.published_at


def _corrections(previous: Article | None, manuscript: Manuscript, now: datetime) -> tuple[Correction, ...]:
    stored = previous.corrections if previous else ()
    # An article that comes in with the time of its update was corrected then.
    at = now if previous else min(manuscript.updated_at or now, now)
    if manuscript.corrections is not None:
        return replaced(stored, manuscript.corrections, at)
    return appended(stored, manuscript.correction, at) if manuscript.correction else stored


def _updated_at(previous: Article | None, article: Article, manuscript: Manuscript, now: datetime) -> datetime:
    """The time that was sent; else `now` where readers see another article than before."""
    updated_at = manuscript.updated_at or article.published_at
    if previous and not manuscript.updated_at:
        if _looks_the_same(previous, article):
            updated_at = previous.updated_at
        elif was_shown(previous):
            updated_at = now
    return max(article.published_at, updated_at, *(each.at for each in article.corrections))


def was_shown(article: Article) -> bool:
    """Whether readers ever saw it: it is live, or was withdrawn or made a draft after its publication time."""
    return article.live or (
        article.path is not None and not article.scheduled and article.published_at <= article.changed_at
    )


def _looks_the_same(previous: Article, article: Article) -> bool:
    """Whether the two say the same to readers while both are live. Links to other articles say nothing new."""
    unseen = ("related", "status", "slug", "stem", "dated", "live", "revision", "changed_at", "updated_at")
    return previous == replace(article, **{name: getattr(previous, name) for name in (*unseen, "first_live_at")})


def _same(previous: Article, article: Article) -> bool:
    """Whether the manuscript changes nothing. Going live is not a change of the manuscript: `release` does it."""
    unseen = ("live", "revision", "changed_at", "first_live_at")
    return previous == replace(article, **{name: getattr(previous, name) for name in unseen})
