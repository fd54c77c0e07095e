"""Reads that several queries share."""

from collections.abc import Hashable, Iterable, Mapping
from functools import cache

from ..model.article import Article
from ..model.channel import Channel
from ..model.queries import (
    AnyQuery,
    ArticleById,
    ArticlesOfMonth,
    ArticlesOfMonthWithOriginals,
    EditionsNaming,
    LiveAds,
    Translations,
)
from .channel_rows import ChannelRows, Window
from .table import Row, Table


class SharedReads:
    """What queries read that are answered one after the other, in one thread: the same rows once.

    `windows` holds the newest rows of some channels.
    """

    def __init__(self, table: Table, windows: Mapping[Channel, Window]) -> None:
        self._table = table
        self._windows = windows
        self._partitions: dict[str, Mapping[str, Row]] = {}
        self.live = cache(self._live)

    def channel(self, channel: Channel) -> ChannelRows:
        """The rows of a channel."""
        return ChannelRows(self._table, channel, self._windows.get(channel))

    def _live(self, channel: Channel, first: str, last: str) -> tuple[Article, ...]:
        """The articles of a channel from one sort key to another, newest first."""
        return tuple(self.channel(channel).live(first, last))

    def partition(self, pk: str) -> Mapping[str, Row]:
        """The rows of a partition by their sort keys, in that order."""
        if pk not in self._partitions:
            self._partitions[pk] = {row["sk"]: row for row in self._table.query(pk, newest=False)}
        return self._partitions[pk]

    def row(self, pk: str, sk: str) -> Row | None:
        """One row, None where there is none."""
        return self._partitions[pk].get(sk) if pk in self._partitions else self._table.row(pk, sk)


def grouped(queries: Iterable[AnyQuery]) -> list[list[AnyQuery]]:
    """The queries in groups that share reads. In each group those that read most come first."""
    groups: dict[Hashable, list[AnyQuery]] = {}
    for query in queries:
        groups.setdefault(_shared(query), []).append(query)
    return [sorted(group, key=lambda query: not isinstance(query, Translations)) for group in groups.values()]


def _shared(query: AnyQuery) -> Hashable:
    """What a query shares with all others of which this is the same."""
    match query:
        case Translations(id) | ArticleById(id) | EditionsNaming(id):
            return id
        case ArticlesOfMonth(channel, month):
            return channel, month
        case ArticlesOfMonthWithOriginals(edition, month):
            return Channel(edition, "all"), month
        case LiveAds():
            return LiveAds
    return query
