"""A DynamoDB table whose rows have the keys `pk` and `sk`.

Every read is strongly consistent, and every query reads all pages. DynamoDB's refusals of writes that race with others
become `LostRace` here and nowhere else.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, ConditionBase, ConditionExpressionBuilder
from botocore.exceptions import ClientError

from .conflict import LostRace
from .rows import from_item, to_item

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

Key = tuple[str, str]
Row = dict[str, Any]
Write = dict[str, Any]
"""One write of a transaction, as DynamoDB takes it."""

BATCH = 100  # rows that one call may read
WITHIN = "sk BETWEEN :first AND :last"
"""The condition of a query for the rows from one sort key to another, both included."""
ABSENT: ConditionBase = Attr("pk").not_exists()
# Reasons by which DynamoDB cancels a transaction that may succeed a moment later.
RACING = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})


def unchanged(attributes: Mapping[str, Any]) -> ConditionBase:
    """The condition that a row still has these attributes."""
    equal: list[ConditionBase] = [Attr(name).eq(value) for name, value in attributes.items()]
    return reduce(and_, equal)


@dataclass(frozen=True, slots=True)
class ScanPage:
    """Some rows of a table, and the key after which the next page begins; None after the last."""

    rows: tuple[Row, ...]
    next: Key | None


class Table:
    """The table of that name, through a DynamoDB client."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self.client = client
        self.name = name

    def row(self, pk: str, sk: str) -> Row | None:
        """One row, None where there is none."""
        found = self.client.get_item(TableName=self.name, Key=_key(pk, sk), ConsistentRead=True)
        return from_item(found["Item"]) if "Item" in found else None

    def rows(self, keys: Sequence[Key]) -> Iterator[Row]:
        """The existing rows with these keys, in no order."""
        remaining = [_key(*key) for key in keys]
        while remaining:
            request: Any = {self.name: {"Keys": remaining[:BATCH], "ConsistentRead": True}}
            found = self.client.batch_get_item(RequestItems=request)
            yield from map(from_item, found["Responses"][self.name])
            # DynamoDB may leave some out, when they are large or it is busy.
            remaining = [*found["UnprocessedKeys"].get(self.name, {"Keys": []})["Keys"], *remaining[BATCH:]]

    def transact_get(self, keys: Sequence[Key]) -> list[Row | None]:
        """The rows with these keys as they are at one moment, in the order of the keys; None for absent ones.

        Raises `LostRace` where another client is writing one of them.
        """
        gets: list[Any] = [{"Get": {"TableName": self.name, "Key": _key(*key)}} for key in keys]
        with _lost_races():
            found = self.client.transact_get_items(TransactItems=gets)["Responses"]
        return [from_item(each["Item"]) if "Item" in each else None for each in found]

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
        attributes to read, if not all; rows that have the attribute `without` are left out.
        """
        request = self._request(pk, condition, values or {}) | {"ScanIndexForward": not newest}
        if only:
            request["ProjectionExpression"] = only
        if without:
            request["FilterExpression"] = f"attribute_not_exists({without})"
        remaining = limit
        for page in self._pages(request if limit is None else request | {"Limit": limit}):
            yield from map(from_item, page["Items"][:remaining])
            remaining = None if remaining is None else remaining - len(page["Items"])
            if remaining is not None and remaining <= 0:
                return

    def count(self, pk: str, condition: str, values: Mapping[str, str]) -> int:
        """How many rows of one partition fulfil the condition."""
        request = self._request(pk, condition, values) | {"Select": "COUNT"}
        return sum(int(page["Count"]) for page in self._pages(request))

    def scan(self, sk: str, limit: int, after: Key | None = None, segment: int = 0, segments: int = 1) -> ScanPage:
        """One page of the rows with that sort key, in one of the table's parallel segments.

        DynamoDB reads `limit` rows with any sort key, so a page has at most as many, and perhaps none.
        """
        request: Any = {
            "TableName": self.name,
            "FilterExpression": "sk = :sk",
            "ExpressionAttributeValues": to_item({":sk": sk}),
            "ConsistentRead": True,
            "Limit": limit,
        }
        if segments > 1:
            request |= {"Segment": segment, "TotalSegments": segments}
        if after:
            request["ExclusiveStartKey"] = _key(*after)
        found = self.client.scan(**request)
        last = from_item(found["LastEvaluatedKey"]) if "LastEvaluatedKey" in found else None
        return ScanPage(tuple(map(from_item, found["Items"])), (last["pk"], last["sk"]) if last else None)

    def count_all(self, condition: ConditionBase, segment: int, segments: int) -> int:
        """How many rows in one of the table's parallel segments fulfil the condition. It reads all of them."""
        built = ConditionExpressionBuilder().build_expression(condition)
        request: Any = {
            "TableName": self.name,
            "FilterExpression": built.condition_expression,
            "ExpressionAttributeNames": built.attribute_name_placeholders,
            "ExpressionAttributeValues": to_item(built.attribute_value_placeholders),
            "ConsistentRead": True,
            "Select": "COUNT",
            "Segment": segment,
            "TotalSegments": segments,
        }
        found = 0
        while True:
            page = self.client.scan(**request)
            found += page["Count"]
            if "LastEvaluatedKey" not in page:
                return found
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def put(self, row: Row, condition: ConditionBase | None = None) -> None:
        """Put a row in the place of the one with its key. Raises `LostRace` where the condition fails."""
        with _lost_races():
            self.client.put_item(**self.put_write(row, condition)["Put"])

    def add(self, pk: str, sk: str, steps: Mapping[str, int], attributes: Mapping[str, Any]) -> None:
        """As `add_write`, by itself. Raises `LostRace` where another client's transaction is writing the row."""
        with _lost_races():
            self.client.update_item(**self.add_write(pk, sk, steps, attributes)["Update"])

    def delete(self, pk: str, sk: str, condition: ConditionBase | None = None) -> None:
        """Delete a row, if there is one. Raises `LostRace` where the condition fails."""
        with _lost_races():
            self.client.delete_item(**self.delete_write(pk, sk, condition)["Delete"])

    def transact(self, *writes: Write) -> None:
        """Do all the writes or none. Raises `LostRace` where a condition fails or a row is being written."""
        items: list[Any] = list(writes)
        with _lost_races():
            self.client.transact_write_items(TransactItems=items)

    def put_write(self, row: Row, condition: ConditionBase | None = None) -> Write:
        """As `put`, for a transaction."""
        return {"Put": {"TableName": self.name, "Item": to_item(row)} | _expression(condition)}

    def check_write(self, pk: str, sk: str, condition: ConditionBase) -> Write:
        """A part of a transaction that writes nothing, and fails it where the condition does not hold."""
        return {"ConditionCheck": {"TableName": self.name, "Key": _key(pk, sk)} | _expression(condition)}

    def delete_write(self, pk: str, sk: str, condition: ConditionBase | None = None) -> Write:
        """As `delete`, for a transaction."""
        return {"Delete": {"TableName": self.name, "Key": _key(pk, sk)} | _expression(condition)}

    def add_write(
        self,
        pk: str,
        sk: str,
        steps: Mapping[str, int],
        attributes: Mapping[str, Any] | None = None,
        condition: ConditionBase | None = None,
    ) -> Write:
        """Add the steps to the numbers of a row, which begin at 0, and set its other attributes; for a transaction."""
        changes = {**steps, **(attributes or {})}
        names = {f"#{at}": name for at, name in enumerate(changes)}
        values = {f":{at}": value for at, value in enumerate(changes.values())}
        adds = [f"#{at} :{at}" for at in range(len(steps))]
        sets = [f"#{at} = :{at}" for at in range(len(steps), len(changes))]
        update = {
            "TableName": self.name,
            "Key": _key(pk, sk),
            "UpdateExpression": f"ADD {', '.join(adds)}" + (f" SET {', '.join(sets)}" if sets else ""),
        } | _expression(condition)
        update["ExpressionAttributeNames"] = update.get("ExpressionAttributeNames", {}) | names
        update["ExpressionAttributeValues"] = update.get("ExpressionAttributeValues", {}) | to_item(values)
        return {"Update": update}

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


