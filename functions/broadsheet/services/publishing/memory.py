"""What a process remembers between its invocations."""

from collections.abc import Iterable
from typing import Generic, TypeVar

MOST = 10_000  # items; with more of them, a process forgets all, and looks again

Item = TypeVar("Item")


class Memory(Generic[Item]):
    """Items that a process need not look at again."""

    def __init__(self) -> None:
        self._items: set[Item] = set()

    def __contains__(self, item: Item) -> bool:
        return item in self._items

    def add(self, items: Iterable[Item]) -> None:
        """Remember these items."""
        if len(self._items) > MOST:
            self._items.clear()
        self._items.update(items)
