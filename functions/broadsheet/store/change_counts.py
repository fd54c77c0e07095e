"""How often the articles table changed: `CHANGES` / `<shard>` in that table, each row with a `count`.

Every transaction that changes what outputs are rendered from adds 1 to one of the shards, chosen at random: writers at
the same time would lose races over a single row.
"""

from secrets import randbelow
from typing import TYPE_CHECKING

from .table import Table, Write

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

CHANGES = "CHANGES"
SHARDS = 8

Counts = tuple[tuple[str, int], ...]
"""The count of each shard, by its name."""


class ChangeCounts:
    """The counts in the articles table of that name, through a DynamoDB client."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    def read(self) -> Counts:
        """The counts. Where two reads are equal, no change was committed between them."""
        return tuple((row["sk"], row["count"]) for row in self._table.query(CHANGES, newest=False))


def count_write(table: Table) -> Write:
    """The write that counts a change, for the change's own transaction."""
    return table.add_write(CHANGES, str(randbelow(SHARDS)), {"count": 1})