def _key(pk: str, sk: str) -> dict[str, Any]:
    return to_item({"pk": pk, "sk": sk})


def _expression(condition: ConditionBase | None) -> dict[str, Any]:
    """The parameters of a write by which DynamoDB checks the condition."""
    if condition is None:
        return {}
    built = ConditionExpressionBuilder().build_expression(condition)
    parameters: dict[str, Any] = {
        "ConditionExpression": built.condition_expression,
        "ExpressionAttributeNames": built.attribute_name_placeholders,
    }
    if built.attribute_value_placeholders:
        parameters["ExpressionAttributeValues"] = to_item(built.attribute_value_placeholders)
    return parameters


@contextmanager
def _lost_races() -> Iterator[None]:
    """Raises `LostRace` in the place of DynamoDB's error where another client was first; other errors pass."""
    try:
        yield
    except ClientError as error:
        reasons = _reasons(error)
        failed = frozenset(at for at, reason in enumerate(reasons) if reason == "ConditionalCheckFailed")
        if failed or RACING.intersection(reasons):
            raise LostRace(error, failed) from None
        raise


def _reasons(error: ClientError) -> list[str]:
    """Why DynamoDB refused each of the writes of a call."""
    match error.response["Error"]["Code"]:
        case "TransactionCanceledException":
            reasons: Any = error.response.get("CancellationReasons", [])
            return [reason["Code"] for reason in reasons]
        case "ConditionalCheckFailedException":
            return ["ConditionalCheckFailed"]
        case "TransactionConflictException":  # a single write does not wait for another client's transaction
            return ["TransactionConflict"]
    return []
