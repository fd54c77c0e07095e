"""Ads, all in one partition of the articles table: `ADS` / `<name>`. Every read is consistent.

A deleted ad leaves its last revision (`ADS#DELETED` / `<name>`) until an ad of that name is put, so no two states of a
name ever have the same revision: an entity tag of a deleted ad matches no later one.
"""

from dataclasses import asdict
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Attr, ConditionBase

from ..model.ad import Ad
from .change_counts import count_write
from .conflict import LostRace
from .rows import instant, parsed
from .table import ABSENT, Row, Table, Write, unchanged

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

ADS = "ADS"
DELETED = "ADS#DELETED"
FIRST_REVISION = 1  # also that of rows of earlier versions, which have none


class Ads:
    """The ads in the articles table of that name, through a DynamoDB client."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    def get(self, name: str) -> Ad | None:
        """The ad, None where there is none."""
        row = self._table.row(ADS, name)
        return ad_of(row) if row else None

    def last_revision(self, name: str) -> int:
        """That of the ad that was deleted; 0 where there never was one of that name. Not for an ad that exists."""
        row = self._table.row(DELETED, name)
        return int(row["revision"]) if row else 0

    def all(self) -> tuple[Ad, ...]:
        """All ads, by name."""
        return tuple(map(ad_of, self._table.query(ADS, newest=False)))

    def put(self, before: Ad | None, after: Ad) -> None:
        """Put `after` in the place of `before`. Raises `LostRace`, and writes nothing, where a client was first.

        A new ad has the revision after the last one of its name.
        """
        condition = _still(before) if before else ABSENT
        begin = () if before else (self._begin(after),)
        self._table.transact(self._table.put_write(_row_of(after), condition), count_write(self._table), *begin)

    def delete(self, before: Ad) -> None:
        """Delete the ad. Raises `LostRace`, and writes nothing, where a client was first."""
        last = {"pk": DELETED, "sk": before.name, "revision": before.revision}
        delete = self._table.delete_write(ADS, before.name, _still(before))
        self._table.transact(delete, count_write(self._table), self._table.put_write(last))

    def replace(self, before: Ad, after: Ad) -> bool:
        """Put `after` in the place of `before`; False, and nothing is written, where another client was first.

        That client changed the ad, or counts another change at this moment.
        """
        try:
            self.put(before, after)
        except LostRace:
            return False
        return True

    def _begin(self, first: Ad) -> Write:
        """The write that takes the last revision of a deleted ad away, if it is still the one before."""
        before = first.revision - 1
        return self._table.delete_write(DELETED, first.name, unchanged({"revision": before}) if before else ABSENT)


def ad_of(row: Row) -> Ad:
    """The ad in a row."""
    fields = {"revision": FIRST_REVISION} | {name: row[name] for name in row if name not in ("pk", "sk")}
    until = parsed(row["until"]) if row["until"] else None
    return Ad(**fields | {"name": row["sk"], "starts": parsed(row["starts"]), "until": until})


def _still(ad: Ad) -> ConditionBase:
    """The condition that the row is still the ad's. Rows of earlier versions have no revision and no name."""
    fields = _row_of(ad)
    revision = Attr("revision").eq(fields.pop("revision"))
    known = revision | Attr("revision").not_exists() if ad.revision == FIRST_REVISION else revision
    return unchanged(fields) & (known if ad.updated_by else known & Attr("updated_by").not_exists())


def _row_of(ad: Ad) -> Row:
    fields = asdict(ad)
    if ad.updated_by is None:
        del fields["updated_by"]
    times = {"starts": instant(ad.starts), "until": instant(ad.until) if ad.until else None}
    return {"pk": ADS, "sk": fields.pop("name")} | fields | times
