"""What a warm function remembers of its own work, so that it does none of it twice."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Memory(Generic[Key, Value]):
    """Values up to a weight of `most` bytes together, as `weigh` tells; what was used longest ago goes first."""

    def __init__(self, most: int, weigh: Callable[[Value], int]) -> None:
        self._most = most
        self._weigh = weigh
        self._kept: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._weight = 0
        self._lock = Lock()

    def recall(self, key: Key, make: Callable[[], Value]) -> Value:
        """The value of that key, made only where it is not remembered. Whatever it depends on is in the key."""
        return self.recall_all([key], lambda _: [make()])[0]

    def recall_all(self, keys: Sequence[Key], make: Callable[[list[Key]], Iterable[Value]]) -> list[Value]:
        """The values of these keys, in their order. Those that are not remembered are made together."""
        with self._lock:
            found = [self._kept.get(key) for key in keys]
            for key, kept in zip(keys, found, strict=True):
                if kept:
                    self._kept.move_to_end(key)
        missing = [key for key, kept in zip(keys, found, strict=True) if not kept]
        made = iter(self._keep(missing, make(missing)) if missing else ())
        return [kept[0] if kept else next(made) for kept in found]

    def _keep(self, keys: list[Key], values: Iterable[Value]) -> list[Value]:
        made = [(value, self._weigh(value)) for value in values]
        with self._lock:
            for key, value in zip(keys, made, strict=True):
                if self._kept.setdefault(key, value) is value:
                    self._weight += value[1]
            while self._weight > self._most:
                _, (_, weight) = self._kept.popitem(last=False)
                self._weight -= weight
        return [value for value, _ in made]
