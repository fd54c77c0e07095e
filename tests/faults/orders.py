"""Orders: executors that run calls one after the other, in an order that a test chooses, as threads might."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from math import factorial
from random import Random
from typing import TypeVar

from broadsheet.executor import Executor

T = TypeVar("T")
Result = TypeVar("Result")

Order = Callable[[int, int], Sequence[int]]
"""The order of the calls that run together: for the number of the occasion in a run, and the number of calls."""

BOUND = 24  # orders of one occasion that are all tried: those of four calls


@dataclass
class Ordered(Executor):
    """Runs calls in an order. After an error the others go on, like threads that had begun; the first error is raised.

    `sizes` has the number of calls of each occasion so far.
    """

    order: Order
    sizes: list[int] = field(default_factory=list)

    def map(self, function: Callable[[T], Result], items: Iterable[T]) -> list[Result]:
        given = list(items)
        order = self.order(len(self.sizes), len(given))
        self.sizes.append(len(given))
        results: dict[int, Result] = {}
        errors: list[Exception] = []
        for at in order:
            try:
                results[at] = function(given[at])
            except Exception as error:  # noqa: BLE001  # raised below
                errors.append(error)
        if errors:
            raise errors[0]
        return [results[at] for at in range(len(given))]


def as_given(_: int, count: int) -> Sequence[int]:
    """The order of the items."""
    return range(count)


def shuffled(seed: int) -> Order:
    """A random order on each occasion; the same ones for each seed."""
    return lambda occasion, count: Random(f"{seed} {occasion}").sample(range(count), count)  # noqa: S311  # not secret


def chosen(orders: Mapping[int, Sequence[int]]) -> Order:
    """These orders on these occasions, the given one on others, or where another number of calls runs."""

    def order(occasion: int, count: int) -> Sequence[int]:
        wanted = orders.get(occasion, ())
        return wanted if len(wanted) == count else range(count)

    return order


def small_orders(sizes: Sequence[int]) -> Iterator[Order]:
    """All orders on each occasion that has few calls, on one occasion at a time."""
    for occasion, count in enumerate(sizes):
        if factorial(min(count, BOUND)) <= BOUND:
            others = (order for order in permutations(range(count)) if list(order) != list(range(count)))
            yield from (chosen({occasion: order}) for order in others)
