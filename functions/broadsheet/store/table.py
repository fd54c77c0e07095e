"""Reading a table: every read is consistent, and every query goes on to its end."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .rows import from_item, to_item

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

Row = dict[str, Any]

AT_ONCE = 100  # rows that one call may ask for


class Table:
    """A table by name, whose rows have the keys `pk` and `sk`, through a DynamoDB client."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self.client = client
        self.name = name

    def row(self, pk: str, sk: str) -> Row | None:
        """One row, None where there is none."""
        found = self.client.get_item(TableName=self.name, Key={"pk": {"S": pk}, "sk": {"S": sk}}, ConsistentRead=True)
        return from_item(found["Item"]) if "Item" in found else None

    def rows(self, keys: Sequence[tuple[str, str]]) -> Iterator[Row]:
        """Those of the rows with these keys that there are, in no order."""
        left = [to_item({"pk": pk, "sk": sk}) for pk, sk in keys]
        while left:
            asked: Any = {self.name: {"Keys": left[:AT_ONCE], "ConsistentRead": True}}
            found = self.client.batch_get_item(RequestItems=asked)
            yield from map(from_item, found["Responses"][self.name])
            # DynamoDB may leave some out, when they are large or it is busy.
            left = [*found["UnprocessedKeys"].get(self.name, {"Keys": []})["Keys"], *left[AT_ONCE:]]

    def query(
        self,
        pk: str,
        condition: str = "",
        values: Mapping[str, str] | None = None,
        *,
        limit: int | None = None,
        newest: bool = True,
        only: str = "",
        without: str = "",
    ) -> Iterator[Row]:
        """The rows of one partition in the order of their sort keys, page after page, up to `limit`.

        `condition` is one on `sk`, with its `values`. `newest` begins with the greatest key. `only` names the
        attributes that are wanted, if not all; `without` one that rows must not have.
        """
        request = self._request(pk, condition, values or {}) | {"ScanIndexForward": not newest}
        if only:
            request["ProjectionExpression"] = only
        if without:
            request["FilterExpression"] = f"attribute_not_exists({without})"
        left = limit
        for page in self._pages(request if limit is None else request | {"Limit": limit}):
            yield from map(from_item, page["Items"][:left])
            left = None if left is None else left - len(page["Items"])
            if left is not None and left <= 0:
                return

    def count(self, pk: str, condition: str, values: Mapping[str, str]) -> int:
        """How many rows of one partition fulfil the condition."""
        request = self._request(pk, condition, values) | {"Select": "COUNT"}
        return sum(int(page["Count"]) for page in self._pages(request))

    def _request(self, pk: str, condition: str, values: Mapping[str, str]) -> Row:
        return {
            "TableName": self.name,
            "KeyConditionExpression": f"pk = :pk AND {condition}" if condition else "pk = :pk",
            "ExpressionAttributeValues": to_item({":pk": pk} | dict(values)),
            "ConsistentRead": True,
        }

    def _pages(self, request: Row) -> Iterator[Any]:
        while True:
            page = self.client.query(**request)
            yield page
            if "LastEvaluatedKey" not in page:
                return
            request = request | {"ExclusiveStartKey": page["LastEvaluatedKey"]}
