"""Whatever breaks in a flow, and however, its end is that of the undisturbed one."""

import re
from collections.abc import Callable
from functools import cache
from itertools import product

import pytest

from tests.faults.flows import EDITING, NEWSLETTER, PUBLISHER
from tests.faults.harness import Bench, Fault, Flow, Mode, Violation, check_ending
from tests.faults.scene import Stage

FLOWS = (*EDITING, *PUBLISHER, *NEWSLETTER)
every_flow = pytest.mark.parametrize("flow", FLOWS, ids=str)


@pytest.fixture(scope="module")
def benches(stage: Stage) -> Callable[[Flow], Bench]:
    """Each flow's bench, made once."""
    return cache(lambda flow: Bench(stage, flow))


@every_flow
def test_any_one_call_may_break_in_any_way(benches: Callable[[Flow], Bench], flow: Flow) -> None:
    bench = benches(flow)
    refused = []
    for fault in bench.single_faults():
        try:
            bench.check(fault)
        except Violation as violation:
            refused.append(str(violation))
    assert not refused, "\n\n".join(refused)


@every_flow
def test_the_numbering_knows_every_call_of_a_flow(benches: Callable[[Flow], Bench], flow: Flow) -> None:
    bench = benches(flow)
    names = "".join(f"{call.operation} " for call in bench.undisturbed.calls)
    assert re.fullmatch(flow.operations, names), names


@every_flow
def test_an_undisturbed_run_leaves_what_must_be_so(benches: Callable[[Flow], Bench], flow: Flow) -> None:
    bench = benches(flow)
    check_ending(bench.stage, bench.undisturbed.ending)


@pytest.mark.proof
@pytest.mark.parametrize("flow", (*EDITING, *NEWSLETTER), ids=str)
def test_any_two_calls_may_break_in_any_way(benches: Callable[[Flow], Bench], flow: Flow) -> None:
    """The second one may be in the repetition of the first, so it counts on past the undisturbed run's end."""
    bench = benches(flow)
    refused = []
    for first, second in product(bench.single_faults(), Mode):
        for number in range(first.number + 1, first.number + 1 + len(bench.undisturbed.calls)):
            try:
                bench.check(first, Fault(number, second))
            except Violation as violation:
                refused.append(str(violation))
    assert not refused, "\n\n".join(refused)
