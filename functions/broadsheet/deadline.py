"""The time that remains for an invocation. Lambda kills a process that exceeds it, with everything in its memory."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class OutOfTime(Exception):
    """No time remains for another AWS call. What was done stays done; the caller reports the rest as failed."""


class _Invocation(Protocol):
    def get_remaining_time_in_millis(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Deadline:
    """When to stop: `remaining` returns the seconds until Lambda kills the process. `reserve` is the part of them that
    the current call and the response need.
    """

    remaining: Callable[[], float]
    reserve: float = 0.0

    @classmethod
    def of(cls, invocation: _Invocation, reserve: float) -> "Deadline":
        """The deadline of an invocation, by its Lambda context."""
        return cls(lambda: invocation.get_remaining_time_in_millis() / 1000, reserve)

    @property
    def left(self) -> float:
        """The seconds until the deadline; zero or less once it has passed."""
        return self.remaining() - self.reserve

    def check(self) -> None:
        """Raise `OutOfTime` once the deadline has passed."""
        if self.left <= 0:
            raise OutOfTime(f"less than {self.reserve:g} s remain")


UNLIMITED = Deadline(lambda: 1e9)
"""For callers outside Lambda: tests, benchmarks."""
