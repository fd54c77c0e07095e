"""The sending of an issue to its readers: its states, its report, and when it stops by itself.

    (none) ── hold ──▶ held ── release ──▶ running          (none) ── start, release ──▶ running
    running ── stop, or the breaker ──▶ stopped ── resume ──▶ running ── all segments done ──▶ finished

Workers read the subscribers table in segments. Each reader of the audience has one outcome, which is known once, so
the parts of a report always add up to its audience.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Literal, NamedTuple

from ..errors import WrongState
from .issue import Issue, IssueKey
from .subscriber import Subscriber

State = Literal["held", "running", "stopped", "finished"]
StopReason = Literal["editor", "bounces", "complaints"]
Outcome = Literal["sent", "skipped", "suppressed", "failed", "unknown"]
FeedbackKind = Literal["bounces", "complaints"]
Position = tuple[str, str]
"""The key of the row after which a scan continues."""

# Gmail's and Yahoo's limit for complaints about bulk senders is 0.3 %; SES reviews accounts from 5 % of bounces on.
BREAKER_FROM, MAX_BOUNCES, MAX_COMPLAINTS = 500, 0.05, 0.003
# Claims expire (TTL) when no sending may be resumed any more: without them a reader could get a second mail.
RESUMABLE, CLAIMS_KEPT = timedelta(days=30), timedelta(days=90)
STALLED = timedelta(minutes=15)

MAX_SEGMENTS = 90  # with the sending, one transaction writes them
SECONDS_PER_MAIL = 0.15  # of one worker: a transaction, a call to SES and a write, one after the other
SHARE = 0.9  # of SES's rate; the rest is for confirmations and other mails that readers wait for


@dataclass(frozen=True, slots=True)
class Feedback:
    """How many mails of an issue were sent, bounced, and were complained about; each mail once."""

    sent: int = 0
    bounces: int = 0
    complaints: int = 0


@dataclass(frozen=True, slots=True)
class Sending:
    """The sending of an issue. All datetimes are in UTC.

    `changed_at` is when the state began, and `changed_by` the editor who began it; None for the system. `run` counts
    the executions of the state machine, `segments` is 0 until the first of them planned. `reason` is why it stopped.
    `accepted` is the feedback up to which an editor resumed it: the breaker counts from there.
    """

    key: IssueKey
    state: State
    changed_at: datetime
    changed_by: str | None = None
    reason: StopReason | None = None
    run: int = 0
    segments: int = 0
    started_at: datetime | None = None
    accepted: Feedback = Feedback()
    revision: int = 1

    @property
    def execution(self) -> str:
        """The name of its latest execution, by which starting it twice is starting it once."""
        return f"{self.key.id}-{self.run}"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many readers had each outcome."""

    sent: int = 0
    skipped: int = 0
    suppressed: int = 0
    failed: int = 0
    unknown: int = 0

    @property
    def total(self) -> int:
        return sum(getattr(self, each.name) for each in fields(self))

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    def plus(self, outcome: Outcome, number: int = 1) -> "Counts":
        """The counts with that many more readers of an outcome."""
        return replace(self, **{outcome: getattr(self, outcome) + number})


@dataclass(frozen=True, slots=True)
class Segment:
    """One of the parts of the subscribers table, which one worker reads.

    `epoch` counts the workers that took it: only the latest may claim readers and store progress. `position` is the
    row up to which the readers have outcomes, and `counts` are those outcomes. `audience` is how many readers it had
    when it was planned. `moved_at` is the time of the latest progress.
    """

    number: int
    audience: int
    epoch: int = 0
    position: Position | None = None
    counts: Counts = Counts()
    done: bool = False
    moved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """The right of one worker to send an issue to a reader, which nobody else gets.

    `after` is what the reader's `sent_until` was before. `outcome` is None until it is known, and `refused` where SES
    is known not to have taken the mail, so that a worker may claim it again.
    """

    reader: str
    issue: str
    epoch: int
    at: datetime
    after: datetime | None = None
    outcome: Outcome | Literal["refused"] | None = None


@dataclass(frozen=True, slots=True)
class CountedFeedback:
    """That a bounce of, or a complaint about, the mail of an issue was counted for a reader."""

    issue: str
    kind: FeedbackKind


