"""An article, and the rules by which it changes.

An article is *live* when readers can see it. It becomes so by being put with a time that has come, or by being
released when its time comes; until then it is scheduled. Listings hold live articles and nothing else, so whatever
is rendered from them needs no clock.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from .channel import EVERYTHING, Channel
from .config import Site
from .history import Place
from .manuscript import Image, Manuscript
from .slug import name_key, slugify

Status = Literal["draft", "published", "withdrawn"]

# A headline used more often than this on one day gets its suffix from the article's id instead of a count.
NUMBERED_SUFFIXES = 9


@dataclass(frozen=True, slots=True)
class Body:
    """Where an article's text is: the SHA-256 of its source, and the format that it is written in."""

    format: str
    hash: str


@dataclass(frozen=True, slots=True)
class Article:
    """One article as the table holds it. Instants are in UTC, to the second.

    `dated` says that `published_at` means something to an editor; a draft without a date of its own has one only to be
    listed by. `stem` is the slug before any suffix that made its address unique; `path` is that address, None until the
    article is published for the first time. `revision` counts from 1 and moves only when an editor changes something.
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
    published_at: datetime
    dated: bool
    status: Status
    slug: str | None
    correction: str
    translation_of: str | None
    stem: str
    path: str | None
    live: bool
    revision: int
    created_at: datetime
    updated_at: datetime

    @property
    def scheduled(self) -> bool:
        """Whether it waits for its time."""
        return self.status == "published" and not self.live

    @property
    def shown_at(self) -> datetime:
        """When what readers see of it last changed: never before it was published."""
        return max(self.published_at, self.updated_at)

    @property
    def day(self) -> date:
        """The day in its address; only an article that has one has a day."""
        if self.path is None:
            raise ValueError(f"article {self.id} has no address")
        _, _, year, month, day, _, _ = self.path.split("/")
        return date(int(year), int(month), int(day))

    @property
    def place(self) -> Place:
        """Where it stands in every channel that holds it."""
        return Place(self.published_at, self.id)

    @property
    def group(self) -> str:
        """The id that it shares with its translations: the original's own."""
        return self.translation_of or self.id

    @property
    def names(self) -> Mapping[Channel, str]:
        """Its tags and authors as channels, and what it calls them."""
        tags = {Channel(self.edition, f"tag/{name_key(tag)}"): tag for tag in self.tags}
        authors = {Channel(self.edition, f"author/{name_key(author)}"): author for author in self.authors}
        return tags | authors

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels that hold it while it is live, the widest first."""
        own = ["all", f"section/{self.section}", *(["caricatures"] if self.kind == "caricature" else [])]
        return (EVERYTHING, *(Channel(self.edition, listing) for listing in own), *self.names)


def editorial_listings(status: str, section: str) -> tuple[str, str]:
    """The editors' listings, which hold drafts and scheduled articles too: all of one status, and one section's."""
    return status, f"{status}/{section}"


def revise(previous: Article | None, id: str, manuscript: Manuscript, now: datetime, site: Site) -> Article:
    """What the table should say once `manuscript` is in; `previous` itself when that changes nothing.

    A manuscript without a date keeps the one that the article has, or takes `now` when it is new or was a draft.
    Its slug is made from the headline once, on first publication, and stays unless an editor asks for another:
    addresses should outlive headlines.
    """
    now = now.replace(microsecond=0)
    published_at = manuscript.published_at or _date_kept(previous, manuscript) or now
    placed = previous is not None and previous.path is not None
    # A draft keeps the address that it had, and so its stem; another slug counts once it is published there.
    slug = None if placed and manuscript.status == "draft" else manuscript.slug
    stem = slug or (previous.stem if previous and placed else slugify(manuscript.headline) or slugify(id))
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
        published_at=published_at,
        dated=manuscript.published_at is not None or manuscript.status == "published",
        status=manuscript.status,
        slug=manuscript.slug,
        correction=manuscript.correction,
        translation_of=manuscript.translation_of,
        stem=stem,
        path=previous.path if previous else None,
        live=manuscript.status == "published" and published_at <= now,
        revision=previous.revision + 1 if previous else 1,
        created_at=previous.created_at if previous else now,
        updated_at=now,
    )
    if article.status == "published":
        article = replace(article, path=_kept_path(previous, article, site) or next(paths(article, site)))
    if previous and _same(previous, article):
        return previous
    return article


def withdraw(article: Article, now: datetime) -> Article:
    """The article taken away: in no listing, its addresses kept so that they can say so. Itself if it already is."""
    if article.status == "withdrawn":
        return article
    now = now.replace(microsecond=0)
    return replace(article, status="withdrawn", live=False, revision=article.revision + 1, updated_at=now)


def release(article: Article, now: datetime) -> Article:
    """The article made live if its time has come, else itself. The revision stays: no editor changed anything."""
    return replace(article, live=True) if article.scheduled and article.published_at <= now else article


def paths(article: Article, site: Site) -> Iterator[str]:
    """The addresses to try for it, best first; the last is its own beyond doubt."""
    folder = _folder(article, site)
    yield f"{folder}{article.stem}/"
    for count in range(2, NUMBERED_SUFFIXES + 1):
        yield f"{folder}{article.stem}-{count}/"
    yield f"{folder}{article.stem}-{hashlib.sha256(article.id.encode()).hexdigest()[:12]}/"


def _folder(article: Article, site: Site) -> str:
    return f"/{article.edition}/{site.day(article.published_at):%Y/%m/%d}/"


def _kept_path(previous: Article | None, article: Article, site: Site) -> str | None:
    """The address it already has, when neither its day nor its slug asks for another."""
    if previous is None or previous.path is None or previous.stem != article.stem:
        return None
    return previous.path if previous.path.startswith(_folder(article, site)) else None


def _date_kept(previous: Article | None, manuscript: Manuscript) -> datetime | None:
    if previous is None or (previous.status == "draft" and manuscript.status == "published"):
        return None
    return previous.published_at


def _same(previous: Article, article: Article) -> bool:
    """Whether an editor would see no difference. That its time has come is no edit; release sees to that."""
    return previous == replace(article, live=previous.live, revision=previous.revision, updated_at=previous.updated_at)
