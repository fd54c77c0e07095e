"""The time that an invocation has left. Lambda kills one that runs out of it, and with it all that the process knew."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class OutOfTime(Exception):
    """No time is left for another AWS call. What was done stays done; the caller reports the rest as not done."""


class _Invocation(Protocol):
    def get_remaining_time_in_millis(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Deadline:
    """When to stop: `remaining` tells the seconds until Lambda ends the invocation, `reserve` is kept for the call that
    is under way and for the answer.
    """

    remaining: Callable[[], float]
    reserve: float = 0.0

    @classmethod
    def of(cls, invocation: _Invocation, reserve: float) -> "Deadline":
        """The deadline of an invocation, by its Lambda context."""
        return cls(lambda: invocation.get_remaining_time_in_millis() / 1000, reserve)

    @property
    def left(self) -> float:
        """Seconds that may still be worked; below zero when it is time to stop."""
        return self.remaining() - self.reserve

    def check(self) -> None:
        """Raise `OutOfTime` when it is time to stop."""
        if self.left <= 0:
            raise OutOfTime(f"less than {self.reserve:g} s are left")


UNLIMITED = Deadline(lambda: 1e9)
"""For callers that no Lambda function waits for: tests, benchmarks."""
