"""Editors, publishers and the schedule at the same time, in every order up to a bound and in many drawn by lot."""

from collections.abc import Callable
from functools import cache

import pytest

from tests.faults.races import EDITORS, PUBLISHERS, Race, Track
from tests.faults.scene import Stage
from tests.faults.schedule import Explorer, drawn

Tracks = Callable[[Race], Track]
MORTAL = ("one", "two")

every_race_of_editors = pytest.mark.parametrize("race", EDITORS, ids=str)
every_race_of_publishers = pytest.mark.parametrize("race", PUBLISHERS, ids=str)


@pytest.fixture(scope="module")
def tracks(stage: Stage) -> Tracks:
    """Each race's track, made once."""
    return cache(lambda race: Track(stage, race))


@every_race_of_editors
def test_whoever_edits_at_the_same_time_leaves_what_one_after_the_other_would(tracks: Tracks, race: Race) -> None:
    Explorer(switches=2).explore(tracks(race).run)


@every_race_of_publishers
@pytest.mark.parametrize("part", range(3))
def test_nothing_is_lost_in_orders_drawn_by_lot(tracks: Tracks, race: Race, part: int) -> None:
    draw(tracks(race), range(part * 10, part * 10 + 10))


@pytest.mark.proof
@every_race_of_publishers
def test_nothing_is_lost_with_one_switch_anywhere(tracks: Tracks, race: Race) -> None:
    Explorer(switches=1).explore(tracks(race).run)


def draw(track: Track, seeds: range) -> None:
    for seed in seeds:
        try:
            track.run(drawn(seed, MORTAL))
        except Exception as error:
            error.add_note(f"seed {seed}")
            raise
