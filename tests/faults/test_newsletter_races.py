"""Readers, SES's notices and the mail function at the same time, in every order up to a bound and in many by lot."""

from collections.abc import Callable
from functools import cache

import pytest

from tests.faults.newsletter_races import KILLABLE, RACES, Race, Track
from tests.faults.scheduler import Explorer, drawn
from tests.faults.testbed import TestBed

RaceRuns = Callable[[Race], Track]
SEEDS, QUICK_SEEDS = 60, 8  # of each race

every_race = pytest.mark.parametrize("race", RACES, ids=str)


@pytest.fixture(scope="module")
def race_runs(bed: TestBed) -> RaceRuns:
    """Each race's race_run, made once."""
    return cache(lambda race: Track(bed, race))


@every_race
def test_it_ends_as_one_after_the_other_however_they_take_turns(race_runs: RaceRuns, race: Race) -> None:
    """newsletter#14, newsletter#17, newsletter#18, newsletter#25, newsletter#26"""
    Explorer(race.switches).explore(race_runs(race).run)


@pytest.mark.proof
@every_race
def test_it_ends_as_one_after_the_other_however_often_they_take_turns(race_runs: RaceRuns, race: Race) -> None:
    Explorer(race.switches + 2).explore(race_runs(race).run)


@every_race
def test_it_ends_as_one_after_the_other_in_any_of_many_orders(race_runs: RaceRuns, race: Race) -> None:
    """In some of them, a mail function dies on the way."""
    draw(race_runs(race), range(QUICK_SEEDS))


@pytest.mark.proof
@every_race
def test_it_ends_as_one_after_the_other_in_any_of_very_many_orders(race_runs: RaceRuns, race: Race) -> None:
    draw(race_runs(race), range(QUICK_SEEDS, SEEDS))


def draw(race_run: Track, seeds: range) -> None:
    for seed in seeds:
        try:
            race_run.run(drawn(seed, KILLABLE))
        except Exception as error:
            error.add_note(f"seed {seed}")
            raise
