"""What editors chose for front pages, a row for each edition in the articles table: `FRONT` / `<edition>`.

Every read is consistent.
"""

from dataclasses import asdict
from typing import TYPE_CHECKING

from ..model.front import Chosen, Front
from .change_counts import count_write
from .rows import instant, parsed
from .table import ABSENT, Row, Table, unchanged

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

FRONT = "FRONT"


class Fronts:
    """The choices in the articles table of that name, through a DynamoDB client."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    def get(self, edition: str) -> Front:
        """The edition's choice; one without articles, of revision 0, where it never chose."""
        row = self._table.row(FRONT, edition)
        return front_of(row) if row else Front(edition)

    def all(self) -> tuple[Front, ...]:
        """The choices of all editions that ever chose."""
        return tuple(map(front_of, self._table.query(FRONT, newest=False)))

    def replace(self, before: Front, after: Front) -> None:
        """Put `after` in the place of `before`. Raises `LostRace`, and writes nothing, where a client was first."""
        condition = unchanged({"revision": before.revision}) if before.revision else ABSENT
        self._table.transact(self._table.put_write(_row_of(after), condition), count_write(self._table))


def front_of(row: Row) -> Front:
    """The choice in a row."""
    return Front(
        edition=row["sk"],
        lead=_chosen(row["lead"]) if row["lead"] else None,
        pinned=tuple(map(_chosen, row["pinned"])),
        order=tuple(row["order"]),
        revision=row["revision"],
        updated_by=row.get("updated_by"),
    )


def _row_of(front: Front) -> Row:
    fields = asdict(front) | {
        "lead": _fields(front.lead) if front.lead else None,
        "pinned": [_fields(each) for each in front.pinned],
        "order": list(front.order),
    }
    return {"pk": FRONT, "sk": fields.pop("edition")} | fields


def _chosen(fields: Row) -> Chosen:
    return Chosen(fields["id"], parsed(fields["until"]) if fields["until"] else None)


def _fields(chosen: Chosen) -> Row:
    return {"id": chosen.id, "until": instant(chosen.until) if chosen.until else None}
