"""Ads, all in one partition of the articles table: `ADS` / `<name>`. Every read is consistent."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from ..model.ad import Ad
from .change_counts import count_write
from .conflict import LostRace, retrying
from .rows import instant, parsed
from .table import Row, Table, unchanged

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

ADS = "ADS"
TRIES = 8


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

    @retrying(TRIES)
    def put(self, ad: Ad) -> None:
        """Put the ad in the place of the one with its name. Raises `Busy`."""
        self._table.transact(self._table.put_write(_row_of(ad)), count_write(self._table))

    @retrying(TRIES)
    def delete(self, name: str) -> None:
        """Delete the ad, if there is one. Raises `Busy`."""
        self._table.transact(self._table.delete_write(ADS, name), count_write(self._table))

    def replace(self, before: Ad, after: Ad) -> bool:
        """Put `after` in the place of `before`; False, and nothing is written, where another client was first.

        That client changed the ad, or counts another change at this moment.
        """
        put = self._table.put_write(_row_of(after), unchanged(_row_of(before)))
        try:
            self._table.transact(put, count_write(self._table))
        except LostRace:
            return False
        return True


def ad_of(row: Row) -> Ad:
    """The ad in a row."""
    fields = {name: row[name] for name in row if name not in ("pk", "sk")}
    until = parsed(row["until"]) if row["until"] else None
    return Ad(**fields | {"name": row["sk"], "starts": parsed(row["starts"]), "until": until})


def _row_of(ad: Ad) -> Row:
    fields = asdict(ad)
    times = {"starts": instant(ad.starts), "until": instant(ad.until) if ad.until else None}
    return {"pk": ADS, "sk": fields.pop("name")} | fields | times
