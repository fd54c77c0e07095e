"""The subscribers table. Each email has a partition, named by its keyed hash. Every read is consistent.

| pk | sk | contents |
|---|---|---|
| `SUBSCRIBER#<id>` | `META` | the subscriber |
| `SUBSCRIBER#<id>` | `SIGN_UP` | the latest sign-up with the email, for the mailer |
| `SUBSCRIBER#<id>` | `LINKS` | the latest request for new links, for the mailer |
| `SUBSCRIBER#<id>` | `OUTBOX` | the pending email of the latest change, for the mailer |
| `MAILBOX#<keyed hash>` | `MAILS` | the mails of the last day to one mailbox, in all its spellings |
| `RATE#<key>` | `<hour>` | a rate limit window: the requests of one network, of a form token, of a shard of all |
| `RATE#bot#<id>` | `BOT` | nothing: a bot's request takes as long as a person's |

The ids are uniformly distributed, so a parallel scan of the table has segments of equal size.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, ConditionBase

from ..model.newsletter.issue import Issue
from ..model.newsletter.limits import SIGN_UPS, RateLimitWindow
from ..model.newsletter.links import LinksRequest
from ..model.newsletter.mailbox import DAY, Mailbox
from ..model.newsletter.subscriber import PendingEmail, SignUpRequest, Subscriber, SubscriberRecord
from . import subscriber_rows
from .conflict import LostRace, retrying
from .table import ABSENT, Key, Row, Table, Write, unchanged

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

PREFIX, MAILBOX, RATE = "SUBSCRIBER#", "MAILBOX#", "RATE#"
META, SIGN_UP, LINKS, OUTBOX, BOT, MAILS = "META", "SIGN_UP", "LINKS", "OUTBOX", "BOT", "MAILS"
RETENTION = timedelta(days=1)  # of requests and windows; a stream keeps its records no longer
TRIES = 8


class RateLimited(Exception):
    """A window has reached its limit. Nothing was written. `window` is the first such window."""

    def __init__(self, window: RateLimitWindow) -> None:
        super().__init__(window.scope)
        self.window = window


@dataclass(frozen=True, slots=True)
class Page:
    """Some subscribers of a scan in its order, and the position to continue after; None at the end."""

    subscribers: tuple[Subscriber, ...]
    next: Key | None


class Subscribers:
    """The table by name, through a DynamoDB client."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    @retrying(TRIES)
    def record_request(
        self, request: SignUpRequest | LinksRequest, windows: Sequence[RateLimitWindow], *, is_bot: bool
    ) -> None:
        """Store a request in place of the previous one of its kind, and count it in the windows, in one transaction.

        The transaction is the same in every state of the subscriber. That of a bot writes as many rows, and no request.
        Raises `RateLimited`, and `Busy` while other clients keep sending the same email or in the same window.
        """
        sk, at = (SIGN_UP, request.consent.at) if isinstance(request, SignUpRequest) else (LINKS, request.at)
        expires = _expires(at)
        row = _row(request.id, sk, subscriber_rows.row_of(request) | expires)
        if is_bot:
            row = {"pk": f"{RATE}bot#{request.id}", "sk": BOT} | expires
        self._count(windows, self._table.put_write(row))

    @retrying(TRIES)
    def count(self, windows: Sequence[RateLimitWindow]) -> None:
        """Count a request in the windows, in one transaction. Raises `RateLimited` and `Busy`."""
        self._count(windows)

    def make_room(self, window: RateLimitWindow, sign_ups: int) -> None:
        """Allow that many sign-ups more in a window. Best effort: nothing waits for it, and it is not idempotent."""
        with suppress(LostRace):
            self._table.add(*_key(window), {SIGN_UPS: -sign_ups}, _expires(window.ends_at))

    def get(self, id: str) -> Subscriber | None:
        """The subscriber, in any state; None if there never was one."""
        row = self._table.row(PREFIX + id, META)
        return subscriber_rows.subscriber(id, row) if row else None

    def get_many(self, ids: Iterable[str]) -> dict[str, Subscriber]:
        """The existing subscribers among these ids, by id. One call per 100 ids."""
        rows = self._table.rows([(PREFIX + id, META) for id in dict.fromkeys(ids)])
        return {subscriber.id: subscriber for subscriber in map(_subscriber, rows)}

    @retrying(TRIES)
    def get_record(self, id: str) -> SubscriberRecord:
        """The subscriber, the latest requests and the pending email, as of one moment.

        A transaction, because a query may return half of what another transaction writes. Raises `Busy`.
        """
        sort_keys = (META, SIGN_UP, OUTBOX, LINKS)
        meta, sign_up, pending, links = self._table.transact_get([(PREFIX + id, sk) for sk in sort_keys])
        return SubscriberRecord(
            subscriber_rows.subscriber(id, meta) if meta else None,
            subscriber_rows.sign_up(id, sign_up) if sign_up else None,
            subscriber_rows.pending_email(id, pending) if pending else None,
            subscriber_rows.links(id, links) if links else None,
        )

    def scan(self, limit: int, after: Key | None = None, segment: int = 0, segments: int = 1) -> Page:
        """At most `limit` subscribers of a segment of the table, unordered; possibly none before the last page.

        A client that continues with `next` until it is None reads each subscriber that exists during the whole scan
        exactly once. The segments together are the table.
        """
        page = self._table.scan(META, limit, after, segment, segments)
        return Page(tuple(map(_subscriber, page.rows)), page.next)

    def count_readers(self, issue: Issue, segment: int, segments: int) -> int:
        """How many subscribers of a segment are of an issue's audience: those for whom `is_reader` holds."""
        composed_at = issue.composed_at.isoformat()  # times are in UTC and in ISO 8601, so they sort as texts
        confirmed = Attr("state").eq("confirmed") & Attr("changed_at").lte(composed_at)
        suppressed = Attr("state").eq("suppressed") & Attr("profile.confirmed_at").lte(composed_at)
        edition = Attr("profile.preferences.edition").eq(issue.key.edition)
        frequency = Attr("profile.preferences.frequency").eq(issue.key.frequency)
        condition = Attr("sk").eq(META) & edition & frequency & (confirmed | suppressed)
        return self._table.count_all(condition, segment, segments)

    def mailbox(self, id: str) -> Mailbox:
        """The mails of the last day to a mailbox."""
        row = self._table.row(MAILBOX + id, MAILS)
        return subscriber_rows.mailbox(id, row) if row else Mailbox(id)

    def commit_mail(self, mailbox: Mailbox, subscriber: Subscriber | None = None) -> None:
        """Write the mailbox, and the subscriber if it changes, each over its previous revision, in one call.

        Raises `LostRace` if the table has another revision of one.
        """
        writes = [self.write_of(subscriber)] if subscriber else []
        self._table.transact(*writes, self._mailbox_write(mailbox))

    def commit_mail_to(self, mailbox: Mailbox, subscriber: Subscriber) -> None:
        """Write the mailbox over its previous revision while the subscriber is as it was read, in one call.

        Raises `LostRace` if the table has another revision of one.
        """
        same = unchanged({"revision": subscriber.revision})
        check = self._table.check_write(PREFIX + subscriber.id, META, same)
        self._table.transact(check, self._mailbox_write(mailbox))

    def commit(self, subscriber: Subscriber, pending: PendingEmail | None = None) -> None:
        """Write the subscriber over the previous revision, together with the pending email.

        Raises `LostRace` if the table has another revision.
        """
        if pending:
            self._table.transact(self.write_of(subscriber), self._outbox_write(pending))
        else:
            self._table.put(_meta(subscriber), self._condition(subscriber.revision))

    def commit_all(self, changes: Iterable[tuple[Subscriber, PendingEmail | None]]) -> None:
        """Write subscribers, each over its previous revision, with their pending emails: all or none, in one call.

        These are at most 100 rows, so at most 50 subscribers where each has a pending email. Raises `LostRace` if the
        table has another revision of one, or another client is changing one.
        """
        writes = []
        for subscriber, pending in changes:
            writes += [self.write_of(subscriber), *([self._outbox_write(pending)] if pending else [])]
        self._table.transact(*writes)

    def erase(self, subscriber: Subscriber) -> None:
        """Write the erased subscriber over the previous revision, and delete all other rows of the subscriber.

        Raises `LostRace` if the table has another revision.
        """
        deletes = [self._table.delete_write(PREFIX + subscriber.id, sk) for sk in (SIGN_UP, LINKS, OUTBOX)]
        self._table.transact(self.write_of(subscriber), *deletes)

    def mark_sent(self, pending: PendingEmail) -> None:
        """Delete a pending email, unless another one has replaced it. Raises `Busy`."""
        self._delete(pending.id, OUTBOX, {"revision": pending.revision})

    def delete_sign_up(self, request: SignUpRequest) -> None:
        """Delete a sign-up, unless another one has replaced it. Raises `Busy`."""
        self._delete(request.id, SIGN_UP, {"consent": subscriber_rows.row_of(request)["consent"]})

    def delete_links(self, request: LinksRequest) -> None:
        """Delete a request for links, unless another one has replaced it. Raises `Busy`."""
        self._delete(request.id, LINKS, subscriber_rows.row_of(request))

    @retrying(TRIES)
    def _delete(self, id: str, sk: str, attributes: Mapping[str, Any]) -> None:
        """Delete a row if it still has these attributes."""
        try:
            self._table.delete(PREFIX + id, sk, unchanged(attributes))
        except LostRace as race:
            if not race.failed:
                raise

    def write_of(self, subscriber: Subscriber) -> Write:
        """The write of the subscriber over the previous revision, for a transaction with rows of another table."""
        return self._table.put_write(_meta(subscriber), self._condition(subscriber.revision))

    def _outbox_write(self, pending: PendingEmail) -> Write:
        return self._table.put_write(_row(pending.id, OUTBOX, subscriber_rows.row_of(pending)))

    def _condition(self, revision: int) -> ConditionBase:
        """That the table has the revision before this one."""
        return unchanged({"revision": revision - 1}) if revision > 1 else ABSENT

    def _mailbox_write(self, mailbox: Mailbox) -> Write:
        expires = _expires(max(mail.at for mail in mailbox.mails) + DAY)
        row = {"pk": MAILBOX + mailbox.id, "sk": MAILS} | subscriber_rows.row_of(mailbox)
        return self._table.put_write(row | expires, self._condition(mailbox.revision))

    def _count(self, windows: Sequence[RateLimitWindow], *writes: Write) -> None:
        """Count a request in the windows, together with the writes. Raises `RateLimited` and `LostRace`."""
        try:
            self._table.transact(*map(self._count_write, windows), *writes)
        except LostRace as race:
            if race.failed:
                raise RateLimited(windows[min(race.failed)]) from None
            raise

    def _count_write(self, window: RateLimitWindow) -> Write:
        """An update that counts a request, with the condition that the window is below its limits."""
        below = [Attr(name).not_exists() | Attr(name).lt(limit) for name, limit in window.limits.items()]
        steps = dict.fromkeys(window.limits, 1)
        return self._table.add_write(*_key(window), steps, _expires(window.ends_at), reduce(and_, below))


def position_of(subscriber: Subscriber) -> Key:
    """The position in a scan after this subscriber."""
    return PREFIX + subscriber.id, META


def subscriber_id(key: Mapping[str, Any]) -> str:
    """The subscriber's id in the key of a stream record."""
    return str(key["pk"]["S"]).removeprefix(PREFIX)


def _key(window: RateLimitWindow) -> Key:
    return f"{RATE}{window.key}", f"{window.hour:%Y-%m-%dT%H}"


def _expires(last_used: datetime) -> dict[str, int]:
    """The attribute by which DynamoDB deletes a row, a while after it was of use."""
    return {"expires_at": int((last_used + RETENTION).timestamp())}


def _meta(subscriber: Subscriber) -> Row:
    return _row(subscriber.id, META, subscriber_rows.row_of(subscriber))


def _row(id: str, sk: str, attributes: Row) -> Row:
    return {"pk": PREFIX + id, "sk": sk} | attributes


def _subscriber(row: Row) -> Subscriber:
    return subscriber_rows.subscriber(row["pk"].removeprefix(PREFIX), row)
