"""Watches the functions' code for changes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from watchfiles import Change, DefaultFilter, watch


class Watcher:
    """Calls `on_change` with the changed, added and removed files under `root`, until closed."""

    def __init__(self, root: Path, on_change: Callable[[list[Path]], None]) -> None:
        self._root, self._on_change = root.resolve(), on_change
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._thread.join()

    def _run(self) -> None:
        for changes in watch(self._root, watch_filter=_SourceFilter(), stop_event=self._closed):
            self._on_change(sorted({Path(path).relative_to(self._root) for _, path in changes}))


class _SourceFilter(DefaultFilter):
    """Ignores bytecode, and hidden and temporary files of editors."""

    def __call__(self, change: Change, path: str) -> bool:
        return super().__call__(change, path) and not Path(path).name.startswith((".", "#"))
