"""Whether the time that an answer takes tells the state of an email: it has no order that repeats."""

import random
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence

import pytest

from tests.api.newsletter.bed import NewsletterBed
from tests.api.newsletter.test_flow import STATES

ROUNDS, CALLS = 3, 40  # CALLS of each state in a round
PERMUTATIONS = 300
CHANCE = 0.01  # that a round finds an order where there is none; in all rounds, one in a million


@pytest.mark.proof
@pytest.mark.parametrize("path", ["", "/links"])
def test_the_times_of_the_answers_have_no_order_by_state(bed: NewsletterBed, path: str) -> None:
    """newsletter#7: of a sign-up and of a request for links, in rounds of calls in random order."""
    drawn = random.Random(7)  # noqa: S311  # the same order in every run
    emails = {state: f"{state}@example.org" for state in STATES}
    for state, email in emails.items():
        bed.bring_to(state, email)
    bed.later(hours=2)
    chances = []
    for _ in range(ROUNDS):
        calls = [state for state in STATES for _ in range(CALLS)]
        drawn.shuffle(calls)
        durations = defaultdict(list)
        for number, state in enumerate(calls):
            durations[state].append(_seconds(bed, path, emails[state], f"198.18.{number}.1"))
        chances.append(_chance(durations, drawn))
        bed.later(hours=1)
    assert max(chances) > CHANCE, f"the answers' times have an order by state: {chances}"


def test_an_order_of_the_times_is_found() -> None:
    """A fifth more for one of the states."""
    drawn = random.Random(7)  # noqa: S311  # the same numbers in every run
    durations = {state: [drawn.lognormvariate(0, 0.1) for _ in range(CALLS)] for state in STATES}
    assert _chance(durations, drawn) > CHANCE
    assert _chance(durations | {"new": [1.2 * duration for duration in durations["new"]]}, drawn) < CHANCE


def _seconds(bed: NewsletterBed, path: str, email: str, network: str) -> float:
    sent = {"email": email, "form_token": bed.form_token()}
    begun = time.perf_counter()
    answer = bed.call("POST", path, sent, source_ip=network)
    ended = time.perf_counter()
    assert answer.status == 202
    return ended - begun


def _chance(durations: Mapping[str, Sequence[float]], drawn: random.Random) -> float:
    """How often durations that are dealt to the states at random differ as much: by the spread of the mean ranks."""
    states = [state for state, found in durations.items() for _ in found]
    ranked = sorted(range(len(states)), key=[one for found in durations.values() for one in found].__getitem__)
    ranks = [0] * len(ranked)
    for rank, at in enumerate(ranked):
        ranks[at] = rank

    def spread() -> float:
        sums: dict[str, int] = defaultdict(int)
        for state, rank in zip(states, ranks, strict=True):
            sums[state] += rank
        means = [total / len(durations[state]) for state, total in sums.items()]
        return max(means) - min(means)

    found, as_much = spread(), 0
    for _ in range(PERMUTATIONS):
        drawn.shuffle(states)
        as_much += spread() >= found
    return as_much / PERMUTATIONS
