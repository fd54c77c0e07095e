"""Restarts the functions with changed code: first those that bring the site up to date, then the others."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable, Collection

from infra.local.functions.runtime import Function
from infra.local.waiting import wait_for

AT_ONCE = os.cpu_count() or 1
"""Processes that start at the same time. More would only make each other wait for a processor."""


class Restarts:
    """Restarts `functions` at each call of `begin`, until closed.

    Those in `first` start at once, and `publish` invokes what brings the site up to date. Any other function starts
    when it is invoked, or once `is_published`: the site is up to date, or cannot be. `on_done` is called when all have
    started. Another change begins all of this anew.
    """

    def __init__(
        self,
        functions: Collection[Function],
        first: Collection[Function],
        publish: Callable[[], None],
        is_published: Callable[[], bool],
        on_done: Callable[[], None],
    ) -> None:
        self._functions, self._first = functions, first
        self._publish, self._is_published, self._on_done = publish, is_published, on_done
        self._changed = threading.Condition()
        self._changes = 0
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="restarts", daemon=True)
        self._thread.start()

    def begin(self) -> None:
        """Replace every process, and return at once."""
        for function in self._functions:
            function.restart(when_needed=function not in self._first)
        self._publish()
        with self._changed:
            self._changes += 1
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        done = 0
        while self._another_change(done):
            done = self._changes
            self._start_others(done)

    def _another_change(self, done: int) -> bool:
        """Wait for a change after so many. False if there will be none."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._changes > done)
            return not self._closed

    def _start_others(self, changes: int) -> None:
        def wait(condition: Callable[[], bool]) -> bool:
            """Wait for the condition, or for another change or the end: False after those."""
            wait_for(lambda: self._closed or self._changes > changes or condition(), lambda: None, math.inf)
            return not self._closed and self._changes == changes

        if not wait(self._is_published):
            return
        for function in self._functions:
            if function not in self._first:
                if not wait(lambda: self._starting() < AT_ONCE):
                    return
                function.start()
        if wait(lambda: not self._starting()):
            self._on_done()

    def _starting(self) -> int:
        return sum(function.state == "starting" for function in self._functions)
