"""Waves: whatever the order in which the calls of a wave run, no link is ever broken, and the end is the same."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from unittest import mock

import pytest

from broadsheet.render.shared.target import Target
from broadsheet.services.publishing import write
from broadsheet.store.site_objects import ObjectVersion
from tests.faults.faults import Fault, Mode
from tests.faults.flows import FRONT_PAGES, HISTORIAN, LONG, PUBLISHER, flow
from tests.faults.interceptor import Call
from tests.faults.invariants import Violation, check_links
from tests.faults.orders import Order, Ordered, as_given, shuffled, small_orders
from tests.faults.sweep import FaultSweep, Flow
from tests.faults.testbed import TestBed

QUICK_SEEDS, SEEDS = 1, 20
EVERY = (*PUBLISHER, *HISTORIAN, *LONG, FRONT_PAGES[-1])
QUICK = (
    PUBLISHER[0],
    *map(
        flow,
        (
            "publish a batch of changes",
            "publish a translation",
            "publish a move from one archive document to another",
            "publish the build of a new site",
            "publish what changes in an issue",
        ),
    ),
    FRONT_PAGES[-1],
)


class Watch:
    """Notes what is wrong after each write to the site. The publisher would catch what is raised within its call."""

    def __init__(self, bed: TestBed) -> None:
        self.bed = bed
        self.found: list[str] = []

    def __call__(self, call: Call) -> None:
        if call.operation in ("PutObject", "DeleteObject") and self.bed.moto.names[call.params["Bucket"]] == "Site":
            try:
                check_links(self.bed.moto.objects("Site"))
            except Violation as violation:
                self.found.append(f"after {call}: {violation}")


def check(sweep: FaultSweep, order: Order, *faults: Fault) -> Ordered:
    """Run the flow in that order, and compare its end. Raises `Violation`."""
    executor, watch = Ordered(order), Watch(sweep.bed)
    run = sweep.run(*faults, executor=executor, watch=watch)
    if watch.found:
        raise Violation(watch.found[0])
    sweep.compare(run)
    return executor


def check_orders(sweep: FaultSweep, orders: Iterable[Order]) -> None:
    for number, order in enumerate(orders):
        try:
            check(sweep, order)
        except Violation as violation:
            raise Violation(f"{sweep.flow.name}, order {number}: {violation}") from violation


@pytest.mark.parametrize(
    "flow", [pytest.param(flow, marks=[] if flow in QUICK else [pytest.mark.proof]) for flow in EVERY], ids=str
)
def test_no_link_is_broken_in_some_orders(sweeps: Callable[[Flow], FaultSweep], flow: Flow) -> None:
    check_orders(sweeps(flow), map(shuffled, range(QUICK_SEEDS)))


@pytest.mark.proof
@pytest.mark.parametrize("flow", EVERY, ids=str)
def test_no_link_is_broken_in_all_orders_of_small_waves_and_many_random_ones(
    sweeps: Callable[[Flow], FaultSweep], flow: Flow
) -> None:
    sweep = sweeps(flow)
    sizes = check(sweep, as_given).sizes
    check_orders(sweep, small_orders(sizes))
    check_orders(sweep, map(shuffled, range(QUICK_SEEDS, SEEDS)))


@pytest.mark.proof
@pytest.mark.parametrize("flow", PUBLISHER, ids=str)
def test_any_write_of_a_wave_may_fail_in_any_way_while_the_others_go_on(
    sweeps: Callable[[Flow], FaultSweep], flow: Flow
) -> None:
    sweep = sweeps(flow)
    for number, call in enumerate(sweep.undisturbed.calls, 1):
        for mode in (mode for mode in Mode if not call.reads and mode.applies(call)):
            check(sweep, as_given, Fault(number, mode))
            check(sweep, shuffled(number), Fault(number, mode))


@pytest.mark.proof
def test_any_kind_of_call_may_fail_while_the_others_of_its_wave_go_on(sweeps: Callable[[Flow], FaultSweep]) -> None:
    sweep = sweeps(PUBLISHER[0])
    for fault in sweep.some_faults():
        check(sweep, shuffled(fault.number), fault)


def test_in_a_single_wave_readers_come_to_pages_that_are_not_there(bed: TestBed) -> None:
    """The guard of this module: without waves, some order breaks a link."""

    def one_wave(targets: Iterable[Target], versions: Mapping[str, ObjectVersion | None]) -> Iterator[Sequence[Target]]:
        yield sorted(targets, key=lambda target: versions[target.key] is not None)

    sweep = FaultSweep(bed, flow("publish a new article"))
    with mock.patch.object(write, "waves", one_wave), pytest.raises(Violation, match="which is missing"):
        check_orders(sweep, map(shuffled, range(SEEDS)))