class ReaderDeliveries(NamedTuple):
    """Everything that is stored about the issues of one reader, until it expires. The oldest claim is the first."""

    claims: tuple[Claim, ...] = ()
    feedback: tuple[CountedFeedback, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """How far a sending is. `audience` is the sum of the counts and of `waiting`, always."""

    counts: Counts
    waiting: int
    feedback: Feedback
    moved_at: datetime | None = None

    @property
    def audience(self) -> int:
        return self.counts.total + self.waiting


def report_of(segments: Iterable[Segment], bounces: int, complaints: int) -> Report:
    """The report of a sending: what its segments have reached, and how many readers are still waiting there."""
    counts, waiting, moved = Counts(), 0, list[datetime]()
    for segment in segments:
        counts += segment.counts
        waiting += 0 if segment.done else max(0, segment.audience - segment.counts.total)
        moved += [segment.moved_at] if segment.moved_at else []
    return Report(counts, waiting, Feedback(counts.sent, bounces, complaints), max(moved, default=None))


def ended(segment: Segment) -> Segment:
    """The segment after its last reader. Readers of the audience who were not met left while it was sent: skipped."""
    missed = max(0, segment.audience - segment.counts.total)
    return replace(segment, counts=segment.counts.plus("skipped", missed), position=None, done=True)


def is_reader(subscriber: Subscriber, issue: Issue) -> bool:
    """Whether the subscriber is of the issue's audience: its edition and frequency, confirmed before its composition.

    Those who had confirmed before it, and are suppressed, are of it too, and get no mail.
    """
    profile = subscriber.profile
    if profile is None or subscriber.state not in ("confirmed", "suppressed"):
        return False
    # An import may bring a confirmation of years ago, and makes a reader from the import on.
    since = subscriber.changed_at if subscriber.state == "confirmed" else profile.confirmed_at
    chosen = profile.preferences.edition, profile.preferences.frequency
    return chosen == (issue.key.edition, issue.key.frequency) and since is not None and since <= issue.composed_at


def segments_for(rate: float) -> int:
    """How many workers are needed for that rate, in mails a second."""
    return min(MAX_SEGMENTS, max(1, ceil(rate * SHARE * SECONDS_PER_MAIL)))


def share_of(rate: float, issues: int, segments: int) -> float:
    """How many mails a second one of the workers of an issue may send, while so many issues are sent.

    Each issue has an equal part, however many workers it has, so none keeps another one from being sent.
    """
    return rate * SHARE / issues / segments


def breaker(sending: Sending, feedback: Feedback) -> StopReason | None:
    """Why the sending must stop by itself; None while it may go on. What an editor accepted does not count."""
    accepted = sending.accepted
    sent = feedback.sent - accepted.sent
    if sent < BREAKER_FROM:
        return None
    if feedback.complaints - accepted.complaints >= MAX_COMPLAINTS * sent:
        return "complaints"
    return "bounces" if feedback.bounces - accepted.bounces >= MAX_BOUNCES * sent else None


def held(sending: Sending | None, key: IssueKey, by: str, now: datetime) -> Sending:
    """The sending on hold. Idempotent. Raises `WrongState` once it has begun."""
    if sending is None:
        return Sending(key, "held", now, by)
    if sending.state != "held":
        raise WrongState(f"The issue {key.id} is {sending.state}; only an issue that is not sent yet can be held.")
    return sending


def started(sending: Sending | None, key: IssueKey, by: str | None, now: datetime) -> Sending:
    """The sending after it began, on hold or not. Idempotent. Raises `WrongState` for one that was stopped."""
    if sending is None:
        return Sending(key, "running", now, by, run=1, started_at=now)
    if sending.state == "stopped":
        raise WrongState(f"The issue {key.id} was stopped; it can be resumed.")
    return _running(sending, by, now) if sending.state == "held" else sending


def stopped(sending: Sending | None, key: IssueKey, reason: StopReason, by: str | None, now: datetime) -> Sending:
    """The sending after a stop. Idempotent; one that is finished stays so. Raises `WrongState` before it began."""
    if sending is None or sending.state == "held":
        raise WrongState(f"The issue {key.id} is not sent yet; it can be held.")
    if sending.state != "running":
        return sending
    return _changed(sending, state="stopped", changed_at=now, changed_by=by, reason=reason)


def resumed(sending: Sending | None, key: IssueKey, feedback: Feedback, by: str, now: datetime) -> Sending:
    """The sending after an editor resumed it, with that feedback so far. Idempotent.

    Raises `WrongState` before it began, and after `RESUMABLE`.
    """
    if sending is None or sending.state == "held":
        raise WrongState(f"The issue {key.id} is not sent yet; it can be released.")
    if sending.state != "stopped":
        return sending
    if sending.started_at is None or now - sending.started_at > RESUMABLE:
        raise WrongState(f"The issue {key.id} is too old to be resumed.")
    return replace(_running(sending, by, now), accepted=feedback)


def restarted(sending: Sending) -> Sending:
    """The running sending with its next execution, after the one before ended early."""
    return _changed(sending, run=sending.run + 1)


def planned(sending: Sending, segments: int) -> Sending:
    """The sending with its number of segments, which never changes afterwards."""
    return _changed(sending, segments=segments)


def finished(sending: Sending, now: datetime) -> Sending:
    """The running sending after all segments are done."""
    return _changed(sending, state="finished", changed_at=now, changed_by=None)


def _running(sending: Sending, by: str | None, now: datetime) -> Sending:
    return _changed(
        sending,
        state="running",
        changed_at=now,
        changed_by=by,
        reason=None,
        run=sending.run + 1,
        started_at=sending.started_at or now,
    )


def _changed(sending: Sending, **changes: Any) -> Sending:
    return replace(sending, revision=sending.revision + 1, **changes)
