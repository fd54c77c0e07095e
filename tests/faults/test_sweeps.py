"""Fault sweeps: whichever call of a flow fails, and however, the flow ends like an undisturbed one."""

import re
from collections.abc import Callable

import pytest

from tests.faults.ending import check_ending
from tests.faults.faults import Fault, Mode
from tests.faults.floors import FAULTS
from tests.faults.flows import (
    ADVERTISING,
    EDITING,
    EVENTS,
    FRONT_PAGES,
    HISTORIAN,
    HUB,
    IMAGING,
    INDEXNOW,
    ISSUES,
    LONG,
    PREVIEWING,
    PUBLISHER,
    flow,
)
from tests.faults.import_flows import LISTS
from tests.faults.key_flows import KEYS
from tests.faults.newsletter_flows import NEWSLETTER
from tests.faults.sweep import FaultSweep, Flow
from tests.faults.testbed import TestBed

PUBLISHING, *MORE_PUBLISHING = PUBLISHER
SHORT = (
    *EDITING,
    *PREVIEWING,
    PUBLISHING,
    *ADVERTISING,
    *FRONT_PAGES,
    *ISSUES,
    *IMAGING,
    *EVENTS,
    *HUB,
    *INDEXNOW,
    *NEWSLETTER,
    *LISTS,
    *KEYS,
)
# Short flows that `make test` leaves to `make proof`: another flow makes nearly the same calls.
SLOW = tuple(
    map(
        flow,
        (
            "put an article that must be new, at a path that is taken",
            "replace the revision that was seen",
            "move an article by its date",
            "withdraw an article until tomorrow",
            "put a withdrawn article back",
            "schedule a withdrawn article",
            "restore a withdrawn article",
            "put another preview under the same link",
            "start one ad and end another",
            "change the choice that was seen",
            "end the choice of a lead",
            "request the build of a new site",
            "sign up above the network's limit",
            "handle another sign-up within a day",
            "handle a request for links within an hour of a mail with some",
            "handle a request for links of who has unsubscribed",
            "send another confirmation after a second sign-up",
            "send a confirmation after unsubscribing",
            "send a reminder for the sign-up of a confirmed subscriber",
            "send the mail after an import",
            "send mail to several subscribers",
            "unsubscribe by one click",
            "lift a suppression of an erased subscriber",
        ),
    )
)
QUICK = tuple(one for one in SHORT if one not in SLOW)
# Flows of functions that a batch or a schedule invokes: these must end before their deadline.
TIMED = (
    PUBLISHING,
    *EVENTS,
    *HUB,
    *INDEXNOW,
    IMAGING[0],
    *map(
        flow,
        (
            "publish ads",
            "release a scheduled article",
            "compose issues",
            "send a confirmation",
            "send the welcome",
            "handle a batch that is delivered again",
        ),
    ),
)
TIMED_LONG = (*MORE_PUBLISHING, flow("publish a batch of changes"))
every_flow = pytest.mark.parametrize(
    "flow",
    [*QUICK, *(pytest.param(flow, marks=pytest.mark.proof) for flow in (*SLOW, *MORE_PUBLISHING, *HISTORIAN, *LONG))],
    ids=str,
)


@pytest.mark.parametrize("flow", QUICK, ids=str)
def test_any_call_may_fail_in_any_way(
    sweeps: Callable[[Flow], FaultSweep], flow: Flow, record_property: Callable[[str, object], None]
) -> None:
    """Of a flow that is not very short, calls of each kind, by turns."""
    sweep = sweeps(flow)
    record_property("faults", sweep.check_all(sweep.quick_faults()))


def test_the_quick_sweeps_try_at_least_as_many_faults_as_they_did(sweeps: Callable[[Flow], FaultSweep]) -> None:
    assert sum(1 for flow in QUICK for _ in sweeps(flow).quick_faults()) >= FAULTS


@pytest.mark.proof
@pytest.mark.parametrize("flow", [*SHORT, *MORE_PUBLISHING], ids=str)
def test_each_call_may_fail_in_each_way(sweeps: Callable[[Flow], FaultSweep], flow: Flow) -> None:
    sweep = sweeps(flow)
    sweep.check_all(sweep.single_faults())


@pytest.mark.proof
@pytest.mark.parametrize("flow", [*HISTORIAN, *LONG], ids=str)
def test_any_write_of_a_publisher_may_fail_in_some_way(sweeps: Callable[[Flow], FaultSweep], flow: Flow) -> None:
    sweep = sweeps(flow)
    sweep.check_all(sweep.most_faults())


@pytest.mark.parametrize(
    "flow", [*TIMED, *(pytest.param(flow, marks=pytest.mark.proof) for flow in TIMED_LONG)], ids=str
)
def test_the_time_may_run_out_at_any_kind_of_call(sweeps: Callable[[Flow], FaultSweep], flow: Flow) -> None:
    """aws#15: the next invocation does what this one reported as failed."""
    sweep = sweeps(flow)
    sweep.check_late(sweep.first_of_each_kind())


@pytest.mark.proof
@pytest.mark.parametrize("flow", [PUBLISHING, *HUB, flow("publish ads"), flow("send a confirmation")], ids=str)
def test_the_time_may_run_out_at_any_call(sweeps: Callable[[Flow], FaultSweep], flow: Flow) -> None:
    """aws#15"""
    sweep = sweeps(flow)
    sweep.check_late(range(1, len(sweep.undisturbed.calls) + 1))


@every_flow
def test_the_sweep_numbers_every_call_of_a_flow(sweeps: Callable[[Flow], FaultSweep], flow: Flow) -> None:
    sweep = sweeps(flow)
    names = "".join(f"{call.operation} " for call in sweep.undisturbed.calls)
    assert re.fullmatch(flow.operations, names), names


@every_flow
def test_an_undisturbed_run_keeps_the_invariants(sweeps: Callable[[Flow], FaultSweep], flow: Flow) -> None:
    sweep = sweeps(flow)
    check_ending(sweep.bed, sweep.undisturbed.ending)


@pytest.mark.proof
@pytest.mark.parametrize(
    "flow", [*EDITING, *ADVERTISING, *FRONT_PAGES, *ISSUES, *IMAGING, *EVENTS, *NEWSLETTER, *LISTS, *KEYS], ids=str
)
def test_any_two_calls_may_fail(sweeps: Callable[[Flow], FaultSweep], flow: Flow) -> None:
    """The second one may be in the next attempt, so its number may be beyond the end of the undisturbed run."""
    sweep = sweeps(flow)
    sweep.check_all(
        (first, Fault(number, mode))
        for first in sweep.some_faults()
        for number in range(first.number + 1, first.number + 1 + len(sweep.undisturbed.calls))
        for mode in (Mode.UNSENT, Mode.UNHEARD, Mode.KILLED_AFTER)
    )


def test_remembered_responses_are_those_that_moto_gives(bed: TestBed) -> None:
    """The interceptor repeats a response while the state is the same. A run without that makes the same calls."""
    with_memory = FaultSweep(bed, LONG[0]).undisturbed
    bed.interceptor.remember = False
    try:
        without = FaultSweep(bed, LONG[0]).undisturbed
    finally:
        bed.interceptor.remember = True
    assert [str(call) for call in with_memory.calls] == [str(call) for call in without.calls]
    assert with_memory.ending == without.ending
