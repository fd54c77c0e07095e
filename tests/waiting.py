"""Waits of the tests. They fail when nothing moves any more, not after a fixed time: a busy machine fails no test."""

from collections.abc import Callable

from infra.local import waiting
from infra.local.waiting import STALL


def wait_for(condition: Callable[[], object], progress: Callable[[], object] = lambda: None) -> None:
    """Wait until the condition holds; fails when `progress()` has not changed for STALL seconds."""
    assert waiting.wait_for(condition, progress), f"the condition does not hold, and nothing has moved for {STALL:g} s"
