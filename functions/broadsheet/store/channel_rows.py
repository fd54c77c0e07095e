"""The rows of a channel's history: from its newest rows where these are held and suffice, else from the table.

Both ways have the same results. Rows that are held are read-only, so threads may share them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from ..model.article import Article
from ..model.channel import Channel
from ..model.history import HistoryEntry, Place
from .article_rows import article_of, history_entry_of, partition
from .table import WITHIN, Row, Table

PLACE = "sk, gone"  # the attributes that a history entry is read from
# Rows that are read at once to find the first place that holds an article.
FEW = 10
END = ":"  # sorts after every position


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """A row of a channel: its sort key, its history entry, and the article if it is still in the channel."""

    sk: str
    entry: HistoryEntry
    article: Article | None


@dataclass(frozen=True, slots=True)
class Window:
    """A channel's newest rows, newest first. `whole`: there are no others."""

    rows: tuple[ChannelRow, ...]
    whole: bool

    def has(self, size: int) -> bool:
        """Whether these are the newest `size` rows, or all."""
        return self.whole or size <= len(self.rows)

    def within(self, first: str, last: str) -> list[ChannelRow]:
        """The rows from one sort key to another, newest first."""
        return [row for row in self.rows if first <= row.sk <= last]

    def covers(self, first: str) -> bool:
        """Whether no other row has this sort key or a later one."""
        return self.whole or (bool(self.rows) and self.rows[-1].sk <= first)


class ChannelRows:
    """The rows of one channel in a table. `window` holds the newest ones as of a moment that is late enough."""

    def __init__(self, table: Table, channel: Channel, window: Window | None = None) -> None:
        self._table = table
        self._pk = partition(channel)
        self._window = window

    def newest(self, size: int) -> tuple[ChannelRow, ...]:
        """The newest `size` rows, newest first."""
        if self._window and self._window.has(size):
            return self._window.rows[:size]
        return tuple(map(_channel_row, self._table.query(self._pk, limit=size)))

    def newest_entries(self, size: int) -> list[HistoryEntry]:
        """The entries of the newest `size` rows, newest first."""
        if self._window and self._window.has(size):
            return [row.entry for row in self._window.rows[:size]]
        return [history_entry_of(row) for row in self._table.query(self._pk, limit=size, only=PLACE)]

    def live(self, first: str, last: str) -> Iterator[Article]:
        """The articles from one sort key to another, newest first."""
        if (held := self._held(first, last)) is not None:
            return (row.article for row in held if row.article)
        newer = self._window.within(first, last) if self._window else []
        oldest = newer[-1].sk if newer else ""
        rows = self._table.query(self._pk, WITHIN, _bounds(first, oldest or last), without="gone")
        older = (article_of(row) for row in rows if row["sk"] != oldest)
        return chain((row.article for row in newer if row.article), older)

    def entries(self, first: str, last: str) -> list[HistoryEntry]:
        """The entries from one sort key to another, oldest first."""
        if (held := self._held(first, last)) is not None:
            return [row.entry for row in reversed(held)]
        rows = self._table.query(self._pk, WITHIN, _bounds(first, last), newest=False, only=PLACE)
        return [history_entry_of(row) for row in rows]

    def count(self, first: str, last: str) -> int:
        """The number of rows from one sort key to another."""
        if (held := self._held(first, last)) is not None:
            return len(held)
        return self._table.count(self._pk, WITHIN, _bounds(first, last))

    def older(self, at: str, *, live: bool) -> Place | None:
        """The place of the last row before a sort key; with `live` of the last one that holds an article."""
        if self._window:
            held = _first((row for row in self._window.rows if row.sk < at), live)
            if held or self._window.whole:
                return held
        return self._nearest("sk < :at", at, newest=True, live=live)

    def newer(self, at: str, *, live: bool) -> Place | None:
        """The place of the first row after a sort key; with `live` of the first one that holds an article."""
        if self._window and self._window.covers(at):
            return _first((row for row in reversed(self._window.rows) if row.sk > at), live)
        return self._nearest("sk > :at", at, newest=False, live=live)

    def _nearest(self, condition: str, at: str, *, newest: bool, live: bool) -> Place | None:
        limit, without = (FEW, "gone") if live else (1, "")
        rows = self._table.query(
            self._pk, condition, {":at": at}, limit=limit, newest=newest, only=PLACE, without=without
        )
        return next((history_entry_of(row).place for row in rows), None)

    def _held(self, first: str, last: str) -> Sequence[ChannelRow] | None:
        """The rows that are held from one sort key to another, newest first; None where others may be among them."""
        if self._window is None or not self._window.covers(first):
            return None
        return self._window.within(first, last)


def read_window(table: Table, channel: Channel, size: int) -> Window:
    """The newest `size` rows of a channel, as of now."""
    rows = ChannelRows(table, channel).newest(size)
    return Window(rows, whole=len(rows) < size)


def _channel_row(row: Row) -> ChannelRow:
    return ChannelRow(row["sk"], history_entry_of(row), None if "gone" in row else article_of(row))


def _bounds(first: str, last: str) -> dict[str, str]:
    return {":first": first, ":last": last}


def _first(rows: Iterator[ChannelRow], live: bool) -> Place | None:
    return next((row.entry.place for row in rows if row.article or not live), None)
