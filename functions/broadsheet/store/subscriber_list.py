"""The subscribers many at a time: some by their ids, or everybody page by page, in parallel segments if need be."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..model.newsletter.subscriber import Subscriber
from . import subscriber_rows
from .subscribers import META, PREFIX, Subscribers
from .table import Row

Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the subscribers, and the place after which the others are; None after the last."""

    subscribers: tuple[Subscriber, ...]
    next: Place | None


class Roll(Subscribers):
    """The same table, many rows at a time."""

    def those(self, ids: Iterable[str]) -> dict[str, Subscriber]:
        """Those of these subscribers that there are, by id. One call for each hundred."""
        keys = [(PREFIX + id, META) for id in dict.fromkeys(ids)]
        return {subscriber.id: subscriber for subscriber in map(_subscriber, self._table.rows(keys))}

    def commit_all(self, subscribers: Iterable[Subscriber]) -> None:
        """Put up to a hundred subscribers, each in the place of the revision before; all of them or none, in one call.

        Raises `LostRace` where the table has another revision of one, or others are changing one at this moment.
        """
        self._table.transact(*map(self._put_write, subscribers))

    def page(self, limit: int, after: Place | None = None, segment: int = 0, segments: int = 1) -> Page:
        """Subscribers of one segment of the table, in no order that means anything; at most `limit`, perhaps none.

        Whoever goes on from `next` to the end meets everybody exactly once who is there all that time. The segments
        together are the table.
        """
        page = self._table.scan(META, limit, after, segment, segments)
        return Page(tuple(map(_subscriber, page.rows)), page.next)


def _subscriber(row: Row) -> Subscriber:
    return subscriber_rows.subscriber(row["pk"].removeprefix(PREFIX), row)
