"""Which articles changed since a time, for mirrors and scripts that keep in step with the site.

The change log is in the order of the changes' times. A change has the time of its request and is committed later, so it
may be inserted before entries that a client has already read. Every walk through the log therefore ends at a position
that is `SETTLED` old, and the next walk reads what is younger again. So a client misses no change, and gets some twice.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..model.article import Article
from ..schemas import cursor as cursors
from ..schemas.criteria import parse_instant
from ..store.articles import Articles
from ..store.rows import instant

# By then every change is committed: longer than any function runs that changes articles, and a difference of clocks.
SETTLED = timedelta(minutes=2)
CURSOR = re.compile(r"(\d{4}-[^\n]{0,200})\n(\d{4}-[^\n]{0,200})", re.ASCII)  # DynamoDB takes keys of 1,024 bytes


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Articles as they are now, withdrawn ones included, in the order of their last changes on this page.

    `next` is the cursor to go on from; `more` says whether there is another page now.
    """

    articles: tuple[Article, ...]
    next: str
    more: bool


@dataclass(frozen=True, slots=True)
class _Cursor:
    """Where a walk has come to, and the position at which it ends, since younger changes may not be complete."""

    position: str
    final: str


def changed(articles: Articles, after: str, now: datetime, limit: int) -> ChangePage:
    """The articles of the first `limit` changes after an instant or a cursor. Raises `Invalid` for anything else."""
    cursor = _cursor(after, now)
    entries = articles.changed(cursor.position, limit + 1)
    more = len(entries) > limit
    positions = {id: position for position, id in entries[:limit]}
    found = articles.several(positions)
    ordered = sorted(found.values(), key=lambda article: positions[article.id])
    end = max(positions.values(), default=cursor.position)
    following = _Cursor(end, cursor.final) if more else _finished(min(end, cursor.final))
    return ChangePage(tuple(ordered), _encode(following), more)


def check_cursor(after: str) -> None:
    """Raise `Invalid` for what is neither an instant nor a cursor of `changed`."""
    if not CURSOR.fullmatch(cursors.decode(after)):
        parse_instant("changed_after", after)


def _cursor(text: str, now: datetime) -> _Cursor:
    if decoded := CURSOR.fullmatch(cursors.decode(text)):
        position, final = decoded.groups()
        return _Cursor(position, max(position, _horizon(now)) if position == final else final)
    position = instant(parse_instant("changed_after", text))
    return _Cursor(position, max(position, _horizon(now)))


def _finished(position: str) -> _Cursor:
    """The cursor after a whole walk: the next one ends later."""
    return _Cursor(position, position)


def _horizon(now: datetime) -> str:
    return instant(now - SETTLED)


def _encode(cursor: _Cursor) -> str:
    return cursors.encode(f"{cursor.position}\n{cursor.final}")
