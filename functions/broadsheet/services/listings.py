"""How editors find articles: page by page by criteria, or by a path."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from ..model.article import Article, editorial_listings
from ..model.channel import Channel
from ..model.config import Site
from ..model.criteria import Criteria
from ..model.editions import Editions
from ..model.errors import Invalid, ParameterError, Rule
from ..schemas import cursor as cursors
from ..store.articles import Articles, ListingPage, Span
from ..store.rows import instant

POSITION = re.compile(r"[0-9T:Z-]{20}#[^#]{1,128}")
# Rows that a call reads at once where criteria leave some out, and about the most that it reads of one listing.
CHUNK, MOST_READ = 100, 500

Listing = Callable[[Span, int], ListingPage]
"""Reads so many rows of a span of a listing."""


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """A page of the articles that meet some criteria, and the cursor of the next page; None after the last."""

    articles: tuple[Article, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """The articles in the part of a listing that was read. `end` is the last position read, None after the whole."""

    articles: tuple[tuple[str, Article], ...]
    end: str | None


def browse(articles: Articles, site: Site, criteria: Criteria, cursor: str | None, limit: int) -> ArticlePage:
    """A page of at most `limit` articles, the newest first; scheduled ones alone, the soonest first.

    `cursor` is the `next` of the page before. No article is skipped or repeated because others change meanwhile. A call
    reads a bounded number of rows, so where criteria leave out most of them, a page that is not the last may have few
    articles, or none. Raises `Invalid` for any other cursor.
    """
    newest = not criteria.soonest_first
    span = _span(criteria, site, newest, _decode(cursor) if cursor else None)
    parts = [_read(listing, criteria, span, limit) for listing in _listings(articles, criteria)]
    ends = [part.end for part in parts if part.end]
    end = (max if newest else min)(ends) if ends else None
    # An article that changed its state between two reads is in two listings. The states are read in the order in which
    # articles usually pass through them, so no article is missed, and the later read is the newer one.
    by_id = {article.id: (position, article) for part in parts for position, article in part.articles}
    found = sorted(by_id.values(), key=lambda entry: entry[0], reverse=newest)
    # Beyond the end of one part, articles of its listing would be missing between those of the others.
    safe = [entry for entry in found if end is None or (entry[0] >= end if newest else entry[0] <= end)]
    page = safe[:limit]
    following = page[-1][0] if len(safe) > limit else end
    return ArticlePage(tuple(article for _, article in page), cursors.encode(following) if following else None)


def at_path(articles: Articles, site: Site, editions: Editions, path: str) -> ArticlePage:
    """The article, in any state, that has or once had the path, or that a moved path of the former system leads to.

    None where it is in another edition than these.
    """
    path = path if path.endswith("/") else f"{path}/"
    found = articles.by_path(site.moved.get(path) or site.moved.get(path[:-1]) or path)
    return ArticlePage((found,) if found and found.edition in editions else (), None)


def check_cursor(cursor: str | None) -> None:
    """Raise `Invalid` for what is no cursor of `browse`."""
    if cursor:
        _decode(cursor)


def _listings(articles: Articles, criteria: Criteria) -> Iterator[Listing]:
    """A listing for each state. Published articles with a tag or an author are read from its channel, which is short
    where the tag is rare.
    """
    kind, key = ("tag", criteria.tag) if criteria.tag else ("author", criteria.author)
    for state in criteria.states:
        if state == "published" and key:
            yield partial(articles.in_channel, Channel(criteria.edition, f"{kind}/{key}"))
        else:
            *_, narrowest = editorial_listings(state, criteria.section or "")
            yield partial(articles.editorial, criteria.edition, narrowest)


def _read(listing: Listing, criteria: Criteria, span: Span, wanted: int) -> Found:
    """Read a listing until so many articles meet the criteria, or enough rows are read."""
    found: list[tuple[str, Article]] = []
    read, size = 0, wanted
    while True:
        page = listing(span, size)
        found += [(position, article) for position, article in page.rows if article and criteria.met_by(article)]
        read += len(page.rows)
        if not page.more:
            return Found(tuple(found), None)
        span = replace(span, after=page.rows[-1][0])
        if len(found) >= wanted or read >= MOST_READ:
            return Found(tuple(found), span.after)
        size = max(wanted, CHUNK)


def _span(criteria: Criteria, site: Site, newest: bool, after: str | None) -> Span:
    """The positions of the days, if any. They begin with instants, so a bare instant is before all positions at it."""
    span = Span(newest=newest, after=after)
    if criteria.first_day:
        span = replace(span, first=instant(site.bounds(criteria.first_day)[0]))
    if criteria.last_day:
        span = replace(span, last=instant(site.bounds(criteria.last_day)[1]))
    return span


def _decode(text: str) -> str:
    position = cursors.decode(text)
    if not POSITION.fullmatch(position):
        raise Invalid((ParameterError("before", Rule("bad_cursor", "must be the `next` of an earlier answer")),))
    return position
