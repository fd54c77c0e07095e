"""Ads, all in one partition of the articles table: `ADS` / `<name>`. Every read is consistent."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ..model.ad import Ad
from .rows import instant, parsed, to_item
from .table import Row, Table

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

ADS = "ADS"


class Ads:
    """The table by name, through a DynamoDB client."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = Table(client, table)

    def get(self, name: str) -> Ad | None:
        """The ad, None where there is none."""
        row = self._table.row(ADS, name)
        return ad_of(row) if row else None

    def all(self) -> tuple[Ad, ...]:
        """All ads, by name."""
        return tuple(map(ad_of, self._table.query(ADS, newest=False)))

    def put(self, ad: Ad) -> None:
        """Put the ad in, in the place of one with its name."""
        self._client.put_item(TableName=self._table.name, Item=to_item(_row_of(ad)))

    def remove(self, name: str) -> None:
        """Take the ad away, if it is there."""
        self._client.delete_item(TableName=self._table.name, Key=to_item({"pk": ADS, "sk": name}))

    def replace(self, before: Ad, after: Ad) -> bool:
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


def ad_of(row: Row) -> Ad:
    """The ad in a row."""
    fields = {name: row[name] for name in row if name not in ("pk", "sk")}
    until = parsed(row["until"]) if row["until"] else None
    return Ad(**fields | {"name": row["sk"], "starts": parsed(row["starts"]), "until": until})


def _row_of(ad: Ad) -> Row:
    fields = asdict(ad)
    times = {"starts": instant(ad.starts), "until": instant(ad.until) if ad.until else None}
    return {"pk": ADS, "sk": fields.pop("name")} | fields | times
