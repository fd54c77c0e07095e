"""The subscribers table. Each email has a partition, named by its keyed hash. Every read is consistent.

| pk | sk | contents |
|---|---|---|
| `SUBSCRIBER#<id>` | `META` | the subscriber |
| `SUBSCRIBER#<id>` | `SIGN_UP` | the latest sign-up with the email, for the mailer |
| `SUBSCRIBER#<id>` | `OUTBOX` | the pending email of the latest change, for the mailer |
| `RATE#<key>` | `<hour>` | a rate limit window: the sign-ups of one network, or of a shard of all |

The ids are uniformly distributed, so a parallel scan of the table has segments of equal size.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ..model.errors import Busy
from ..model.newsletter.limits import RateLimitWindow
from ..model.newsletter.subscriber import PendingEmail, SignUpRequest, Subscriber, SubscriberRecord
from . import subscriber_rows
from .conflict import attempts
from .rows import from_item, to_item
from .table import Table

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

PREFIX = "SUBSCRIBER#"
META, SIGN_UP, OUTBOX = "META", "SIGN_UP", "OUTBOX"
RETENTION = timedelta(days=1)  # of sign-ups and windows; a stream keeps its records no longer
TRIES = 8

Row = dict[str, Any]
Position = tuple[str, str]  # a row's pk and sk


class LostRace(Exception):
    """Another client changed the subscriber since it was read. Nothing was written."""


class RateLimited(Exception):
    """A window has reached its limit. Nothing was written. `window` is the first such window."""

    def __init__(self, window: RateLimitWindow) -> None:
        super().__init__(window.scope)
        self.window = window


@dataclass(frozen=True, slots=True)
class Page:
    """Some subscribers of a scan, and the position to continue after; None at the end."""

    subscribers: tuple[Subscriber, ...]
    next: Position | None


class Subscribers:
    """The table by name, through a DynamoDB client."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = Table(client, table)

    def record_sign_up(self, request: SignUpRequest, windows: Iterable[RateLimitWindow]) -> None:
        """Store a sign-up in place of the previous one, and count it in the windows, in one transaction.

        The transaction is the same in every state of the subscriber. Raises `RateLimited`, and `Busy` while other
        clients keep signing up with the same email or in the same window.
        """
        windows = tuple(windows)
        expires_at = int((request.consent.at + RETENTION).timestamp())
        row = _key(request.id, SIGN_UP) | subscriber_rows.row_of(request) | {"expires_at": expires_at}
        writes: list[Any] = [{"Update": self._count(window)} for window in windows]
        writes.append({"Put": {"TableName": self._table.name, "Item": to_item(row)}})
        for _ in attempts(TRIES):
            try:
                self._client.transact_write_items(TransactItems=writes)
            except self._client.exceptions.TransactionCanceledException as error:
                codes = [reason["Code"] for reason in error.response["CancellationReasons"]]
                for window, code in zip(windows, codes, strict=False):
                    if code == "ConditionalCheckFailed":
                        raise RateLimited(window) from None
            else:
                return
        raise Busy("Too many people are signing up right now. Please try again.")

    def get(self, id: str) -> Subscriber | None:
        """The subscriber, in any state; None if there never was one."""
        row = self._table.row(PREFIX + id, META)
        return subscriber_rows.subscriber(id, row) if row else None

    def get_many(self, ids: Iterable[str]) -> dict[str, Subscriber]:
        """The existing subscribers among these ids, by id. One call per 100 ids."""
        rows = self._table.rows([(PREFIX + id, META) for id in dict.fromkeys(ids)])
        return {subscriber.id: subscriber for subscriber in map(_subscriber, rows)}

    def get_record(self, id: str) -> SubscriberRecord:
        """The subscriber, the latest sign-up and the pending email, as of one moment.

        A transaction, because a query may return half of what another transaction writes. Raises `Busy`.
        """
        gets: list[Any] = [
            {"Get": {"TableName": self._table.name, "Key": to_item(_key(id, sk))}} for sk in (META, SIGN_UP, OUTBOX)
        ]
        for _ in attempts(TRIES):
            try:
                found = self._client.transact_get_items(TransactItems=gets)["Responses"]
            except self._client.exceptions.TransactionCanceledException:
                continue
            meta, sign_up, pending = (from_item(one["Item"]) if "Item" in one else None for one in found)
            return SubscriberRecord(
                subscriber_rows.subscriber(id, meta) if meta else None,
                subscriber_rows.sign_up(id, sign_up) if sign_up else None,
                subscriber_rows.pending_email(id, pending) if pending else None,
            )
        raise Busy("Other requests keep changing this subscription. Please try again.")

    def scan(self, limit: int, after: Position | None = None, segment: int = 0, segments: int = 1) -> Page:
        """At most `limit` subscribers of a segment of the table, unordered; possibly none before the last page.

        A client that continues with `next` until it is None reads each subscriber that exists during the whole scan
        exactly once. The segments together are the table.
        """
        request: dict[str, Any] = {
            "TableName": self._table.name,
            "FilterExpression": "sk = :meta",
            "ExpressionAttributeValues": to_item({":meta": META}),
            "ConsistentRead": True,
            "Limit": limit,
        }
        if segments > 1:
            request |= {"Segment": segment, "TotalSegments": segments}
        if after:
            request["ExclusiveStartKey"] = to_item({"pk": after[0], "sk": after[1]})
        found = self._client.scan(**request)
        last = from_item(found["LastEvaluatedKey"]) if "LastEvaluatedKey" in found else None
        subscribers = tuple(_subscriber(from_item(item)) for item in found["Items"])
        return Page(subscribers, (last["pk"], last["sk"]) if last else None)

    def commit(self, subscriber: Subscriber, pending: PendingEmail | None = None) -> None:
        """Write the subscriber over the previous revision, together with the pending email.

        Raises `LostRace` if the table has another revision.
        """
        put = self._put(subscriber)
        if pending:
            row = _key(pending.id, OUTBOX) | subscriber_rows.row_of(pending)
            self._transact({"Put": put}, {"Put": {"TableName": self._table.name, "Item": to_item(row)}})
            return
        refused = self._client.exceptions
        try:
            self._client.put_item(**put)
        # A single write does not wait for another client's transaction: it fails with a conflict.
        except (refused.ConditionalCheckFailedException, refused.TransactionConflictException):
            raise LostRace from None

    def commit_all(self, subscribers: Iterable[Subscriber]) -> None:
        """Write up to 100 subscribers, each over its previous revision, all of them or none, in one call.

        Raises `LostRace` if the table has another revision of one, or another client is changing one.
        """
        self._transact(*({"Put": self._put(subscriber)} for subscriber in subscribers))

    def erase(self, subscriber: Subscriber) -> None:
        """Write the erased subscriber over the previous revision, and delete all other rows of the subscriber.

        Raises `LostRace` if the table has another revision.
        """
        deletes = [
            {"Delete": {"TableName": self._table.name, "Key": to_item(_key(subscriber.id, sk))}}
            for sk in (SIGN_UP, OUTBOX)
        ]
        self._transact({"Put": self._put(subscriber)}, *deletes)

    def mark_sent(self, pending: PendingEmail) -> None:
        """Delete a pending email, unless another one has replaced it. Raises `Busy`."""
        self._delete(_key(pending.id, OUTBOX), "revision", pending.revision)

    def delete_sign_up(self, request: SignUpRequest) -> None:
        """Delete a sign-up, unless another one has replaced it. Raises `Busy`."""
        self._delete(_key(request.id, SIGN_UP), "consent", subscriber_rows.row_of(request)["consent"])

    def _delete(self, key: Row, name: str, value: object) -> None:
        """Delete a row if the attribute still has that value."""
        refused = self._client.exceptions
        for _ in attempts(TRIES):
            try:
                self._client.delete_item(
                    TableName=self._table.name,
                    Key=to_item(key),
                    ConditionExpression="#name = :value",
                    ExpressionAttributeNames={"#name": name},
                    ExpressionAttributeValues=to_item({":value": value}),
                )
            except refused.TransactionConflictException:
                continue
            except refused.ConditionalCheckFailedException:
                pass
            return
        raise Busy("other requests keep changing a subscriber")

    def _put(self, subscriber: Subscriber) -> Any:
        """A put with the condition that the table has the previous revision."""
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if subscriber.revision > 1:
            condition = {
                "ConditionExpression": "revision = :revision",
                "ExpressionAttributeValues": to_item({":revision": subscriber.revision - 1}),
            }
        row = _key(subscriber.id, META) | subscriber_rows.row_of(subscriber)
        return {"TableName": self._table.name, "Item": to_item(row), **condition}

    def _transact(self, *writes: Any) -> None:
        try:
            self._client.transact_write_items(TransactItems=list(writes))
        except self._client.exceptions.TransactionCanceledException:
            raise LostRace from None

    def _count(self, window: RateLimitWindow) -> Any:
        """An update that counts a sign-up, with the condition that the window is below its limit."""
        expires_at = int((window.ends_at + RETENTION).timestamp())
        return {
            "TableName": self._table.name,
            "Key": to_item({"pk": f"RATE#{window.key}", "sk": f"{window.hour:%Y-%m-%dT%H}"}),
            "UpdateExpression": "ADD sign_ups :one SET expires_at = :expires_at",
            "ConditionExpression": "attribute_not_exists(sign_ups) OR sign_ups < :limit",
            "ExpressionAttributeValues": to_item({":one": 1, ":limit": window.limit, ":expires_at": expires_at}),
        }


def subscriber_id(key: Mapping[str, Any]) -> str:
    """The subscriber's id in the key of a stream record."""
    return str(key["pk"]["S"]).removeprefix(PREFIX)


def _key(id: str, sk: str) -> Row:
    return {"pk": PREFIX + id, "sk": sk}


def _subscriber(row: Row) -> Subscriber:
    return subscriber_rows.subscriber(row["pk"].removeprefix(PREFIX), row)
