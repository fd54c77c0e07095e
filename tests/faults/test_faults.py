"""Whatever breaks in a flow, and however, its end is that of the undisturbed one."""

import re
from itertools import product

import pytest

from tests.faults.flows import EDITING, NEWSLETTER, PUBLISHER
from tests.faults.harness import Bench, Fault, Flow, Mode, Violation, check_ending
from tests.faults.scene import Stage

FLOWS = (*EDITING, *PUBLISHER, *NEWSLETTER)
every_flow = pytest.mark.parametrize("flow", FLOWS, ids=str)


@every_flow
def test_any_one_call_may_break_in_any_way(stage: Stage, flow: Flow) -> None:
    bench = Bench(stage, flow)
    refused = []
    for fault in bench.single_faults():
        try:
            bench.check(fault)
        except Violation as violation:
            refused.append(str(violation))
    assert not refused, "\n\n".join(refused)


@every_flow
def test_the_numbering_knows_every_call_of_a_flow(stage: Stage, flow: Flow) -> None:
    bench = Bench(stage, flow)
    names = "".join(f"{call.operation} " for call in bench.undisturbed.calls)
    assert re.fullmatch(flow.operations, names), names


@every_flow
def test_an_undisturbed_run_leaves_what_must_be_so(stage: Stage, flow: Flow) -> None:
    check_ending(stage, Bench(stage, flow).undisturbed.ending)


@pytest.mark.proof
@pytest.mark.parametrize("flow", (*EDITING, *NEWSLETTER), ids=str)
def test_any_two_calls_may_break_in_any_way(stage: Stage, flow: Flow) -> None:
    """The second one may be in the repetition of the first, so it counts on past the undisturbed run's end."""
    bench = Bench(stage, flow)
    refused = []
    for first, second in product(bench.single_faults(), Mode):
        for number in range(first.number + 1, first.number + 1 + len(bench.undisturbed.calls)):
            try:
                bench.check(first, Fault(number, second))
            except Violation as violation:
                refused.append(str(violation))
    assert not refused, "\n\n".join(refused)
