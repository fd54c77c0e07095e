"""Ads, all in one partition of the articles table: `ADS` / `<name>`. Every read is consistent."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Attr, ConditionBase

from ..model.ad import Ad
from .change_counts import count_write
from .conflict import LostRace
from .rows import instant, parsed
from .table import ABSENT, Row, Table, unchanged

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

ADS = "ADS"
FIRST_REVISION = 1  # also that of rows of earlier versions, which have none


class Ads:
    """The ads in the articles table of that name, through a DynamoDB client."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    def get(self, name: str) -> Ad | None:
        """The ad, None where there is none."""
        row = self._table.row(ADS, name)
        return ad_of(row) if row else None

    def all(self) -> tuple[Ad, ...]:
        """All ads, by name."""
        return tuple(map(ad_of, self._table.query(ADS, newest=False)))

    def put(self, before: Ad | None, after: Ad) -> None:
        """Put `after` in the place of `before`. Raises `LostRace`, and writes nothing, where a client was first."""
        condition = _still(before) if before else ABSENT
        self._table.transact(self._table.put_write(_row_of(after), condition), count_write(self._table))

    def delete(self, before: Ad) -> None:
        """Delete the ad. Raises `LostRace`, and writes nothing, where a client was first."""
        self._table.transact(self._table.delete_write(ADS, before.name, _still(before)), count_write(self._table))

    def replace(self, before: Ad, after: Ad) -> bool:
        """Put `after` in the place of `before`; False, and nothing is written, where another client was first.

        That client changed the ad, or counts another change at this moment.
        """
        try:
            self.put(before, after)
        except LostRace:
            return False
        return True


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
