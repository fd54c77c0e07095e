"""The deliveries table: which issues are sent, how far each is, and who was claimed. Every read is consistent.

| pk | sk | contents |
|---|---|---|
| `SENDINGS#<edition>#<frequency>` | `<name>` | the sending of an issue |
| `RUNNING` | `<issue>` | nothing: the sending of that issue is running |
| `ISSUE#<issue>` | `SEGMENT#<number>` | a segment, with its progress and its counts |
| `ISSUE#<issue>` | `FEEDBACK` | how many mails of the issue bounced and were complained about |
| `READER#<id>` | `<issue>` | the claim of a reader for an issue |
| `READER#<id>` | `<issue>#<kind>` | nothing: that bounce or complaint was counted |

A sending and its row in `RUNNING` change in one transaction, so workers see with one query whether they may go on and
with how many others they share SES's rate.
"""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from boto3.dynamodb.conditions import Attr

from ..model.newsletter.issue import Frequency, IssueKey
from ..model.newsletter.sending import (
    CLAIMS_KEPT,
    Claim,
    CountedFeedback,
    Counts,
    Feedback,
    FeedbackKind,
    ReaderDeliveries,
    Report,
    Segment,
    Sending,
    State,
    report_of,
)
from .conflict import LostRace, retrying
from .table import ABSENT, Key, Row, Table, Write, unchanged

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

SENDINGS, RUNNING, ISSUE, SEGMENT, FEEDBACK, READER = (
    "SENDINGS#",
    "RUNNING",
    "ISSUE#",
    "SEGMENT#",
    "FEEDBACK",
    "READER#",
)
TRIES = 8
SUBSCRIBER, CLAIM, EPOCH = 0, 1, 2
"""The positions of the writes of a claim, as `LostRace.failed` has them."""
Counted = Literal["now", "earlier", "no issue"]
"""Whether feedback was counted now, was counted before, or is about an issue that was never sent."""


class Deliveries:
    """The table by name, through a DynamoDB client."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    def get(self, key: IssueKey) -> Sending | None:
        """The sending of an issue; None where it neither began nor is on hold."""
        row = self._table.row(*_sending_key(key))
        return _sending(key, row) if row else None

    def states(self, edition: str, frequency: Frequency, first: str, last: str) -> dict[str, State]:
        """The states of the issues with names from the first to the last, by name; without those that have none."""
        between, values = "sk BETWEEN :first AND :last", {":first": first, ":last": last}
        rows = self._table.query(_partition(edition, frequency), between, values)
        return {row["sk"]: row["state"] for row in rows}

    def replace(self, before: Sending | None, after: Sending) -> None:
        """Put `after` in the place of `before`. Raises `LostRace`, and writes nothing, where a client was first."""
        self._table.transact(*self._sending_writes(before, after))

    def delete(self, held: Sending) -> None:
        """Delete a sending on hold, which never began. Raises `LostRace` where a client was first."""
        self._table.delete(*_sending_key(held.key), unchanged({"revision": held.revision}))

    def plan(self, before: Sending, after: Sending, segments: Iterable[Segment]) -> None:
        """Put `after` in the place of `before`, with its segments, which do not exist yet. Raises `LostRace`."""
        rows = [_segment_row(after.key, segment) for segment in segments]
        rows.append({"pk": _issue(after.key), "sk": FEEDBACK, "bounces": 0, "complaints": 0})
        self._table.transact(
            *self._sending_writes(before, after), *(self._table.put_write(row, ABSENT) for row in rows)
        )

    def running(self) -> frozenset[str]:
        """The ids of the issues that are being sent."""
        return frozenset(row["sk"] for row in self._table.query(RUNNING))

    def segments(self, key: IssueKey) -> tuple[Segment, ...]:
        """The segments of an issue's sending, by their number."""
        rows = self._table.query(_issue(key), "begins_with(sk, :segment)", {":segment": SEGMENT}, newest=False)
        return tuple(map(_segment, rows))

    def report(self, key: IssueKey) -> Report:
        """How far the sending of an issue is, by one query."""
        segments, feedback = list[Segment](), {"bounces": 0, "complaints": 0}
        for row in self._table.query(_issue(key)):
            if row["sk"] == FEEDBACK:
                feedback = {name: row[name] for name in feedback}
            else:
                segments.append(_segment(row))
        return report_of(segments, **feedback)

    def segment(self, key: IssueKey, number: int) -> Segment | None:
        """A segment of an issue's sending; None before it was planned."""
        row = self._table.row(_issue(key), _segment_name(number))
        return _segment(row) if row else None

    def take_segment(self, key: IssueKey, before: Segment, after: Segment) -> None:
        """Put `after` in the place of `before`. Raises `LostRace` where its worker has stored progress since, too:
        what another execution has finished must not be undone.
        """
        read = {name: _segment_row(key, before)[name] for name in ("epoch", "position", "done")}
        self._table.put(_segment_row(key, after), unchanged(read))

    def put_segment(self, key: IssueKey, segment: Segment, epoch: int) -> None:
        """Store a segment whose epoch was the given one. Raises `LostRace` where another worker has taken it since."""
        self._table.put(_segment_row(key, segment), unchanged({"epoch": epoch}))

    def claims(self, issue: IssueKey, readers: Iterable[str]) -> dict[str, Claim]:
        """The claims of these readers for an issue, by reader. One call per 100 of them."""
        keys: list[Key] = [(READER + reader, issue.id) for reader in dict.fromkeys(readers)]
        return {claim.reader: claim for claim in map(_claim, self._table.rows(keys))} if keys else {}

    def of_reader(self, reader: str) -> ReaderDeliveries:
        """All claims of a reader, and the feedback that was counted for them, by one query."""
        claims, feedback = list[Claim](), list[CountedFeedback]()
        for row in self._table.query(READER + reader, newest=False):
            issue, is_feedback, kind = row["sk"].partition("#")
            if is_feedback:
                feedback.append(CountedFeedback(issue, kind))
            else:
                claims.append(_claim(row))
        return ReaderDeliveries(tuple(sorted(claims, key=lambda claim: claim.at)), tuple(feedback))

    def claim(self, claim: Claim, reader: Write, key: IssueKey, segment: Segment, *, again: bool = False) -> None:
        """Claim a reader for a worker that has the segment, with the write of the subscriber, in one transaction.

        `again` is for a mail that SES is known not to have taken before. Raises `LostRace`, and writes nothing, where
        the subscriber changed, another worker claimed the reader, or another worker has the segment: `failed` has
        `SUBSCRIBER`, `CLAIM` or `EPOCH`.
        """
        free = unchanged({"outcome": "refused"}) if again else ABSENT
        same = self._table.check_write(_issue(key), _segment_name(segment.number), unchanged({"epoch": segment.epoch}))
        self._table.transact(reader, self._table.put_write(_claim_row(claim), free), same)

    @retrying(TRIES)
    def record(self, claim: Claim) -> bool:
        """Store the claim's outcome, once: False where it has one already, which then holds. Raises `Busy`."""
        try:
            self._table.put(_claim_row(claim), Attr("outcome").not_exists() & unchanged({"epoch": claim.epoch}))
        except LostRace as race:
            if not race.failed:
                raise
            return False
        return True

    def count_feedback(self, key: IssueKey, reader: str, kind: FeedbackKind, at: datetime) -> Counted:
        """Count that the mail of an issue to a reader bounced or was complained about, once for each reader and kind.

        Raises `LostRace` where others are counting at the same moment.
        """
        mark = {"pk": READER + reader, "sk": f"{key.id}#{kind}"} | _expires(at)
        planned = Attr("pk").exists()
        try:
            self._table.transact(
                self._table.put_write(mark, ABSENT),
                self._table.add_write(_issue(key), FEEDBACK, {kind: 1}, condition=planned),
            )
        except LostRace as race:
            if 0 in race.failed:
                return "earlier"
            if 1 in race.failed:
                return "no issue"
            raise
        return "now"

    def _sending_writes(self, before: Sending | None, after: Sending) -> list[Write]:
        condition = unchanged({"revision": before.revision}) if before else ABSENT
        writes = [self._table.put_write(_sending_row(after), condition)]
        was_running, runs = before is not None and before.state == "running", after.state == "running"
        if runs and not was_running:
            writes.append(self._table.put_write({"pk": RUNNING, "sk": after.key.id}))
        if was_running and not runs:
            writes.append(self._table.delete_write(RUNNING, after.key.id))
        return writes


