"""A channel's history as RFC 5005 §4 wants it, from its first article on, in documents that stay as they are.

Every article that a channel ever held has a place in it, and the place stays when the article leaves. The places of a
month are counted from its oldest, and each 30 of them are a part. A part is closed by the first article after it, in
its month or a later one; then it is an archive document. The feed holds the open part, and as many before it as make
30 entries; so it has 30 to 59, and `prev-archive` leads on from the part before those.

So a correction or a withdrawal changes the one document that holds it. A back-dated article changes those from its
own to the end of its month. The last part of a month has no number, so that what leads to it from the next month
never changes.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby, pairwise

PART = 30


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where an article stands in every channel that holds it: by its date, ties by its id."""

    published_at: datetime
    article: str


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A place, and when its article left it, if it did."""

    place: Place
    left: datetime | None = None


@dataclass(frozen=True, slots=True)
class ArchiveDocument:
    """An archive document: its name (`2025-04-1`, and `2025-04` for a month's last), its places, its neighbours' names.

    `left` says when an article last left one of its places.
    """

    name: str
    first: Place
    last: Place
    left: datetime | None
    previous: str | None
    next: str | None


@dataclass(frozen=True, slots=True)
class Head:
    """What the feed holds of a channel: its newest `size` places, and how its history goes on.

    `open` is the oldest place of the open part. `left` says when an article last left one of the feed's places.
    """

    size: int
    open: Place
    left: datetime | None
    previous: str | None


@dataclass(frozen=True, slots=True)
class _Part:
    month: date
    number: int
    entries: tuple[HistoryEntry, ...]
    last_of_month: bool

    @property
    def name(self) -> str:
        return f"{self.month:%Y-%m}" if self.last_of_month else f"{self.month:%Y-%m}-{self.number}"

    @property
    def left(self) -> datetime | None:
        return max((entry.left for entry in self.entries if entry.left), default=None)


def head(window: Sequence[HistoryEntry], skipped: int | None, month: Callable[[Place], date]) -> Head | None:
    """The head of a channel, from its newest places, newest first; there is at least one.

    `skipped` is how many places of the oldest one's month are older than the window, and None where nothing is older.
    None is the answer when the window is too small to tell.
    """
    parts: list[_Part] = []
    for month_of, places in groupby(reversed(window), lambda entry: month(entry.place)):
        before = (skipped or 0) if not parts else 0
        parts += _parts(month_of, tuple(places), before)
    size = live = 0
    for at, part in enumerate(reversed(parts)):
        whole = at < len(parts) - 1 or not (skipped or 0) % PART
        if live >= PART:
            return _head(parts, at, size, part.name)
        if not whole:
            return None
        size += len(part.entries)
        live += sum(entry.left is None for entry in part.entries)
    return _head(parts, len(parts), size, None) if skipped is None else None


def _head(parts: Sequence[_Part], count: int, size: int, previous: str | None) -> Head:
    left = max((part.left for part in parts[len(parts) - count :] if part.left), default=None)
    return Head(size, parts[-1].entries[0].place, left, previous)


def archive_documents(
    place: Place,
    joined: bool,
    month: Callable[[Place], date],
    entries: Callable[[date], Sequence[HistoryEntry]],
    older: Callable[[date], date | None],
    newer: Callable[[date], date | None],
) -> tuple[ArchiveDocument, ...]:
    """The archive documents that a change at a place may change, oldest first.

    An article that `joined` there moves those after it in its month, may close the part before it, and may give the
    documents around them other neighbours. Any other change touches the one that holds the place. `entries` gives
    a month's places, oldest first; `older` and `newer` with the next month on that side that has any.
    """
    oldest = newest = month(place)
    chain = _parts(oldest, tuple(entries(oldest)))
    if not chain:
        return ()
    first = last = max(bisect_right([part.entries[0].place for part in chain], place) - 1, 0)
    if joined:
        first, last = first - 2, len(chain)
    while first < 0 and (further := older(oldest)):
        earlier = _parts(further, tuple(entries(further)))
        first, last, oldest = first + len(earlier), last + len(earlier), further
        chain[:0] = earlier
    first = max(first, 0)
    # The one after the last that may change is its neighbour, and whether that is closed is seen from what follows.
    while len(chain) < last + 2 and (further := newer(newest)):
        newest = further
        chain += _parts(further, tuple(entries(further)))
    beyond = older(oldest) if first == 0 else None
    names = [f"{beyond:%Y-%m}" if beyond else None, *(part.name for part in chain)]
    closed = chain if newer(newest) else chain[:-1]
    return tuple(
        ArchiveDocument(
            name=part.name,
            first=part.entries[0].place,
            last=part.entries[-1].place,
            left=part.left,
            previous=names[at],
            next=names[at + 2] if at + 1 < len(closed) else None,
        )
        for at, part in enumerate(closed)
        if first <= at <= last
    )


def archive_documents_among(
    known: Sequence[HistoryEntry], place: Place, joined: bool, month: Callable[[Place], date]
) -> tuple[ArchiveDocument, ...]:
    """`archive_documents`, where all places of the channel are known."""
    months: dict[date, list[HistoryEntry]] = {}
    for entry in sorted(known, key=lambda entry: entry.place):
        months.setdefault(month(entry.place), []).append(entry)
    return archive_documents(
        place,
        joined,
        month,
        lambda at: months.get(at, []),
        lambda at: max((each for each in months if each < at), default=None),
        lambda at: min((each for each in months if each > at), default=None),
    )


def _parts(month: date, entries: tuple[HistoryEntry, ...], skipped: int = 0) -> list[_Part]:
    """The parts of a month, from its places after the first `skipped`, oldest first."""
    starts = [0, *range(PART - skipped % PART, len(entries), PART)] if entries else []
    return [
        _Part(month, skipped // PART + at + 1, entries[start:end], end == len(entries))
        for at, (start, end) in enumerate(pairwise([*starts, len(entries)]))
    ]
