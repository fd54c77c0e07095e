"""What editors do: put, read, list and withdraw articles. Each may be repeated, and run beside another."""

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
from ..store.articles import Articles, LostRace, PathTaken
from ..store.bodies import Bodies
from ..store.conflict import attempts

# Attempts at a change while other clients change the same article or the counts of its tags, authors and year. Of the
# changes of eight clients that import at once, fewer than one in a hundred needs more.
TRIES = 12
POSITION = re.compile(r"[0-9T:Z-]{20}#[^#]{1,128}")
STATUSES = ("draft", "published")


@dataclass(frozen=True, slots=True)
class Precondition:
    """What the caller says must hold: the revision that it saw, or that there is none yet."""

    revisions: frozenset[str] | None = None
    absent: bool = False

    def check(self, current: Article | None) -> None:
        """Raise `Stale` when it does not hold of the article as it is now."""
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
class Listed:
    """A part of a listing, and the position to go on from; None at its end."""

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
    """Put the manuscript in as the article, and say whether it is new. The same content again writes nothing.

    The body is stored before the transaction that names it, so no article is ever without its text. Without a
    precondition the last editor wins. Raises `Stale`, `Invalid` for a translation of itself, or `Busy` when others win
    every race.
    """
    if manuscript.translation_of == id:
        raise Invalid((FieldError("translation_of", "must name another article than itself"),))
    mine: Article | None = None
    for _ in attempts(TRIES):
        previous = articles.get(id)
        if mine and previous and replace(previous, path=mine.path) == mine:
            return previous, mine.revision == 1  # the race was won after all: only the answer was lost
        article = revise(previous, id, manuscript, now, site)
        if article is previous and _already_done(previous, precondition):
            return previous, False
        precondition.check(previous)
        if article is previous:
            return previous, False
        if previous is None or previous.body != article.body:
            bodies.put(manuscript.hash, manuscript.text)
        mine = article
        try:
            article = _commit(articles, site, previous, article)
        except LostRace:
            continue
        return article, previous is None or previous.status == "withdrawn"
    raise Busy(f"others keep changing article {id}; send it again")


def remove(articles: Articles, now: datetime, id: str, precondition: Precondition) -> None:
    """Withdraw the article; again is fine, and so is one that never was. Raises `Stale` or `Busy`."""
    for _ in attempts(TRIES):
        previous = articles.get(id)
        if previous is None or previous.status == "withdrawn":
            return
        precondition.check(previous)
        try:
            articles.commit(previous, withdraw(previous, now))
        except LostRace:
            continue
        return
    raise Busy(f"others keep changing article {id}; send it again")


def read(articles: Articles, id: str) -> Article:
    """The article as it is now. Raises `NotFound`, or `Gone` for a withdrawn one."""
    article = articles.get(id)
    if article is None:
        raise NotFound(f"there is no article {id}")
    if article.status == "withdrawn":
        raise Gone(f"article {id} has been withdrawn")
    return article


def browse(
    articles: Articles,
    site: Site,
    edition: str,
    status: str | None,
    section: str | None,
    before: str | None,
    limit: int,
) -> Listed:
    """The edition's articles, newest first, drafts and scheduled ones too. `before` is the `next` of a part before.

    Raises `Invalid` for an edition, section, status or position that there is not.
    """
    known: dict[str, tuple[str | None, tuple[str, ...]]] = {
        "edition": (edition, tuple(site.editions)),
        "status": (status, STATUSES),
    }
    if edition in site.editions:
        known["section"] = (section, tuple(site.editions[edition].sections))
    errors = tuple(
        FieldError(name, f"must be one of {', '.join(choices)}")
        for name, (value, choices) in known.items()
        if value is not None and value not in choices
    )
    if errors:
        raise Invalid(errors)
    position = _decode(before) if before else None
    parts = [
        articles.desk(edition, listing, limit + 1, position)
        for listing in _listings((status,) if status else STATUSES, section)
    ]
    found = list(heapq.merge(*parts, key=lambda entry: entry[0], reverse=True))
    shown = found[:limit]
    return Listed(tuple(article for _, article in shown), _encode(shown[-1][0]) if len(found) > limit else None)


def _listings(statuses: tuple[str, ...], section: str | None) -> Iterator[str]:
    for status in statuses:
        whole, of_section = editorial_listings(status, section or "")
        yield of_section if section else whole


def _commit(articles: Articles, site: Site, previous: Article | None, article: Article) -> Article:
    """Commit it at the first address that is free; the article with that address."""
    if article.path is None or (previous and previous.path == article.path):
        articles.commit(previous, article)
        return article
    for address in paths(article, site):
        placed = replace(article, path=address)
        try:
            articles.commit(previous, placed)
        except PathTaken:
            continue
        return placed
    raise Busy(f"no address is free for article {article.id}; give it another slug")


def _already_done(current: Article, precondition: Precondition) -> bool:
    """Whether the request was done before and its answer lost: its own change is the last one (RFC 9110 §13.1.1)."""
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
