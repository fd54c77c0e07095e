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

from boto3.dynamodb.conditions import Attr, ConditionBase

from ..model.newsletter.limits import RateLimitWindow
from ..model.newsletter.subscriber import PendingEmail, SignUpRequest, Subscriber
from . import subscriber_rows
from .conflict import LostRace, retrying
from .table import ABSENT, Row, Table, Write, unchanged

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

PREFIX = "SUBSCRIBER#"
META, REQUEST, OUTBOX = "META", "REQUEST", "OUTBOX"
REQUESTS_STAY = timedelta(days=1)  # longer than the stream keeps what it has to say of one
TRIES = 8


class RateLimited(Exception):
    """A count has reached its end, so nothing was written. `count` is the first that has."""

    def __init__(self, count: RateLimitWindow) -> None:
        super().__init__(count.scope)
        self.count = count


class Subscribers:
    """The table by name, through a DynamoDB client."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    @retrying(TRIES)
    def ask(self, request: SignUpRequest, counts: Iterable[RateLimitWindow]) -> None:
        """Keep a sign-up, over the one before it, and count it; all of that or nothing.

        One call, whatever the table holds about the address. Raises `RateLimited`, and `Busy` while other clients keep
        signing up with the same address or in the same window.
        """
        counts = tuple(counts)
        expires_at = int((request.consent.at + REQUESTS_STAY).timestamp())
        row = _row(request.id, REQUEST, subscriber_rows.of_request(request) | {"expires_at": expires_at})
        try:
            self._table.transact(*map(self._count, counts), self._table.put_write(row))
        except LostRace as race:
            if race.failed:
                raise RateLimited(counts[min(race.failed)]) from None
            raise

    def get(self, id: str) -> Subscriber | None:
        """The subscriber, in whatever state; None where there never was one."""
        row = self._table.row(PREFIX + id, META)
        return subscriber_rows.subscriber(id, row) if row else None

    @retrying(TRIES)
    def correspondence(self, id: str) -> tuple[Subscriber | None, SignUpRequest | None, PendingEmail | None]:
        """The subscriber, the latest sign-up, and the mail that is owed, as they stood at one moment.

        A transaction, since a query may see one half of what another transaction writes. Raises `Busy` where others
        are writing all the time.
        """
        meta, request, letter = self._table.transact_get([(PREFIX + id, sk) for sk in (META, REQUEST, OUTBOX)])
        return (
            subscriber_rows.subscriber(id, meta) if meta else None,
            subscriber_rows.request(id, request) if request else None,
            PendingEmail(id, letter["kind"], letter["revision"]) if letter else None,
        )

    def commit(self, subscriber: Subscriber, letter: PendingEmail | None = None) -> None:
        """Put the subscriber in the place of the revision before, and the mail that they are owed for it beside them.

        Raises `LostRace` where the table has another revision.
        """
        if letter:
            outbox = _row(letter.id, OUTBOX, {"kind": letter.kind, "revision": letter.revision})
            self._table.transact(self._put_write(subscriber), self._table.put_write(outbox))
        else:
            self._table.put(_meta(subscriber), self._condition(subscriber))

    def erase(self, subscriber: Subscriber) -> None:
        """Put the erased subscriber in the place of the revision before, and delete all else that is held of them.

        Raises `LostRace` where the table has another revision.
        """
        self._table.transact(
            self._put_write(subscriber),
            *(self._table.delete_write(PREFIX + subscriber.id, sk) for sk in (REQUEST, OUTBOX)),
        )

    def sent(self, letter: PendingEmail) -> None:
        """The letter is owed no longer. One that has taken its place meanwhile still is."""
        self._delete(letter.id, OUTBOX, {"revision": letter.revision})

    def forget(self, request: SignUpRequest) -> None:
        """Delete a sign-up that nothing comes of. One that has taken its place meanwhile stays."""
        self._delete(request.id, REQUEST, {"consent": subscriber_rows.of_request(request)["consent"]})

    @retrying(TRIES)
    def _delete(self, id: str, sk: str, attributes: Mapping[str, Any]) -> None:
        """Delete a row as long as it has the attributes. Raises `Busy` where others are writing all the time."""
        try:
            self._table.delete(PREFIX + id, sk, unchanged(attributes))
        except LostRace as race:
            if not race.failed:
                raise

    def _put_write(self, subscriber: Subscriber) -> Write:
        return self._table.put_write(_meta(subscriber), self._condition(subscriber))

    def _condition(self, subscriber: Subscriber) -> ConditionBase | None:
        """That the table has the revision before."""
        return unchanged({"revision": subscriber.revision - 1}) if subscriber.revision > 1 else ABSENT

    def _count(self, count: RateLimitWindow) -> Write:
        return self._table.add_write(
            f"RATE#{count.key}",
            f"{count.hour:%Y-%m-%dT%H}",
            {"sign_ups": 1},
            {"expires_at": int((count.ends_at + REQUESTS_STAY).timestamp())},
            Attr("sign_ups").not_exists() | Attr("sign_ups").lt(count.most),
        )


def id_of(key: Mapping[str, Any]) -> str:
    """The address's id in a key, as a stream record has it."""
    return str(key["pk"]["S"]).removeprefix(PREFIX)


def _meta(subscriber: Subscriber) -> Row:
    return _row(subscriber.id, META, subscriber_rows.of_subscriber(subscriber))


def _row(id: str, sk: str, attributes: Row) -> Row:
    return {"pk": PREFIX + id, "sk": sk} | attributes
