"""Executors: whether independent AWS calls run at once or one after the other is the caller's choice."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Protocol, TypeVar

from .deadline import Deadline

T = TypeVar("T")
Result = TypeVar("Result")


class Executor(Protocol):
    """Calls a function for each item. The calls may run in any order, and at once.

    The items are drawn one by one in the caller's thread, so an iterator may prepare the next ones while calls run.
    """

    def map(self, function: Callable[[T], Result], items: Iterable[T]) -> list[Result]:
        """The results, in the order of the items.

        Returns or raises only when no call is running any more. Raises the first error; calls that had not begun by
        then may never run. Must not be called from within `function`.
        """
        ...


class Sequential:
    """One after the other, in the order of the items."""

    def map(self, function: Callable[[T], Result], items: Iterable[T]) -> list[Result]:
        return [function(item) for item in items]


class Threads:
    """Up to `most` at once, in threads that stay for the life of the process."""

    def __init__(self, most: int) -> None:
        self._pool = ThreadPoolExecutor(most)

    def map(self, function: Callable[[T], Result], items: Iterable[T]) -> list[Result]:
        futures: list[Future[Result]] = []
        try:
            for item in items:
                futures.append(self._pool.submit(function, item))  # noqa: PERF401  # those begun must be known
            return [future.result() for future in futures]
        finally:
            for future in futures:
                future.cancel()
            wait(futures)


class Timed:
    """Another executor, whose calls begin only before the deadline. `map` raises `OutOfTime` once it has passed."""

    def __init__(self, executor: Executor, deadline: Deadline) -> None:
        self._executor = executor
        self._deadline = deadline

    def map(self, function: Callable[[T], Result], items: Iterable[T]) -> list[Result]:
        def in_time(item: T) -> Result:
            self._deadline.check()
            return function(item)

        return self._executor.map(in_time, items)


SEQUENTIAL = Sequential()
