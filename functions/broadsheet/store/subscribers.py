"""The subscribers table. A partition is an address, by its keyed hash; every read is consistent.

| pk | sk | what |
|---|---|---|
| `SUBSCRIBER#<id>` | `META` | the subscriber |
| `SUBSCRIBER#<id>` | `REQUEST` | the latest sign-up with the address; the stream's function answers it |

The ids are evenly spread, so the whole table can be read in any number of equal parallel segments.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..model.subscriber import Consent, Request, Subscriber
from .rows import from_item, to_item

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

PREFIX = "SUBSCRIBER#"
REQUESTS_STAY = timedelta(days=1)  # longer than the stream keeps what it has to say of one

Row = dict[str, Any]


class LostRace(Exception):
    """Somebody else changed the subscriber since it was read. Nothing was written."""


class Subscribers:
    """The table by name, through a DynamoDB client."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def ask(self, request: Request) -> None:
        """Keep a sign-up, over the one before it. One write, whatever the table knows of the address."""
        expires_at = int((request.consent.at + REQUESTS_STAY).timestamp())
        row = {"address": request.address, "consent": _consent_row(request.consent), "expires_at": expires_at}
        self._client.put_item(TableName=self._table, Item=to_item(_key(request.id, "REQUEST") | row))

    def get(self, id: str) -> Subscriber | None:
        """The subscriber, in whatever state; None where there never was one."""
        found = self._client.get_item(TableName=self._table, Key=to_item(_key(id, "META")), ConsistentRead=True)
        return _subscriber_of(id, from_item(found["Item"])) if "Item" in found else None

    def with_request(self, id: str) -> tuple[Subscriber | None, Request | None]:
        """The subscriber and the latest sign-up, as they stood at one moment."""
        found = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :meta AND :request",
            ExpressionAttributeValues=to_item({":pk": PREFIX + id, ":meta": "META", ":request": "REQUEST"}),
            ConsistentRead=True,
        )
        rows = {row["sk"]: row for row in map(from_item, found["Items"])}
        subscriber = _subscriber_of(id, rows["META"]) if "META" in rows else None
        request = _request_of(id, rows["REQUEST"]) if "REQUEST" in rows else None
        return subscriber, request

    def commit(self, subscriber: Subscriber) -> None:
        """Put the subscriber in the place of the revision before. Raises `LostRace` where the table has another."""
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if subscriber.revision > 1:
            condition = {
                "ConditionExpression": "revision = :revision",
                "ExpressionAttributeValues": to_item({":revision": subscriber.revision - 1}),
            }
        row = _key(subscriber.id, "META") | _row_of(subscriber)
        try:
            self._client.put_item(TableName=self._table, Item=to_item(row), **condition)
        except self._client.exceptions.ConditionalCheckFailedException:
            raise LostRace from None


def id_of(key: Mapping[str, Any]) -> str:
    """The address's id in a key, as a stream record has it."""
    return str(key["pk"]["S"]).removeprefix(PREFIX)


def _key(id: str, sk: str) -> Row:
    return {"pk": PREFIX + id, "sk": sk}


def _row_of(subscriber: Subscriber) -> Row:
    row = asdict(subscriber) | {"consent": _consent_row(subscriber.consent)}
    del row["id"]
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def _consent_row(consent: Consent) -> Row:
    return asdict(consent) | {"at": consent.at.isoformat()}


def _subscriber_of(id: str, row: Row) -> Subscriber:
    return Subscriber(
        id=id,
        address=row["address"],
        edition=row["edition"],
        state=row["state"],
        nonce=row["nonce"],
        consent=_consent_of(row["consent"]),
        changed_at=datetime.fromisoformat(row["changed_at"]),
        confirmed_at=_instant_of(row["confirmed_at"]),
        mailed_at=_instant_of(row["mailed_at"]),
        revision=row["revision"],
    )


def _request_of(id: str, row: Row) -> Request:
    return Request(id, row["address"], _consent_of(row["consent"]))


def _consent_of(row: Row) -> Consent:
    return Consent(datetime.fromisoformat(row["at"]), row["source"], row["wording"], row["edition"])


def _instant_of(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
