"""How fast a worker sends: its share of SES's rate, and slower after SES refused a mail as one too many."""

from collections.abc import Callable
from dataclasses import dataclass

SLOWER, FASTER = 0.5, 1.1
SLOWEST = 0.05  # of the worker's share
MADE_UP = 1.0  # seconds that a worker may be late, and make up for
LONGEST = 10.0  # seconds between two mails, which a worker has at its end


@dataclass(slots=True)
class Pace:
    """Evenly spaced mails; some closer together after slow ones, so that the rate is reached all the same.

    `monotonic` returns seconds, and `sleep` waits for as many.
    """

    monotonic: Callable[[], float]
    sleep: Callable[[float], None]
    rate: float = 1.0  # mails a second
    factor: float = 1.0
    _next: float | None = None

    def wait(self) -> None:
        """Wait until the next mail may be sent."""
        now = self.monotonic()
        due = now if self._next is None else max(self._next, now - MADE_UP)
        if due > now:
            self.sleep(due - now)
        self._next = due + min(LONGEST, 1 / (self.rate * self.factor))

    def slow_down(self) -> None:
        """Send more slowly from now on, since SES refused a mail."""
        self.factor = max(SLOWEST, self.factor * SLOWER)
        self._next = None  # what was refused is not made up for

    def speed_up(self) -> None:
        """Come back towards the whole share."""
        self.factor = min(1.0, self.factor * FASTER)
