"""The history of a channel as RFC 5005 §4 wants it: complete, in archive documents that rarely change.

Each article that a channel ever held has a place in its history, and the place stays when the article is removed. The
places of each month are numbered from the oldest, and every 30 of them are a part. The first article after a full part
closes it, in the same month or a later one; a closed part is an archive document. The feed holds the open part and as
many parts before it as make 30 entries. So it has 30 to 59 entries, and its `prev-archive` link names the part before
those.

A correction or a withdrawal changes the one document that holds the place. A back-dated article changes the documents
from its own place to the end of its month. The last part of a month has no number, so the next month's link to it
never changes.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby, pairwise

PART_SIZE = 30


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """The position of an article in every channel that holds it: by date, ties by id."""

    published_at: datetime
    article: str


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A place, and when its article was removed from the channel, if it was."""

    place: Place
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ArchiveDocument:
    """An archive document: its first and last places, and the names of the documents before and after it.

    Names are `2025-04-1`, or `2025-04` for the last of a month. `last_removed_at` says when an article was last removed
    from one of its places.
    """

    name: str
    first: Place
    last: Place
    last_removed_at: datetime | None
    previous: str | None
    next: str | None


@dataclass(frozen=True, slots=True)
class Head:
    """What the feed holds of a channel: its newest `size` places, and the name of the archive document before them.

    `open_from` is the oldest place of the open part. `last_removed_at` says when an article was last removed from one
    of the feed's places.
    """

    size: int
    open_from: Place
    last_removed_at: datetime | None
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
    def first(self) -> Place:
        return self.entries[0].place

    @property
    def live(self) -> int:
        return sum(entry.removed_at is None for entry in self.entries)

    @property
    def last_removed_at(self) -> datetime | None:
        return _latest(entry.removed_at for entry in self.entries)


def head(window: Sequence[HistoryEntry], skipped: int | None, month: Callable[[Place], date]) -> Head | None:
    """The head of a channel, from its newest entries, newest first; there is at least one.

    `skipped` is the number of older places in the same month as the window's oldest, None where nothing is older. The
    result is None when the window is too small to tell.
    """
    parts: list[_Part] = []
    for month_of, entries in groupby(reversed(window), lambda entry: month(entry.place)):
        parts += _parts(month_of, tuple(entries), 0 if parts else skipped or 0)
    incomplete = (skipped or 0) % PART_SIZE  # places of the oldest part that are not in the window
    size = live = 0
    for count, part in enumerate(reversed(parts)):
        if live >= PART_SIZE:
            return _head(parts, count, size, part.name)
        if incomplete and part is parts[0]:
            return None
        size += len(part.entries)
        live += part.live
    return _head(parts, len(parts), size, None) if skipped is None else None


def _head(parts: Sequence[_Part], count: int, size: int, previous: str | None) -> Head:
    newest = parts[len(parts) - count :]
    return Head(size, parts[-1].first, _latest(part.last_removed_at for part in newest), previous)


def archive_documents(
    place: Place,
    joined: bool,
    month: Callable[[Place], date],
    entries: Callable[[date], Sequence[HistoryEntry]],
    older: Callable[[date], date | None],
    newer: Callable[[date], date | None],
) -> tuple[ArchiveDocument, ...]:
    """The archive documents that a change at a place may change, oldest first.

    An article that `joined` there moves those after it in its month, may close the part before it, and may change the
    links of the documents around them. Any other change concerns only the document that holds the place. `entries`
    gives a month's entries, oldest first; `older` and `newer` give the next month on that side that has any.
    """
    oldest = newest = month(place)
    chain = _parts(oldest, tuple(entries(oldest)))
    if not chain:
        return ()
    first = last = max(bisect_right([part.first for part in chain], place) - 1, 0)
    if joined:
        first, last = first - 2, len(chain)
    while first < 0 and (further := older(oldest)):
        earlier = _parts(further, tuple(entries(further)))
        first, last, oldest = first + len(earlier), last + len(earlier), further
        chain[:0] = earlier
    first = max(first, 0)
    # The last document links to the part after it, and the part after that shows whether the link's target is closed.
    while len(chain) < last + 2 and (further := newer(newest)):
        newest = further
        chain += _parts(further, tuple(entries(further)))
    beyond = older(oldest) if first == 0 else None
    closed = chain if newer(newest) else chain[:-1]
    return _documents(closed, f"{beyond:%Y-%m}" if beyond else None)[first : last + 1]


def archive_documents_among(
    known: Sequence[HistoryEntry], place: Place, joined: bool, month: Callable[[Place], date]
) -> tuple[ArchiveDocument, ...]:
    """The same as `archive_documents`, where all entries of the channel are known."""
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


def _documents(closed: Sequence[_Part], before: str | None) -> tuple[ArchiveDocument, ...]:
    """The documents of closed parts that follow each other; `before` names the one before the first."""
    names = [before, *(part.name for part in closed), None]
    return tuple(
        ArchiveDocument(
            name=part.name,
            first=part.first,
            last=part.entries[-1].place,
            last_removed_at=part.last_removed_at,
            previous=names[at],
            next=names[at + 2],
        )
        for at, part in enumerate(closed)
    )


def _parts(month: date, entries: tuple[HistoryEntry, ...], skipped: int = 0) -> list[_Part]:
    """The parts of a month, from its entries after the first `skipped`, oldest first."""
    starts = [0, *range(PART_SIZE - skipped % PART_SIZE, len(entries), PART_SIZE)] if entries else []
    return [
        _Part(month, skipped // PART_SIZE + at + 1, entries[start:end], end == len(entries))
        for at, (start, end) in enumerate(pairwise([*starts, len(entries)]))
    ]


def _latest(times: Iterable[datetime | None]) -> datetime | None:
    return max((time for time in times if time), default=None)
