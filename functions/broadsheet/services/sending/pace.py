"""How fast a worker sends: its share of SES's rate, and slower after SES refused a mail as one too many."""

from collections.abc import Callable
from dataclasses import dataclass

SLOWER, FASTER = 0.5, 1.1
SLOWEST = 0.05  # of the worker's share
LONGEST = 10.0  # seconds between two mails, which a worker has at its end


@dataclass(slots=True)
class Pace:
    """Evenly spaced mails. `monotonic` returns seconds, and `sleep` waits for as many."""

    monotonic: Callable[[], float]
    sleep: Callable[[float], None]
    rate: float = 1.0  # mails a second
    factor: float = 1.0
    _next: float = 0.0

    def wait(self) -> None:
        """Wait until the next mail may be sent."""
        now = self.monotonic()
        if self._next > now:
            self.sleep(self._next - now)
        self._next = max(now, self._next) + min(LONGEST, 1 / (self.rate * self.factor))

    def slow_down(self) -> None:
        """Send more slowly from now on, since SES refused a mail."""
        self.factor = max(SLOWEST, self.factor * SLOWER)

    def speed_up(self) -> None:
        """Come back towards the whole share."""
        self.factor = min(1.0, self.factor * FASTER)
