"""Optimistic concurrency: what a writer does after another writer was first.

DynamoDB refuses a transaction while another one touches one of its rows, and clients that import together meet again
and again on the rows that count. Retried at once they collide again; each waits a random time, and a longer one after
each loss ("full jitter": AWS Architecture Blog, "Exponential Backoff And Jitter").
"""

from collections.abc import Callable, Iterator
from itertools import count
from random import SystemRandom
from time import sleep

FIRST_PAUSE = 0.05  # seconds: the longest pause after the first loss; doubled after each further one
LONGEST_PAUSE = 1.0  # seconds
# Reasons by which DynamoDB cancels a transaction that may succeed a moment later.
RACING = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})

_UNIFORM = SystemRandom().uniform


def attempts(most: int) -> Iterator[int]:
    """Number up to `most` attempts from 0, and sleep before each but the first: `continue` after a lost race."""
    paused = pauses()
    for number in range(most):
        if number:
            sleep(next(paused))
        yield number


def pauses(uniform: Callable[[float, float], float] = _UNIFORM) -> Iterator[float]:
    """The pauses between attempts, in seconds: random, and never longer than a limit that grows."""
    for lost in count():
        yield uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**lost))
