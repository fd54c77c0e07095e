"""The subscribers table. A partition is an address, by its keyed hash; every read is consistent.

| pk | sk | what |
|---|---|---|
| `SUBSCRIBER#<id>` | `META` | the subscriber |
| `SUBSCRIBER#<id>` | `REQUEST` | the latest sign-up with the address; the stream's function answers it |
| `SUBSCRIBER#<id>` | `OUTBOX` | the mail that the subscriber is owed for what they did last; it sends that too |
| `RATE#<key>` | `<hour>` | how many sign-ups one network made in an hour, or a part of all together |

The ids are evenly spread, so the whole table can be read in any number of equal parallel segments.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ..model.errors import Busy
from ..model.newsletter.limits import RateLimitWindow
from ..model.newsletter.subscriber import PendingEmail, SignUpRequest, Subscriber
from . import subscriber_rows
from .conflict import attempts
from .rows import from_item, to_item

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

PREFIX = "SUBSCRIBER#"
META, REQUEST, OUTBOX = "META", "REQUEST", "OUTBOX"
REQUESTS_STAY = timedelta(days=1)  # longer than the stream keeps what it has to say of one
TRIES = 8

Row = dict[str, Any]


class LostRace(Exception):
    """Somebody else changed the subscriber since it was read. Nothing was written."""


class RateLimited(Exception):
    """A count has reached its end, so nothing was written. `count` is the first that has."""

    def __init__(self, count: RateLimitWindow) -> None:
        super().__init__(count.scope)
        self.count = count


class Subscribers:
    """The table by name, through a DynamoDB client."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def ask(self, request: SignUpRequest, counts: Iterable[RateLimitWindow]) -> None:
        """Keep a sign-up, over the one before it, and count it; all of that or nothing.

        One call, whatever the table holds about the address. Raises `RateLimited`, and `Busy` while other clients keep
        signing up with the same address or in the same window.
        """
        counts = tuple(counts)
        expires_at = int((request.consent.at + REQUESTS_STAY).timestamp())
        row = _key(request.id, REQUEST) | subscriber_rows.of_request(request) | {"expires_at": expires_at}
        writes: list[Any] = [self._count(count) for count in counts]
        writes.append({"Put": {"TableName": self._table, "Item": to_item(row)}})
        for _ in attempts(TRIES):
            try:
                self._client.transact_write_items(TransactItems=writes)
            except self._client.exceptions.TransactionCanceledException as error:
                codes = [reason["Code"] for reason in error.response["CancellationReasons"]]
                for count, code in zip(counts, codes, strict=False):
                    if code == "ConditionalCheckFailed":
                        raise RateLimited(count) from None
            else:
                return
        raise Busy("Too many are signing up at this moment; please try again.")

    def get(self, id: str) -> Subscriber | None:
        """The subscriber, in whatever state; None where there never was one."""
        found = self._client.get_item(TableName=self._table, Key=to_item(_key(id, META)), ConsistentRead=True)
        return subscriber_rows.subscriber(id, from_item(found["Item"])) if "Item" in found else None

    def correspondence(self, id: str) -> tuple[Subscriber | None, SignUpRequest | None, PendingEmail | None]:
        """The subscriber, the latest sign-up, and the mail that is owed, as they stood at one moment.

        A transaction, since a query may see one half of what another transaction writes. Raises `Busy` where others
        are writing all the time.
        """
        gets: list[Any] = [
            {"Get": {"TableName": self._table, "Key": to_item(_key(id, sk))}} for sk in (META, REQUEST, OUTBOX)
        ]
        for _ in attempts(TRIES):
            try:
                found = self._client.transact_get_items(TransactItems=gets)["Responses"]
            except self._client.exceptions.TransactionCanceledException:
                continue
            meta, request, letter = (from_item(one["Item"]) if "Item" in one else None for one in found)
            return (
                subscriber_rows.subscriber(id, meta) if meta else None,
                subscriber_rows.request(id, request) if request else None,
                PendingEmail(id, letter["kind"], letter["revision"]) if letter else None,
            )
        raise Busy("Others keep changing this subscription; please try again.")

    def commit(self, subscriber: Subscriber, letter: PendingEmail | None = None) -> None:
        """Put the subscriber in the place of the revision before, and the mail that they are owed for it beside them.

        Raises `LostRace` where the table has another revision.
        """
        put = self._put(subscriber)
        if letter:
            row = _key(letter.id, OUTBOX) | {"kind": letter.kind, "revision": letter.revision}
            self._transact({"Put": put}, {"Put": {"TableName": self._table, "Item": to_item(row)}})
            return
        refused = self._client.exceptions
        try:
            self._client.put_item(**put)
        # The second where somebody's transaction is under way: a single write does not wait for it.
        except (refused.ConditionalCheckFailedException, refused.TransactionConflictException):
            raise LostRace from None

    def erase(self, subscriber: Subscriber) -> None:
        """Put the erased subscriber in the place of the revision before, and delete all else that is held of them.

        Raises `LostRace` where the table has another revision.
        """
        deletes = [
            {"Delete": {"TableName": self._table, "Key": to_item(_key(subscriber.id, sk))}} for sk in (REQUEST, OUTBOX)
        ]
        self._transact({"Put": self._put(subscriber)}, *deletes)

    def sent(self, letter: PendingEmail) -> None:
        """The letter is owed no longer. One that has taken its place meanwhile still is."""
        self._delete(_key(letter.id, OUTBOX), "revision", letter.revision)

    def forget(self, request: SignUpRequest) -> None:
        """Delete a sign-up that nothing comes of. One that has taken its place meanwhile stays."""
        self._delete(_key(request.id, REQUEST), "consent", subscriber_rows.of_request(request)["consent"])

    def _delete(self, key: Row, name: str, value: object) -> None:
        """Delete a row as long as the attribute is as it was. Raises `Busy` where others are writing all the time."""
        refused = self._client.exceptions
        for _ in attempts(TRIES):
            try:
                self._client.delete_item(
                    TableName=self._table,
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
        raise Busy("others keep changing what is held of a subscriber")

    def _put(self, subscriber: Subscriber) -> Any:
        """A put that takes place only over the revision before."""
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if subscriber.revision > 1:
            condition = {
                "ConditionExpression": "revision = :revision",
                "ExpressionAttributeValues": to_item({":revision": subscriber.revision - 1}),
            }
        row = _key(subscriber.id, META) | subscriber_rows.of_subscriber(subscriber)
        return {"TableName": self._table, "Item": to_item(row), **condition}

    def _transact(self, *writes: Any) -> None:
        try:
            self._client.transact_write_items(TransactItems=list(writes))
        except self._client.exceptions.TransactionCanceledException:
            raise LostRace from None

    def _count(self, count: RateLimitWindow) -> Any:
        return {
            "Update": {
                "TableName": self._table,
                "Key": to_item({"pk": f"RATE#{count.key}", "sk": f"{count.hour:%Y-%m-%dT%H}"}),
                "UpdateExpression": "ADD sign_ups :one SET expires_at = :expires_at",
                "ConditionExpression": "attribute_not_exists(sign_ups) OR sign_ups < :most",
                "ExpressionAttributeValues": to_item(
                    {":one": 1, ":most": count.most, ":expires_at": int((count.ends_at + REQUESTS_STAY).timestamp())}
                ),
            }
        }


def id_of(key: Mapping[str, Any]) -> str:
    """The address's id in a key, as a stream record has it."""
    return str(key["pk"]["S"]).removeprefix(PREFIX)


def _key(id: str, sk: str) -> Row:
    return {"pk": PREFIX + id, "sk": sk}
