"""A worker sends an issue to the readers of one segment of the subscribers table.

Each worker that takes a segment increments its epoch. Claims and progress are conditional on the epoch, so a worker
that is late, and still believes to have the segment, can change nothing any more. The progress is stored every few
seconds and where the worker stops. A worker that dies in between is followed by one that begins at the progress that
was stored, and finds the outcomes since then in the claims.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Literal

from ...deadline import Deadline
from ...model.errors import Busy
from ...model.newsletter.sending import Claim, Counts, Outcome, Segment, Sending, breaker, ended, share_of, stopped
from ...model.newsletter.subscriber import Subscriber
from ...store.conflict import LostRace, retrying
from ...store.subscribers import Page, position_of
from ...telemetry import logger
from .delivery import Delivery, Refusing, Superseded

PAGE = 250  # rows that one call reads
TRIES = 8
# Seconds between two looks at whether to go on, with the progress written: three calls, for about a hundred mails.
CHECKPOINT = 15.0
WAIT = 60  # seconds, while SES takes no mails

NOTHING = Counts()
Next = Literal["more", "wait", "done"]


@dataclass(frozen=True, slots=True)
class Step:
    """What a worker did, and what is next: more readers, a wait of `seconds`, or nothing.

    `counts` are the outcomes that it added to the report.
    """

    next: Next
    counts: Counts = NOTHING
    seconds: int = 0


@dataclass(slots=True)
class Worker:
    """One worker of a sending. `rate` is how many mails a second SES takes of the whole account."""

    delivery: Delivery
    sending: Sending
    rate: float
    _segment: Segment = field(default_factory=lambda: Segment(0, 0))
    _stored: Segment = field(default_factory=lambda: Segment(0, 0))
    _next_checkpoint: float = 0.0

    def work(self, number: int, deadline: Deadline) -> Step:
        """Send to readers of the segment until none is left, the sending stops, or the deadline has passed.

        Idempotent: what was done stays done, and is counted once. Raises `Busy` and what the clients of AWS raise.
        """
        before = self._take(number)
        next: Next = "done"
        try:
            if not before.done:
                next = self._go_on(deadline)
        except Superseded:
            logger.info("another worker has the segment", extra={"issue": self.sending.key.id, "segment": number})
        return Step(next, _added(before.counts, self._stored.counts), WAIT if next == "wait" else 0)

    @retrying(TRIES)
    def _take(self, number: int) -> Segment:
        """Take the segment from the worker that had it. Raises `Busy`."""
        key = self.sending.key
        found = self.delivery.deliveries.segment(key, number)
        if found is None:
            raise LookupError(f"{key.id} has no segment {number}")
        taken = replace(found, epoch=found.epoch + 1)
        self.delivery.deliveries.take_segment(key, found, taken)
        self._segment = self._stored = taken
        return taken

    def _go_on(self, deadline: Deadline) -> Next:
        try:
            return self._walk(deadline)
        except Refusing:
            self._store(self._segment)
            return "wait"

    def _walk(self, deadline: Deadline) -> Next:
        """Go through the rest of the segment."""
        self._next_checkpoint = self.delivery.pace.monotonic()  # the first look is before the first reader
        while True:
            # A page may have no subscriber, and many pages may have none.
            if interruption := self._interruption(deadline):
                return interruption
            segment = self._segment
            page = self.delivery.subscribers.scan(PAGE, segment.position, segment.number, self.sending.segments)
            claims = self._claims(page)
            for subscriber in page.subscribers:
                if interruption := self._interruption(deadline):
                    return interruption
                outcome = self.delivery.outcome(subscriber, claims.get(subscriber.id), self._segment, deadline)
                self._count(subscriber, outcome)
            if page.next is None:
                self._store(ended(self._segment))
                return "done"
            self._segment = replace(self._segment, position=page.next)

    def _claims(self, page: Page) -> Mapping[str, Claim]:
        """The claims that there may be of the page's readers: of those to whom a mail as new as this one was sent."""
        until = self.delivery.contents.issue.until
        suspects = (each.id for each in page.subscribers if each.sent_until is not None and each.sent_until >= until)
        return self.delivery.deliveries.claims(self.sending.key, suspects)

    def _interruption(self, deadline: Deadline) -> Next | None:
        """Why the worker must not go on; None while it may. The progress is stored where it must not."""
        if deadline.left <= 0:
            self._store(self._segment)
            return "more"
        if self.delivery.pace.monotonic() < self._next_checkpoint:
            return None
        self._store(self._segment)
        self._next_checkpoint = self.delivery.pace.monotonic() + CHECKPOINT
        running = self.delivery.deliveries.running()
        if self.sending.key.id not in running or self._trips():
            return "done"
        self.delivery.pace.speed_up()
        self.delivery.pace.rate = share_of(self.rate, len(running), self.sending.segments)
        return None

    def _trips(self) -> bool:
        """Stop the sending where too many mails bounce or are complained about. Returns whether it is stopped."""
        key = self.sending.key
        feedback = self.delivery.deliveries.report(key).feedback
        for _ in range(TRIES):
            if breaker(self.sending, feedback) is None:
                return False
            self.sending = self.delivery.deliveries.get(key) or self.sending  # an editor may have resumed it since
            reason = breaker(self.sending, feedback)
            if self.sending.state != "running" or reason is None:
                return self.sending.state != "running"
            after = stopped(self.sending, key, reason, None, self.delivery.clock())
            try:
                self.delivery.deliveries.replace(self.sending, after)
            except LostRace:
                continue
            logger.error("the sending of an issue is stopped", extra={"issue": key.id, "reason": reason})
            return True
        raise Busy("Other clients keep changing the sending.")

    @retrying(TRIES)
    def _store(self, segment: Segment) -> None:
        """Store the progress, if there is any: a worker that only waits for SES does not move.

        Raises `Superseded`, and `Busy` while a late worker's claims keep meeting it.
        """
        if segment == self._stored:
            return
        segment = replace(segment, moved_at=self.delivery.clock())
        try:
            self.delivery.deliveries.put_segment(self.sending.key, segment, segment.epoch)
        except LostRace as race:
            if race.failed:
                raise Superseded from race
            raise
        self._segment = self._stored = segment

    def _count(self, subscriber: Subscriber, outcome: Outcome | None) -> None:
        counts = self._segment.counts
        counts = counts.plus(outcome) if outcome else counts
        self._segment = replace(self._segment, counts=counts, position=position_of(subscriber))


def _added(before: Counts, after: Counts) -> Counts:
    """How many more there are of each outcome."""
    return Counts(*(getattr(after, each.name) - getattr(before, each.name) for each in fields(Counts)))
