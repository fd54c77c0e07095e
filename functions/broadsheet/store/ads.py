"""Advertising slots, all in one partition of the articles table: `SLOTS` / `<name>`. Every read is consistent."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ..model.ad import Advertisement
from .rows import instant, parsed, to_item
from .table import Row, Table

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

SLOTS = "SLOTS"


class Slots:
    """The table by name, through a DynamoDB client."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = Table(client, table)

    def get(self, name: str) -> Advertisement | None:
        """The slot, None where there is none."""
        row = self._table.row(SLOTS, name)
        return advertisement_of(row) if row else None

    def all(self) -> tuple[Advertisement, ...]:
        """All slots, by name."""
        return tuple(map(advertisement_of, self._table.query(SLOTS, newest=False)))

    def put(self, slot: Advertisement) -> None:
        """Put the slot in, in the place of one with its name."""
        self._client.put_item(TableName=self._table.name, Item=to_item(_row_of(slot)))

    def remove(self, name: str) -> None:
        """Take the slot away, if it is there."""
        self._client.delete_item(TableName=self._table.name, Key=to_item({"pk": SLOTS, "sk": name}))

    def replace(self, before: Advertisement, after: Advertisement) -> bool:
        """Put `after` in the place of `before`; False where the table no longer says that, and nothing is written."""
        row = _row_of(before)
        names = {f"#{at}": name for at, name in enumerate(row)}
        values = {f":{at}": value for at, value in enumerate(row.values())}
        try:
            self._client.put_item(
                TableName=self._table.name,
                Item=to_item(_row_of(after)),
                ConditionExpression=" AND ".join(f"{name} = :{name[1:]}" for name in names),
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=to_item(values),
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True


def advertisement_of(row: Row) -> Advertisement:
    """The slot in a row."""
    fields = {name: row[name] for name in row if name not in ("pk", "sk")}
    until = parsed(row["until"]) if row["until"] else None
    return Advertisement(**fields | {"name": row["sk"], "starts": parsed(row["starts"]), "until": until})


def _row_of(slot: Advertisement) -> Row:
    fields = asdict(slot)
    times = {"starts": instant(slot.starts), "until": instant(slot.until) if slot.until else None}
    return {"pk": SLOTS, "sk": fields.pop("name")} | fields | times
