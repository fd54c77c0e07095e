"""What articles were before they changed: `REVISIONS#<id>` / `<number>` in the articles table.

The row of a revision, from the second on, is written in the transaction that makes the revision. It holds who made it,
when, by which call and which fields changed, and the article until then (`article_json`), whose body is in the bucket
of bodies under its hash. So the text of revision 3 is in the row of revision 4, and is kept for a time after it was
replaced, however old it is. DynamoDB deletes a row up to some days after `expires_at` (`kept_until`), so reads must
leave it out before. A row never changes.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from ..model.revision import Action, Revision
from .article_rows import article_of, compact_row_of
from .rows import instant, parsed
from .table import Row, Table, Write

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

WIDTH = 10  # digits, so that keys sort by number


class Revisions:
    """The revisions in the articles table of that name, through a DynamoDB client."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    def get(self, id: str, number: int) -> Revision | None:
        """The change that made that revision of the article; None where there is no row."""
        row = self._table.row(partition(id), sort_key(number))
        return revision_in(row) if row else None

    def newest(self, id: str, number: int, limit: int) -> tuple[Revision, ...]:
        """The changes that made the revisions from that number down, newest first; `limit` at most."""
        values = {":number": sort_key(number)}
        rows = self._table.query(partition(id), "sk <= :number", values, limit=limit)
        return tuple(map(revision_in, rows))


def revision_write(table: Table, id: str, revision: Revision) -> Write:
    """The write that keeps a revision, for the transaction that makes it. No other change has the same key."""
    row: Row = {
        "pk": partition(id),
        "sk": sort_key(revision.number),
        "by": revision.by,
        "at": instant(revision.at),
        "action": revision.action,
        "fields": list(revision.fields),
        "expires_at": int(revision.kept_until.timestamp()),
    }
    return table.put_write(row | compact_row_of(revision.before))


def revision_in(row: Row) -> Revision:
    """The revision in a row."""
    return Revision(
        number=int(row["sk"]),
        by=row["by"],
        at=parsed(row["at"]),
        action=cast("Action", row["action"]),
        fields=tuple(row["fields"]),
        before=article_of(row),
        kept_until=datetime.fromtimestamp(row["expires_at"], UTC),
    )


def partition(id: str) -> str:
    """The partition key of an article's revisions."""
    return f"REVISIONS#{id}"


def sort_key(number: int) -> str:
    """The sort key of a revision."""
    return f"{number:0{WIDTH}}"
