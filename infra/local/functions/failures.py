"""Errors of functions, as text that a developer reads: what failed, when, and the traceback."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

MAX_FAILURES = 100
"""Failures that are kept."""
_LEVELS = {"ERROR", "CRITICAL"}


@dataclass
class Failure:
    """An error of a function. `count` is how often it came, `at` the last time, `traceback` may be empty.

    `invocation` is the id of the invocation that failed; None for code that cannot be loaded. With `shared`, an earlier
    failure of another function has the same traceback: all functions import a module that is broken.
    """

    function: str
    message: str
    traceback: str = ""
    invocation: str | None = None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    count: int = 1
    shared: bool = False

    @property
    def text(self) -> str:
        """The failure for a terminal. A traceback that was printed before is left out."""
        times = f" ({self.count} times)" if self.count > 1 else ""
        lines = [] if times or self.shared else [f"  {line}" for line in self.traceback.splitlines()]
        return "\n".join([f"{self.function}: {self.message}{times}", *lines])

    @property
    def frames(self) -> str:
        """The traceback without its last line, which may name the function's module."""
        return self.traceback.rstrip("\n").rpartition("\n")[0]


class Failures:
    """The latest failures. The same one again is counted, because functions are retried."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: deque[Failure] = deque(maxlen=MAX_FAILURES)

    def add(self, failure: Failure) -> Failure:
        """Add a failure. Returns what is kept of it."""
        with self._lock:
            for known in self._kept:
                same = (known.function, known.message, known.traceback)
                if same == (failure.function, failure.message, failure.traceback):
                    known.count, known.at, known.invocation = known.count + 1, failure.at, failure.invocation
                    return known
            failure.shared = any(
                known.function != failure.function and known.frames == failure.frames != "" for known in self._kept
            )
            self._kept.append(failure)
            return failure

    def latest(self) -> list[Failure]:
        """All that are kept, newest first."""
        with self._lock:
            return sorted(self._kept, key=lambda failure: failure.at, reverse=True)


def logged(function: str, line: str, invocation: str | None) -> Failure | None:
    """The failure in a line of a function's log: one of level ERROR in JSON. None for any other line.

    Lambda's runtime logs what it reports too, without a message: that is no second failure.
    """
    try:
        record = json.loads(line)
    except ValueError:
        return None
    if not isinstance(record, dict) or record.get("level") not in _LEVELS or not record.get("message"):
        return None
    traceback = str(record.get("exception") or "") or traceback_of(record)
    message = str(record["message"])
    if last := traceback.strip().rpartition("\n")[2]:
        message = f"{message}: {last}"
    return Failure(function, message, traceback, invocation)


def traceback_of(report: Mapping[str, Any]) -> str:
    """The traceback in the runtime's report of an error; empty if it has none."""
    frames = [str(frame).rstrip("\n") for frame in report.get("stackTrace") or ()]
    last = f"{report.get('errorType', 'Error')}: {report.get('errorMessage', '')}"
    return "\n".join(["Traceback (most recent call last):", *frames, last]) if frames else ""
