"""Whatever breaks in a flow, and however, its end is that of the undisturbed one."""

import re
from collections.abc import Callable
from functools import cache

import pytest

from tests.faults.flows import ADVERTISING, EDITING, HISTORIAN, HUB, IMAGING, LONG, PUBLISHER, flow
from tests.faults.harness import Fault, FaultSweep, Flow, Mode, check_ending
from tests.faults.lists import LISTS
from tests.faults.scene import TestBed
from tests.faults.subscriptions import NEWSLETTER

QUICK = (*EDITING, *PUBLISHER, *ADVERTISING, *IMAGING, *HUB, *NEWSLETTER, *LISTS)
# What a function does of a batch, or of a schedule.
TIMED = (
    *PUBLISHER,
    *HUB,
    IMAGING[0],
    *map(
        flow,
        (
            "publish a batch of changes",
            "publish advertising",
            "release a scheduled article",
            "send a confirmation",
            "send the welcome",
            "answer a batch that comes again",
        ),
    ),
)
every_flow = pytest.mark.parametrize("flow", [*QUICK, *HISTORIAN, *LONG], ids=str)


@pytest.fixture(scope="module")
def benches(stage: TestBed) -> Callable[[Flow], FaultSweep]:
    """Each flow's bench, made once."""
    return cache(lambda flow: FaultSweep(stage, flow))


@pytest.mark.parametrize("flow", QUICK, ids=str)
def test_any_one_call_may_break_in_any_way(benches: Callable[[Flow], FaultSweep], flow: Flow) -> None:
    """Of many calls that do much the same, some."""
    bench = benches(flow)
    bench.sweep(bench.some_faults())


@pytest.mark.proof
@pytest.mark.parametrize("flow", [*PUBLISHER, *HUB], ids=str)
def test_any_one_call_of_a_publisher_may_break_in_any_way(benches: Callable[[Flow], FaultSweep], flow: Flow) -> None:
    bench = benches(flow)
    bench.sweep(bench.single_faults())


@pytest.mark.proof
@pytest.mark.parametrize("flow", [*HISTORIAN, *LONG], ids=str)
def test_any_write_of_a_publisher_may_break_in_some_way(benches: Callable[[Flow], FaultSweep], flow: Flow) -> None:
    bench = benches(flow)
    bench.sweep(bench.most_faults())


@pytest.mark.parametrize("flow", TIMED, ids=str)
def test_the_time_may_run_out_at_any_kind_of_call(benches: Callable[[Flow], FaultSweep], flow: Flow) -> None:
    """aws#15: what is reported as not done is done by the next invocation, and nothing is left out."""
    bench = benches(flow)
    bench.check_late(bench.first_of_each_kind())


@pytest.mark.proof
@pytest.mark.parametrize(
    "flow", [PUBLISHER[0], *HUB, flow("publish advertising"), flow("send a confirmation")], ids=str
)
def test_the_time_may_run_out_at_any_call(benches: Callable[[Flow], FaultSweep], flow: Flow) -> None:
    """aws#15"""
    bench = benches(flow)
    bench.check_late(range(1, len(bench.undisturbed.calls) + 1))


@every_flow
def test_the_numbering_knows_every_call_of_a_flow(benches: Callable[[Flow], FaultSweep], flow: Flow) -> None:
    bench = benches(flow)
    names = "".join(f"{call.operation} " for call in bench.undisturbed.calls)
    assert re.fullmatch(flow.operations, names), names


@every_flow
def test_an_undisturbed_run_leaves_what_must_be_so(benches: Callable[[Flow], FaultSweep], flow: Flow) -> None:
    bench = benches(flow)
    check_ending(bench.stage, bench.undisturbed.ending)


@pytest.mark.proof
@pytest.mark.parametrize("flow", [*EDITING, *ADVERTISING, *IMAGING, *NEWSLETTER, *LISTS], ids=str)
def test_any_two_calls_may_break_in_any_way(benches: Callable[[Flow], FaultSweep], flow: Flow) -> None:
    """The second one may be in the repetition of the first, so it counts on past the undisturbed run's end."""
    bench = benches(flow)
    bench.sweep(
        (first, Fault(number, mode))
        for first in bench.some_faults()
        for number in range(first.number + 1, first.number + 1 + len(bench.undisturbed.calls))
        for mode in (Mode.UNSENT, Mode.UNHEARD, Mode.KILLED_AFTER)
    )


def test_the_kept_answers_are_those_that_the_emulator_gives(stage: TestBed) -> None:
    """The wire gives an answer again that was given in the same state; a run without that makes the same calls."""
    with_memory = FaultSweep(stage, LONG[0]).undisturbed
    stage.wire.remember = False
    try:
        without = FaultSweep(stage, LONG[0]).undisturbed
    finally:
        stage.wire.remember = True
    assert [str(call) for call in with_memory.calls] == [str(call) for call in without.calls]
    assert with_memory.ending == without.ending
