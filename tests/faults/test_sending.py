"""Fault sweeps and race runs of sending: no reader has a second mail, and every report adds up."""

import re
from collections.abc import Callable
from functools import cache

import pytest

from tests.faults.scheduler import Explorer, draw
from tests.faults.sending_flows import SENDING
from tests.faults.sending_race import SendingRace, SendingRaceRun
from tests.faults.sending_races import KILLABLE, RACES
from tests.faults.sending_sweep import SendingSweep
from tests.faults.sweep import Flow
from tests.faults.testbed import TestBed

RaceRuns = Callable[[SendingRace], SendingRaceRun]
Sweeps = Callable[[Flow], SendingSweep]
SWITCHES, QUICK_EVERY = 1, 40  # of each race in `make test`; `make proof` tries all single ones, and many random orders
SEEDS = 40
every_flow = pytest.mark.parametrize("flow", SENDING, ids=str)
every_race = pytest.mark.parametrize("race", RACES, ids=str)


@pytest.fixture(scope="module")
def sweeps(bed: TestBed) -> Sweeps:
    """The sweep of each flow, made once."""
    return cache(lambda flow: SendingSweep(bed, flow))


@pytest.fixture(scope="module")
def race_runs(bed: TestBed) -> RaceRuns:
    """Each race's run, made once."""
    return cache(lambda race: SendingRaceRun(bed, race))


@every_flow
def test_any_call_may_fail_in_any_way(sweeps: Sweeps, flow: Flow) -> None:
    """newsletter#28, newsletter#29, newsletter#31, newsletter#32. Calls of each kind fail."""
    sweep = sweeps(flow)
    sweep.check_all(sweep.some_faults())


@every_flow
def test_the_sweep_numbers_every_call_of_a_flow(sweeps: Sweeps, flow: Flow) -> None:
    sweep = sweeps(flow)
    names = "".join(f"{call.operation} " for call in sweep.undisturbed.calls)
    assert re.fullmatch(flow.operations, names), names


@every_race
def test_nobody_is_sent_twice_in_some_orders(race_runs: RaceRuns, race: SendingRace) -> None:
    """newsletter#28, newsletter#30, newsletter#31, newsletter#32."""
    Explorer(SWITCHES, QUICK_EVERY).explore(race_runs(race).run)


@pytest.mark.proof
@every_race
def test_nobody_is_sent_twice_in_any_order_with_one_switch(race_runs: RaceRuns, race: SendingRace) -> None:
    """newsletter#28, newsletter#30, newsletter#31, newsletter#32."""
    Explorer(SWITCHES).explore(race_runs(race).run)


@pytest.mark.proof
@every_race
def test_nobody_is_sent_twice_in_random_orders(race_runs: RaceRuns, race: SendingRace) -> None:
    """newsletter#28, newsletter#30, newsletter#31, newsletter#32. In some of them, a process is killed."""
    draw(race_runs(race).run, range(SEEDS), KILLABLE)
