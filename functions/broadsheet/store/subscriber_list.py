"""The subscribers many at a time: some by their ids, or everybody page by page, in parallel segments if need be."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..model.newsletter.subscriber import Subscriber
from . import subscriber_rows
from .rows import from_item, to_item
from .subscribers import META, PREFIX, Subscribers
from .table import Table

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
        rows = Table(self._client, self._table).rows(keys)
        found = (subscriber_rows.subscriber(row["pk"].removeprefix(PREFIX), row) for row in rows)
        return {subscriber.id: subscriber for subscriber in found}

    def commit_all(self, subscribers: Iterable[Subscriber]) -> None:
        """Put up to a hundred subscribers, each in the place of the revision before; all of them or none, in one call.

        Raises `LostRace` where the table has another revision of one, or others are changing one at this moment.
        """
        self._transact(*({"Put": self._put(subscriber)} for subscriber in subscribers))

    def page(self, limit: int, after: Place | None = None, segment: int = 0, segments: int = 1) -> Page:
        """Subscribers of one segment of the table, in no order that means anything; at most `limit`, perhaps none.

        Whoever goes on from `next` to the end meets everybody exactly once who is there all that time. The segments
        together are the table.
        """
        request: dict[str, Any] = {
            "TableName": self._table,
            "FilterExpression": "sk = :meta",
            "ExpressionAttributeValues": to_item({":meta": META}),
            "ConsistentRead": True,
            "Limit": limit,
        }
        if segments > 1:
            request |= {"Segment": segment, "TotalSegments": segments}
        if after:
            request["ExclusiveStartKey"] = to_item({"pk": after[0], "sk": after[1]})
        found = self._client.scan(**request)
        rows = map(from_item, found["Items"])
        last = from_item(found["LastEvaluatedKey"]) if "LastEvaluatedKey" in found else None
        return Page(
            tuple(subscriber_rows.subscriber(row["pk"].removeprefix(PREFIX), row) for row in rows),
            (last["pk"], last["sk"]) if last else None,
        )
