"""Readers, SES's notices and the mail function at the same time, in every order up to a bound and in many by lot."""

from collections.abc import Callable
from functools import cache

import pytest

from tests.faults.readers import MORTAL, RACES, Race, Track
from tests.faults.scene import TestBed
from tests.faults.schedule import Explorer, drawn

Tracks = Callable[[Race], Track]
SEEDS, QUICK_SEEDS = 60, 8  # of each race

every_race = pytest.mark.parametrize("race", RACES, ids=str)


@pytest.fixture(scope="module")
def tracks(stage: TestBed) -> Tracks:
    """Each race's track, made once."""
    return cache(lambda race: Track(stage, race))


@every_race
def test_it_ends_as_one_after_the_other_however_they_take_turns(tracks: Tracks, race: Race) -> None:
    """newsletter#14, newsletter#17, newsletter#18, newsletter#25, newsletter#26"""
    Explorer(race.switches).explore(tracks(race).run)


@pytest.mark.proof
@every_race
def test_it_ends_as_one_after_the_other_however_often_they_take_turns(tracks: Tracks, race: Race) -> None:
    Explorer(race.switches + 2).explore(tracks(race).run)


@every_race
def test_it_ends_as_one_after_the_other_in_any_of_many_orders(tracks: Tracks, race: Race) -> None:
    """In some of them, a mail function dies on the way."""
    draw(tracks(race), range(QUICK_SEEDS))


@pytest.mark.proof
@every_race
def test_it_ends_as_one_after_the_other_in_any_of_very_many_orders(tracks: Tracks, race: Race) -> None:
    draw(tracks(race), range(QUICK_SEEDS, SEEDS))


def draw(track: Track, seeds: range) -> None:
    for seed in seeds:
        try:
            track.run(drawn(seed, MORTAL))
        except Exception as error:
            error.add_note(f"seed {seed}")
            raise
