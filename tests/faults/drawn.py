"""Values that cost a run each, made only as far as a search for one of them needs."""

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Drawn(Generic[T]):
    """The values of an iterator. `drawn` are those that were made so far."""

    def __init__(self, values: Iterator[T]) -> None:
        self._values = values
        self.drawn: list[T] = []

    def __contains__(self, value: object) -> bool:
        """Whether one of all values is equal: the next are made until one is."""
        return value in self.drawn or any(found == value for found in self._draw())

    def draw_all(self) -> None:
        """Make all that are left."""
        for _ in self._draw():
            pass

    def _draw(self) -> Iterator[T]:
        for value in self._values:
            self.drawn.append(value)
            yield value
