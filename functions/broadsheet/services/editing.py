"""What editors do: put, read, list and withdraw articles. Each call is idempotent and may run beside others."""

import base64
import heapq
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from ..model.article import Article, editorial_listings, paths, revise, withdraw
from ..model.config import Site
from ..model.errors import Busy, FieldError, Gone, Invalid, NotFound, Stale
from ..model.manuscript import Manuscript
from ..store.articles import Articles, PathTaken
from ..store.bodies import Bodies
from ..store.conflict import retrying

# Attempts at a change while other clients change the same article or the counts of its tags, authors and year. Of the
# changes of eight clients that import at once, fewer than one in a hundred needs more.
TRIES = 12
POSITION = re.compile(r"[0-9T:Z-]{20}#[^#]{1,128}")
STATUSES = ("draft", "published")


@dataclass(frozen=True, slots=True)
class Precondition:
    """What a client requires of the article's present state: one of some revisions, or that there is no article."""

    revisions: frozenset[str] | None = None
    absent: bool = False

    def check(self, current: Article | None) -> None:
        """Raise `Stale` where the article does not fulfil it."""
        present = current if current and current.status != "withdrawn" else None
        if self.absent and present:
            raise Stale("the article exists already", present.revision)
        if self.revisions is None:
            return
        if present is None:
            raise Stale("the article does not exist", None)
        if "*" not in self.revisions and str(present.revision) not in self.revisions:
            raise Stale(f"the article is at revision {present.revision}", present.revision)


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """A page of an editorial listing, and the cursor of the next page; None after the last."""

    articles: tuple[Article, ...]
    next: str | None


def put(
    articles: Articles,
    bodies: Bodies,
    site: Site,
    now: datetime,
    id: str,
    manuscript: Manuscript,
    precondition: Precondition,
) -> tuple[Article, bool]:
    """Store the manuscript as the article, and return whether it is new. The same content again writes nothing.

    The body is stored before the transaction that names it, so no article is ever without its text. Without a
    precondition the last editor wins. Raises `Stale`, `Invalid` for a translation of itself, and `Busy`.
    """
    if manuscript.translation_of == id:
        raise Invalid((FieldError("translation_of", "must name another article than itself"),))
    mine: Article | None = None

    @retrying(TRIES)
    def attempt() -> tuple[Article, bool]:
        nonlocal mine
        previous = articles.get(id)
        if mine and previous and replace(previous, path=mine.path) == mine:
            return previous, mine.revision == 1  # an earlier attempt won the race, and only its answer was lost
        article = revise(previous, id, manuscript, now, site)
        if article is previous and _already_done(previous, precondition):
            return previous, False
        precondition.check(previous)
        if article is previous:
            return previous, False
        if previous is None or previous.body != article.body:
            bodies.put(manuscript.hash, manuscript.text)
        mine = article
        return _commit(articles, site, previous, article), previous is None or previous.status == "withdrawn"

    return attempt()


@retrying(TRIES)
def remove(articles: Articles, now: datetime, id: str, precondition: Precondition) -> None:
    """Withdraw the article. One that is withdrawn or never existed stays so. Raises `Stale` and `Busy`."""
    previous = articles.get(id)
    if previous is None or previous.status == "withdrawn":
        return
    precondition.check(previous)
    articles.commit(previous, withdraw(previous, now))


def read(articles: Articles, id: str) -> Article:
    """The article as it is now. Raises `NotFound`, and `Gone` for a withdrawn one."""
    article = articles.get(id)
    if article is None:
        raise NotFound(f"there is no article {id}")
    if article.status == "withdrawn":
        raise Gone(f"article {id} has been withdrawn")
    return article


def browse(
    articles: Articles,
    edition: str,
    status: str | None,
    section: str | None,
    cursor: str | None,
    limit: int,
) -> ArticlePage:
    """A page of the edition's articles, newest first, drafts and scheduled ones too.

    `cursor` is the `next` of the page before. Raises `Invalid` for any other.
    """
    position = _decode(cursor) if cursor else None
    listings = [
        articles.editorial(edition, listing, limit + 1, position)
        for listing in _listings((status,) if status else STATUSES, section)
    ]
    merged = list(heapq.merge(*listings, key=lambda entry: entry[0], reverse=True))
    page = merged[:limit]
    return ArticlePage(tuple(article for _, article in page), _encode(page[-1][0]) if len(merged) > limit else None)


def _listings(statuses: tuple[str, ...], section: str | None) -> Iterator[str]:
    for status in statuses:
        whole, of_section = editorial_listings(status, section or "")
        yield of_section if section else whole


def _commit(articles: Articles, site: Site, previous: Article | None, article: Article) -> Article:
    """Commit the article at the first free path, and return it with that path. Raises `LostRace` and `Busy`."""
    if article.path is None or (previous and previous.path == article.path):
        articles.commit(previous, article)
        return article
    for path in paths(article, site):
        placed = replace(article, path=path)
        try:
            articles.commit(previous, placed)
        except PathTaken:
            continue
        return placed
    raise Busy(f"no path is free for article {article.id}; give it another slug")


def _already_done(current: Article, precondition: Precondition) -> bool:
    """Whether the request was done before and its answer lost: the last change is its own (RFC 9110 §13.1.1)."""
    return precondition.revisions is not None and str(current.revision - 1) in precondition.revisions


def _encode(position: str) -> str:
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def _decode(cursor: str) -> str:
    try:
        position = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except ValueError:
        position = ""
    if not POSITION.fullmatch(position):
        raise Invalid((FieldError("before", "must be the `next` of an earlier answer"),))
    return position
