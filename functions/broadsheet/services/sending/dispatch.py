"""When the sending of an issue begins, goes on and ends: by the schedule, by editors, and by its state machine.

The state is stored first, and then the state machine is started, whose executions have the sending's names. So
whatever fails in between is done by the next run of the schedule, and nothing is started twice.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Literal

from ...executor import SEQUENTIAL, Executor
from ...model.config import Site
from ...model.errors import NotFound, WrongState
from ...model.newsletter.issue import FREQUENCIES, Issue, IssueKey, parse_issue_id
from ...model.newsletter.sending import (
    STALLED,
    Segment,
    Sending,
    finished,
    held,
    planned,
    restarted,
    resumed,
    segments_for,
    started,
    stopped,
)
from ...store.conflict import retrying
from ...store.deliveries import Deliveries
from ...store.executions import Executions
from ...store.issues import Issues
from ...store.ses import Ses
from ...store.subscribers import Subscribers
from ...telemetry import logger

TRIES = 8
COUNTING = 8  # segments whose readers are counted at once: a call of the function has 300 seconds for all of them


class Unfinished(Exception):
    """An execution ends while readers still wait; the schedule starts the next one."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the running sendings are: how many readers wait for their mail, and which have not moved for a while."""

    waiting: int = 0
    stalled: tuple[IssueKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Begins sendings. `executions` is None in a deployment without a sender, which sends nothing."""

    deliveries: Deliveries
    issues: Issues
    executions: Executions | None

    def start_due(self, site: Site, now: datetime) -> Iterator[IssueKey]:
        """Begin to send the newest issue of each edition and frequency, unless it is empty, on hold, or was begun.

        Yields the issues that it began.
        """
        for edition, frequency in product(site.editions, FREQUENCIES):
            latest = self.issues.next(edition, frequency).latest
            if latest is None:
                continue
            key = IssueKey(edition, frequency, latest)
            issue = self.issues.get(key)
            if issue and issue.articles and self.deliveries.get(key) is None and self._begin(key, now):
                yield key

    def watch(self, now: datetime) -> Progress:
        """Start the next execution of each running sending whose execution has ended or was never started."""
        progress = Progress()
        for id in sorted(self.deliveries.running()):
            key = parse_issue_id(id)
            sending = self.deliveries.get(key) if key else None
            if sending is None or sending.state != "running":
                continue  # it has ended since
            self._continue(sending)
            report = self.deliveries.report(sending.key)
            still = now - max(report.moved_at or sending.changed_at, sending.changed_at) > STALLED
            stalled = (*progress.stalled, sending.key) if still else progress.stalled
            progress = Progress(progress.waiting + report.waiting, stalled)
        return progress

    def start(self, key: IssueKey, by: str | None, now: datetime) -> Sending:
        """Begin to send an issue, also one on hold. Idempotent. Raises `NotFound` for an issue that was not composed,
        `WrongState` for one without articles and one that was stopped, and `Busy`.
        """
        issue = self.issues.get(key)
        if issue is None:
            raise NotFound(f"there is no issue {key.id}")
        if not issue.articles:
            raise WrongState(f"There was no news for the issue {key.id}: nobody gets it.")
        sending = self._change(key, lambda sending: started(sending, key, by, now))
        self._execute(sending)
        return sending

    def hold(self, key: IssueKey, by: str, now: datetime) -> Sending:
        """Keep an issue from being sent, also before it is composed. Idempotent. Raises `WrongState` and `Busy`."""
        return self._change(key, lambda sending: held(sending, key, by, now))

    @retrying(TRIES)
    def unhold(self, key: IssueKey) -> None:
        """Let an issue that is not composed yet be sent when it is. Idempotent. Raises `Busy`."""
        sending = self.deliveries.get(key)
        if sending and sending.state == "held":
            self.deliveries.delete(sending)

    def stop(self, key: IssueKey, by: str, now: datetime) -> Sending:
        """Stop the sending of an issue: workers notice within seconds. Idempotent. Raises `WrongState` and `Busy`."""
        return self._change(key, lambda sending: stopped(sending, key, "editor", by, now))

    def resume(self, key: IssueKey, by: str, now: datetime) -> Sending:
        """Go on with a sending where it stopped. Idempotent. Raises `WrongState` and `Busy`."""
        feedback = self.deliveries.report(key).feedback
        sending = self._change(key, lambda sending: resumed(sending, key, feedback, by, now))
        self._execute(sending)
        return sending

    def _begin(self, key: IssueKey, now: datetime) -> bool:
        """Begin to send an issue, unless an editor has put it on hold, or another client was first. Whether it did."""
        new = started(None, key, None, now)
        sending = self._change(key, lambda found: found or new)
        self._execute(sending)
        return sending == new

    def _continue(self, sending: Sending) -> None:
        if self.executions is None:
            return
        running = self.executions.is_running(sending.execution)
        if running is False:
            sending = self._change(sending.key, lambda latest: _next_run(latest, sending))
            logger.info("an issue is sent on", extra={"issue": sending.key.id, "run": sending.run})
        if not running:
            self._execute(sending)

    def _execute(self, sending: Sending) -> None:
        if self.executions and sending.state == "running":
            self.executions.start(sending.execution, {"step": "plan", "issue": sending.key.id, "run": sending.run})

    @retrying(TRIES)
    def _change(self, key: IssueKey, change: Callable[[Sending | None], Sending]) -> Sending:
        before = self.deliveries.get(key)
        after = change(before)
        if after != before:
            self.deliveries.replace(before, after)
        return after


@retrying(TRIES)
def plan(
    deliveries: Deliveries, subscribers: Subscribers, ses: Ses, issue: Issue, executor: Executor = SEQUENTIAL
) -> tuple[int, ...]:
    """The numbers of the segments that are not done; none unless the issue is being sent.

    The first execution decides how many there are, and counts their readers with the executor. Raises `Busy`.
    """
    key = issue.key
    sending = deliveries.get(key)
    if sending is None or sending.state != "running":
        return ()
    if not sending.segments:
        count = segments_for(ses.quota().rate)
        numbers = range(count)
        audiences = executor.map(lambda number: subscribers.count_readers(issue, number, count), numbers)
        segments = map(Segment, numbers, audiences)
        deliveries.plan(sending, planned(sending, count), segments)
        return tuple(numbers)
    return tuple(segment.number for segment in deliveries.segments(key) if not segment.done)


@retrying(TRIES)
def finish(
    deliveries: Deliveries, key: IssueKey, run: int, now: datetime
) -> Literal["finished", "stopped", "tripped", "superseded"]:
    """End a sending whose segments are done. Raises `Unfinished` where some are not, though it was not stopped.

    Returns what became of it: `tripped` where the breaker stopped it.
    """
    sending = deliveries.get(key)
    if sending is None or sending.state == "held":
        raise LookupError(f"{key.id} is not being sent")
    if sending.state == "stopped" and sending.reason != "editor":
        return "tripped"
    if sending.state != "running":
        return sending.state
    if sending.run != run:
        return "superseded"
    segments = deliveries.segments(key)
    if not segments or not all(segment.done for segment in segments):
        raise Unfinished(key.id)
    deliveries.replace(sending, finished(sending, now))
    return "finished"


def _next_run(latest: Sending | None, seen: Sending) -> Sending:
    """The sending with its next execution, unless another client was first."""
    if latest is None:
        raise LookupError(f"{seen.key.id} is not being sent")
    return restarted(latest) if latest == seen else latest
