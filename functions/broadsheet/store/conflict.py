"""Optimistic concurrency: conditional writes, lost races, and their retries.

DynamoDB refuses a transaction while another one touches one of its rows, and clients that import together meet again
and again on the rows that count. Immediate retries would collide again, so each waits a random time, whose limit grows
with each loss ("full jitter": AWS Architecture Blog, "Exponential Backoff And Jitter").
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import wraps
from itertools import count
from random import SystemRandom
from time import sleep
from typing import ParamSpec, TypeVar

from ..model.errors import Busy

FIRST_PAUSE = 0.05  # seconds: the longest pause after the first loss; doubled after each further one
LONGEST_PAUSE = 1.0  # seconds

_UNIFORM = SystemRandom().uniform

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class LostRace(Exception):
    """A conditional write failed because another client wrote first. Nothing was written.

    `failed` holds the positions of the writes whose conditions failed: 0 for a single write. It is empty where another
    write to one of the rows was in progress.
    """

    def __init__(self, what: object = "", failed: frozenset[int] = frozenset()) -> None:
        super().__init__(what)
        self.failed = failed


def retrying(tries: int) -> Callable[[Callable[Arguments, Result]], Callable[Arguments, Result]]:
    """Retry the decorated function after each `LostRace`, with pauses, and raise `Busy` after so many lost races.

    The function is called with the same arguments each time, so it reads the state that it changes by itself.
    """

    def decorate(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        @wraps(function)
        def retried(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
            paused = pauses()
            for attempt in range(tries):
                if attempt:
                    sleep(next(paused))
                with suppress(LostRace):
                    return function(*args, **kwargs)
            raise Busy("Other clients keep changing the same thing; please try again.")

        return retried

    return decorate


def pauses(uniform: Callable[[float, float], float] = _UNIFORM) -> Iterator[float]:
    """The pauses between attempts, in seconds: random, below a limit that grows up to `LONGEST_PAUSE`."""
    for lost in count():
        yield uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**lost))
