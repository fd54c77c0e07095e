"""Notices when the functions' code changes."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

INTERVAL = 0.5
"""Seconds between two looks. To look takes about a millisecond."""


class Watcher:
    """Calls `on_change` with the files under `root` that changed, were added or removed, until closed."""

    def __init__(self, root: Path, on_change: Callable[[list[Path]], None]) -> None:
        self._root, self._on_change = root, on_change
        self._closed = threading.Event()
        self._seen = _stamps(root)
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closed.wait(INTERVAL):
            now = _stamps(self._root)
            if changed := sorted(path for path, _ in now.items() ^ self._seen.items()):
                self._seen = now
                self._on_change([Path(path).relative_to(self._root) for path in dict.fromkeys(changed)])


def _stamps(directory: Path) -> dict[str, tuple[int, int]]:
    return dict(_walk(str(directory)))


def _walk(directory: str) -> Iterator[tuple[str, tuple[int, int]]]:
    with os.scandir(directory) as entries:
        for entry in entries:
            # Editors leave hidden and backup files about, and Python its bytecode.
            if entry.name.startswith((".", "#", "__pycache__")) or entry.name.endswith(("~", ".pyc", ".swp")):
                continue
            try:
                if entry.is_dir():
                    yield from _walk(entry.path)
                else:
                    stat = entry.stat()
                    yield entry.path, (stat.st_mtime_ns, stat.st_size)
            except FileNotFoundError:
                pass  # gone since it was listed: an editor that saves by renaming
