"""Editors, publishers and the schedule at the same time, in every order up to a bound and in many drawn by lot."""

from collections.abc import Callable
from functools import cache

import pytest

from tests.faults.invariants import check_links
from tests.faults.races import EDITORS, HISTORIANS, PUBLISHERS, Race, RaceRun, race
from tests.faults.scene import TestBed, nothing
from tests.faults.schedule import Explorer, drawn, in_turn

Tracks = Callable[[Race], RaceRun]
MORTAL = ("one", "two")
SEEDS, QUICK_SEEDS = 80, 5  # of each race

every_race = pytest.mark.parametrize("race", [*EDITORS, *PUBLISHERS, *HISTORIANS], ids=str)
every_race_of_publishers = pytest.mark.parametrize("race", [*PUBLISHERS, *HISTORIANS], ids=str)


@pytest.fixture(scope="module")
def tracks(stage: TestBed) -> Tracks:
    """Each race's track, made once."""
    return cache(lambda race: RaceRun(stage, race))


@every_race
def test_nothing_is_lost_however_they_take_turns(tracks: Tracks, race: Race) -> None:
    """Editors get the answers and leave the table that some order gives and leaves, one after the other."""
    Explorer(race.switches).explore(tracks(race).run)


@pytest.mark.proof
@every_race
def test_nothing_is_lost_however_they_take_turns_once_more(tracks: Tracks, race: Race) -> None:
    Explorer(race.switches + 1).explore(tracks(race).run)


@every_race_of_publishers
def test_nothing_is_lost_in_any_of_many_orders(tracks: Tracks, race: Race) -> None:
    """In some of them, a publisher dies on the way."""
    draw(tracks(race), range(QUICK_SEEDS))


@pytest.mark.proof
@every_race_of_publishers
def test_nothing_is_lost_in_any_of_very_many_orders(tracks: Tracks, race: Race) -> None:
    draw(tracks(race), range(QUICK_SEEDS, SEEDS))


def test_no_feed_leads_to_an_article_whose_own_publisher_has_not_begun(stage: TestBed) -> None:
    """The publisher that finds it in a listing publishes it along."""
    RaceRun(stage, race("an editor and two publishers")).run(in_turn("editor", "one", "two"))


def test_no_link_leads_nowhere_while_an_edition_is_empty(stage: TestBed) -> None:
    stage.prepare(nothing)
    stage.process().put("bravo", headline="Bravo is the first")
    stage.settle()
    check_links(stage.emulated.objects("Site"))


def draw(track: RaceRun, seeds: range) -> None:
    for seed in seeds:
        try:
            track.run(drawn(seed, MORTAL))
        except Exception as error:
            error.add_note(f"seed {seed}")
            raise
