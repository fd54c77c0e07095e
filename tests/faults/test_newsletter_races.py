"""Race runs of subscribers, notifications of SES and the mailer: in every order up to a bound, and in random ones."""

from collections.abc import Callable
from functools import cache

import pytest

from tests.faults.newsletter_race import KILLABLE, NewsletterRace, NewsletterRaceRun
from tests.faults.newsletter_races import RACES
from tests.faults.scheduler import Explorer, draw
from tests.faults.testbed import TestBed

RaceRuns = Callable[[NewsletterRace], NewsletterRaceRun]
SEEDS = 10  # of each race
QUICK_SWITCHES = 1  # at most, in each race, and a twelfth of them; `make proof` tries all, and more
QUICK_EVERY = 12
# Races that `make test` leaves to `make proof`: others of the same actors are quick.
SLOW = (
    "asking for links while leaving",
    "two mailers while the subscriber leaves",
    "a confirmed subscriber is erased and signs up",
    "an unsubscribed subscriber is erased and signs up",
    "a subscriber is erased after a slow sign-up",
    "confirming while leaving",
    "asking for links while the subscriber is erased",
    "an editor unsubscribes whom another imports",
    "an editor erases whom another imports",
    "confirming while a mail bounces",
    "a suppression for bounces is lifted at an unsubscription",
)

every_race = pytest.mark.parametrize("race", RACES, ids=str)


@pytest.fixture(scope="module")
def race_runs(bed: TestBed) -> RaceRuns:
    """Each race's race_run, made once."""
    return cache(lambda race: NewsletterRaceRun(bed, race))


@pytest.mark.parametrize(
    "race",
    [pytest.param(race, marks=[pytest.mark.proof] if race.name in SLOW else []) for race in RACES],
    ids=str,
)
def test_the_end_is_serial_in_any_order_up_to_a_bound(race_runs: RaceRuns, race: NewsletterRace) -> None:
    """newsletter#14, newsletter#17, newsletter#18, newsletter#25, newsletter#26"""
    Explorer(min(race.switches, QUICK_SWITCHES), QUICK_EVERY).explore(race_runs(race).run)


@pytest.mark.proof
@every_race
def test_the_end_is_serial_with_more_switches(race_runs: RaceRuns, race: NewsletterRace) -> None:
    Explorer(race.switches + 2).explore(race_runs(race).run)


@pytest.mark.proof
@every_race
def test_the_end_is_serial_in_random_orders(race_runs: RaceRuns, race: NewsletterRace) -> None:
    """In some of them, a mailer is killed."""
    draw(race_runs(race).run, range(SEEDS), KILLABLE)
