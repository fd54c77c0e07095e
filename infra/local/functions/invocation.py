"""One call of a function, as everybody who has to do with it sees it."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

LARGEST_PAYLOAD = 6 * 1024 * 1024
"""Bytes that an event or a synchronous answer may have."""
LINES_KEPT = 2000
"""Lines of a log that are kept for one invocation."""


@dataclass
class Invocation:
    """One call of a function, from the moment that it is wanted. `trigger` says to a person what wanted it."""

    function: str
    trigger: str
    event: bytes
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    started: float | None = None
    seconds: float | None = None
    result: Any = None
    error: str | None = None
    cold: bool = False
    log: list[str] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def outcome(self) -> str:
        """In a word: waiting, running, failed or succeeded."""
        if self.done.is_set():
            return "failed" if self.error else "succeeded"
        return "running" if self.started else "waiting"

    @property
    def reported(self) -> set[str] | None:
        """What the function says of a batch that it failed at; None for a report that Lambda takes for "all"."""
        try:
            failures = (self.result or {}).get("batchItemFailures") or []
            identifiers = {failure["itemIdentifier"] for failure in failures}
        except (AttributeError, KeyError, TypeError):
            return None
        return identifiers if all(isinstance(one, str) and one for one in identifiers) else None