def _sending_key(key: IssueKey) -> Key:
    return _partition(key.edition, key.frequency), key.name


def _partition(edition: str, frequency: Frequency) -> str:
    return f"{SENDINGS}{edition}#{frequency}"


def _issue(key: IssueKey) -> str:
    return ISSUE + key.id


def _segment_name(number: int) -> str:
    return f"{SEGMENT}{number:03}"


def _sending_row(sending: Sending) -> Row:
    pk, sk = _sending_key(sending.key)
    fields = asdict(sending) | {"changed_at": sending.changed_at.isoformat(), "started_at": _text(sending.started_at)}
    del fields["key"]
    return {"pk": pk, "sk": sk} | fields


def _sending(key: IssueKey, row: Row) -> Sending:
    names = ("state", "changed_by", "reason", "run", "segments", "revision")
    return Sending(
        key=key,
        changed_at=datetime.fromisoformat(row["changed_at"]),
        started_at=_instant(row["started_at"]),
        accepted=Feedback(**row["accepted"]),
        **{name: row[name] for name in names},
    )


def _segment_row(key: IssueKey, segment: Segment) -> Row:
    fields = asdict(segment) | {"moved_at": _text(segment.moved_at)}
    fields["position"] = list(segment.position) if segment.position else None
    return {"pk": _issue(key), "sk": _segment_name(segment.number)} | fields


def _segment(row: Row) -> Segment:
    position = row["position"]
    return Segment(
        number=row["number"],
        epoch=row["epoch"],
        position=(position[0], position[1]) if position else None,
        counts=Counts(**row["counts"]),
        audience=row["audience"],
        done=row["done"],
        moved_at=_instant(row["moved_at"]),
    )


def _claim_row(claim: Claim) -> Row:
    row: Row = {"pk": READER + claim.reader, "sk": claim.issue, "reader": claim.reader, "issue": claim.issue}
    row |= {"epoch": claim.epoch, "at": claim.at.isoformat(), "after": _text(claim.after)} | _expires(claim.at)
    return row | {"outcome": claim.outcome} if claim.outcome else row


def _claim(row: Row) -> Claim:
    at, after = datetime.fromisoformat(row["at"]), _instant(row["after"])
    return Claim(row["reader"], row["issue"], row["epoch"], at, after, row.get("outcome"))


def _expires(at: datetime) -> dict[str, int]:
    """The attribute by which DynamoDB deletes a row."""
    return {"expires_at": int((at + CLAIMS_KEPT).timestamp())}


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
