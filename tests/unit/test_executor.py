"""Executors: what they return and raise, and that threads run calls at once."""

from collections.abc import Iterator
from threading import Barrier, Event, get_ident
from time import sleep

import pytest

from broadsheet.deadline import Deadline, OutOfTime
from broadsheet.executor import SEQUENTIAL, Executor, Threads, Timed

PATIENCE = 60  # seconds, after which something is stuck

every_executor = pytest.mark.parametrize("executor", [SEQUENTIAL, Threads(4)], ids=["sequential", "threads"])


@every_executor
def test_results_have_the_order_of_the_items(executor: Executor) -> None:
    assert executor.map(lambda item: item * item, range(100)) == [item * item for item in range(100)]
    assert executor.map(str, []) == []


@every_executor
def test_the_first_error_is_raised(executor: Executor) -> None:
    def fail(item: int) -> None:
        if item > 2:
            raise ValueError(item)

    with pytest.raises(ValueError, match=r"^3$"):
        executor.map(fail, range(6))


def test_threads_run_calls_at_once() -> None:
    together = Barrier(4)
    assert sorted(Threads(4).map(lambda _: together.wait(PATIENCE), range(4))) == [0, 1, 2, 3]


def test_items_are_drawn_by_the_caller_while_calls_run() -> None:
    running, drawn_by = Event(), list[int]()

    def items() -> Iterator[int]:
        yield 0
        assert running.wait(PATIENCE)
        drawn_by.append(get_ident())
        yield 1

    Threads(1).map(lambda _: running.set(), items())
    assert drawn_by == [get_ident()]


def test_an_error_of_the_items_is_raised_when_no_call_is_running_any_more() -> None:
    begun, ended = Event(), Event()

    def items() -> Iterator[int]:
        yield 0
        begun.wait(PATIENCE)
        raise ValueError("items")

    def run(_: int) -> None:
        begun.set()
        sleep(0.1)
        ended.set()

    with pytest.raises(ValueError, match="items"):
        Threads(1).map(run, items())
    assert ended.is_set()


def test_an_error_is_raised_when_no_call_is_running_any_more() -> None:
    """So nothing is written behind the back of the next attempt."""
    begun, failed, ended = Event(), Event(), Event()

    def run(item: str) -> None:
        if item == "fails":
            begun.wait(PATIENCE)
            failed.set()
            raise ValueError(item)
        begun.set()
        failed.wait(PATIENCE)
        ended.set()

    with pytest.raises(ValueError, match="fails"):
        Threads(2).map(run, ["fails", "is running"])
    assert ended.is_set()


def test_after_the_deadline_no_call_begins() -> None:
    left = iter([1.0, 1.0, 0.0])
    begun: list[int] = []
    with pytest.raises(OutOfTime):
        Timed(SEQUENTIAL, Deadline(lambda: next(left))).map(begun.append, range(5))
    assert begun == [0, 1]
