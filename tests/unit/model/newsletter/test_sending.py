"""The states of a sending: each transition from each state, and what a report adds up to."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from broadsheet.model.errors import WrongState
from broadsheet.model.newsletter.issue import IssueKey
from broadsheet.model.newsletter.sending import (
    RESUMABLE,
    Counts,
    Feedback,
    Segment,
    Sending,
    State,
    ended,
    finished,
    held,
    planned,
    report_of,
    restarted,
    resumed,
    started,
    stopped,
)
from tests.world import NOON

KEY = IssueKey("en", "daily", "2026-03-14")
LATER = NOON + timedelta(hours=1)
FEEDBACK = Feedback(600, 40, 1)

HELD = held(None, KEY, "lina", NOON)
RUNNING = planned(started(None, KEY, None, NOON), 2)
STOPPED = stopped(RUNNING, KEY, "editor", "lina", NOON)
FINISHED = finished(RUNNING, NOON)
STATES: dict[str, Sending | None] = {
    "none": None,
    "held": HELD,
    "running": RUNNING,
    "stopped": STOPPED,
    "finished": FINISHED,
}
TRANSITIONS: dict[str, Callable[[Sending | None], Sending]] = {
    "hold": lambda sending: held(sending, KEY, "sami", LATER),
    "start": lambda sending: started(sending, KEY, "sami", LATER),
    "stop": lambda sending: stopped(sending, KEY, "bounces", None, LATER),
    "resume": lambda sending: resumed(sending, KEY, FEEDBACK, "sami", LATER),
}
# The state after each transition from each state; `same` where nothing changes, None where it is refused.
EXPECTED: dict[str, dict[str, State | str | None]] = {
    "hold": {"none": "held", "held": "same", "running": None, "stopped": None, "finished": None},
    "start": {"none": "running", "held": "running", "running": "same", "stopped": None, "finished": "same"},
    "stop": {"none": None, "held": None, "running": "stopped", "stopped": "same", "finished": "same"},
    "resume": {"none": None, "held": None, "running": "same", "stopped": "running", "finished": "same"},
}


@pytest.mark.parametrize("name", TRANSITIONS)
@pytest.mark.parametrize("state", STATES)
def test_each_transition_from_each_state_is_refused_or_safe_to_repeat(name: str, state: str) -> None:
    """newsletter#39."""
    before, change, expected = STATES[state], TRANSITIONS[name], EXPECTED[name][state]
    if expected is None:
        with pytest.raises(WrongState, match=KEY.id):
            change(before)
        return
    after = change(before)
    assert change(after) == after
    if expected == "same":
        assert after == before
        return
    assert (after.state, after.changed_at) == (expected, LATER)
    assert after.revision == (before.revision + 1 if before else 1)
    # A run has one execution, so each beginning is the next one.
    assert after.run == (before.run if before else 0) + (after.state == "running")


def test_a_sending_remembers_who_when_and_why() -> None:
    begun = started(HELD, KEY, "sami", LATER)
    assert (begun.changed_by, begun.started_at, begun.run) == ("sami", LATER, 1)
    assert begun.execution == "en-daily-2026-03-14-1"
    halted = stopped(begun, KEY, "complaints", None, LATER)
    assert (halted.changed_by, halted.reason) == (None, "complaints")
    again = resumed(halted, KEY, FEEDBACK, "lina", LATER + timedelta(hours=1))
    assert (again.changed_by, again.reason, again.started_at) == ("lina", None, LATER)
    assert (again.accepted, again.run, again.segments) == (FEEDBACK, 2, begun.segments)
    assert restarted(again) == replace(again, run=3, revision=again.revision + 1)
    done = finished(again, LATER)
    assert (done.state, done.changed_by, done.run) == ("finished", None, 2)


def test_a_sending_cannot_be_resumed_after_its_claims_are_gone() -> None:
    assert resumed(STOPPED, KEY, FEEDBACK, "lina", NOON + RESUMABLE).state == "running"
    with pytest.raises(WrongState, match="too old"):
        resumed(STOPPED, KEY, FEEDBACK, "lina", NOON + RESUMABLE + timedelta(seconds=1))


def test_a_report_adds_up_at_any_time() -> None:
    """newsletter#32."""
    waiting = Segment(0, audience=10)
    working = Segment(1, audience=10, counts=Counts(sent=3, skipped=1, failed=1), moved_at=NOON)
    # Who changed to this issue's frequency since it was planned is met too.
    more = Segment(2, audience=1, counts=Counts(sent=1, unknown=2), moved_at=LATER)
    left = ended(Segment(3, audience=5, counts=Counts(sent=2, suppressed=1), position=("a", "b"), moved_at=NOON))
    assert (left.counts, left.done, left.position) == (Counts(sent=2, skipped=2, suppressed=1), True, None)
    assert ended(left) == left
    report = report_of((waiting, working, more, left), bounces=1, complaints=0)
    assert report.counts == Counts(sent=6, skipped=3, suppressed=1, failed=1, unknown=2)
    assert (report.waiting, report.audience, report.moved_at) == (15, 28, LATER)
    assert report.feedback == Feedback(6, 1, 0)
    assert report_of((), 0, 0).audience == 0
