"""Race runs of editors, publishers and the schedule: in every order up to a bound, and in many random ones."""

from collections.abc import Callable
from functools import cache

import pytest

from tests.faults.floors import ORDERS
from tests.faults.invariants import check_links
from tests.faults.race import Race, RaceRun
from tests.faults.races import EDITORS, HISTORIANS, PUBLISHERS, race
from tests.faults.scheduler import Explorer, draw, in_turn
from tests.faults.testbed import TestBed, nothing

RaceRuns = Callable[[Race], RaceRun]
Record = Callable[[str, object], None]
KILLABLE = ("one", "two")
SEEDS = 12  # of each race
QUICK_SWITCHES = 1  # at most, in each race, and an eighth of them; `make proof` tries more
QUICK_EVERY = 8
MORE_EVERY = 2  # of the further switches in `make proof`, where publishers race: each of their runs takes long
# Races that `make test` leaves to `make proof`: others of these actors are quick, or a guard's test runs some orders.
SLOW = (
    "a move, a withdrawal and a change of one article",
    "two restorations and a withdrawal of one article",
    "release and a postponement",
    "release twice and a withdrawal",
    "the schedule and two advertisers",
    "three advertisers of the ad that all saw",
    "the schedule and an editor of a front page",
    "a warm publisher and another",
    "two publishers",
    "two publishers of related articles",
    "the first articles of a site and two publishers",
    "the build of a new site and its first article",
    "another build and a new article",
    "an editor and two publishers",
    "a withdrawal and two publishers",
    "a move and two publishers",
    "a tag that one article loses and another gains, and two publishers",
    "a withdrawal, the same article again, and two publishers",
    "two publishers at a full part",
    "a withdrawal from the past, a full part and two publishers",
)

every_race = pytest.mark.parametrize("race", [*EDITORS, *PUBLISHERS, *HISTORIANS], ids=str)
every_race_of_publishers = pytest.mark.parametrize("race", [*PUBLISHERS, *HISTORIANS], ids=str)


@pytest.fixture(scope="module")
def race_runs(bed: TestBed) -> RaceRuns:
    """Each race's race_run, made once."""
    return cache(lambda race: RaceRun(bed, race))


@pytest.mark.parametrize(
    "race",
    [
        pytest.param(race, marks=[pytest.mark.proof] if race.name in SLOW else [])
        for race in (*EDITORS, *PUBLISHERS, *HISTORIANS)
    ],
    ids=str,
)
def test_nothing_is_lost_in_any_order_up_to_a_bound(race_runs: RaceRuns, race: Race, record_property: Record) -> None:
    """Editors get the responses, and leave the table, of some serial order (serializability)."""
    orders = Explorer(min(race.switches, QUICK_SWITCHES), QUICK_EVERY).explore(race_runs(race).run)
    record_property("orders", orders)
    assert orders >= ORDERS[str(race)][0]


@pytest.mark.proof
@every_race
def test_nothing_is_lost_in_any_order_with_more_switches(
    race_runs: RaceRuns, race: Race, record_property: Record
) -> None:
    every = 1 if race in EDITORS else MORE_EVERY
    orders = Explorer(race.switches + 1, every).explore(race_runs(race).run)
    record_property("orders", orders)
    assert orders >= ORDERS[str(race)][1]


@pytest.mark.proof
@every_race_of_publishers
def test_nothing_is_lost_in_random_orders(race_runs: RaceRuns, race: Race) -> None:
    """In some of them, a publisher is killed."""
    draw(race_runs(race).run, range(SEEDS), KILLABLE)


def test_no_feed_links_to_an_article_whose_own_publisher_has_not_started(bed: TestBed) -> None:
    """The publisher that finds it in a listing publishes it too."""
    RaceRun(bed, race("an editor and two publishers")).run(in_turn("editor", "one", "two"))


def test_no_link_is_broken_while_an_edition_is_empty(bed: TestBed) -> None:
    bed.prepare(nothing)
    bed.process().put("bravo", headline="Bravo is the first")
    bed.settle()
    check_links(bed.moto.objects("Site"))
