"""Waits that end when nothing moves any more, not after a fixed time: the machine may be as slow as it likes."""

from __future__ import annotations

import time
from collections.abc import Callable

STALL = 120.0
"""Seconds without progress after which a wait gives up. A process that starts beside fifty others takes half of it."""
LOOK = 1.0
"""Seconds between two looks at the progress."""
LONGEST_PAUSE = 0.1
"""Seconds between two looks at the condition, after some short pauses."""


def wait_for(condition: Callable[[], object], progress: Callable[[], object], stall: float = STALL) -> bool:
    """Wait until the condition holds. False when it does not, and `progress()` was the same for `stall` seconds."""
    seen, moved = progress(), time.monotonic()
    looked, pause = moved, 0.01
    while not condition():
        now = time.monotonic()
        if now - looked >= min(LOOK, stall):
            looked, before, seen = now, seen, progress()
            moved = now if seen != before else moved
        if now - moved >= stall:
            return False
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)
    return True
