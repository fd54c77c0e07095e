"""An invocation of a function: event, state, result and log."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from infra.local.functions.failures import Failure, logged

MAX_PAYLOAD = 6 * 1024 * 1024
"""Bytes of an event or a synchronous response."""
MAX_LOG_LINES = 2000
"""Log lines that are kept of an invocation."""


@dataclass
class Invocation:
    """An invocation, from the moment that it is queued. `trigger` names its event source, for developers."""

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
        """One of waiting, running, failed and succeeded."""
        if self.done.is_set():
            return "failed" if self.error else "succeeded"
        return "running" if self.started else "waiting"

    def failure(self, traceback: str) -> Failure | None:
        """The failure of an invocation that has ended: an error, or a response with status 5xx that logged none."""
        if self.error:
            return Failure(self.function, f"{self.error} ({self.trigger})", traceback, self.id)
        status = self.result.get("statusCode") if isinstance(self.result, dict) else None
        if not isinstance(status, int) or status < 500 or any(logged(self.function, line, None) for line in self.log):
            return None
        return Failure(self.function, f"responded with status {status} ({self.trigger})", "", self.id)

    @property
    def reported(self) -> set[str] | None:
        """The failed items in the function's report of a batch; None if Lambda would treat it as "all failed"."""
        try:
            failures = (self.result or {}).get("batchItemFailures") or []
            identifiers = {failure["itemIdentifier"] for failure in failures}
        except (AttributeError, KeyError, TypeError):
            return None
        return identifiers if all(isinstance(one, str) and one for one in identifiers) else None
