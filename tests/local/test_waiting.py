"""Waits of the local deployment."""

from itertools import chain, count, repeat

import pytest

from infra.local import waiting
from infra.local.waiting import wait_for

STALL = 10.0


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that passes only while something sleeps, and a second each time."""
    seconds = [0.0]

    class Time:
        @staticmethod
        def monotonic() -> float:
            return seconds[0]

        @staticmethod
        def sleep(_: float) -> None:
            seconds[0] += 1

    monkeypatch.setattr(waiting, "time", Time)
    return seconds


def test_a_wait_ends_when_the_condition_holds(clock: list[float]) -> None:
    assert wait_for(lambda: clock[0] >= 5, lambda: None, STALL)
    assert clock == [5.0]


def test_a_wait_goes_on_as_long_as_there_is_progress(clock: list[float]) -> None:
    numbers = count()
    assert wait_for(lambda: clock[0] >= 100 * STALL, lambda: next(numbers), STALL)


def test_a_wait_gives_up_when_nothing_has_moved_for_the_stall_time(clock: list[float]) -> None:
    numbers = chain(range(5), repeat(5))
    assert not wait_for(lambda: False, lambda: next(numbers), STALL)
    assert clock == [5 + STALL]


def test_a_wait_of_no_time_looks_at_the_condition_once(clock: list[float]) -> None:
    assert not wait_for(lambda: False, lambda: None, 0)
    assert clock == [0.0]
