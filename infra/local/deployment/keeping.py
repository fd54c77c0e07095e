"""Keeps the data of a local deployment in a folder, from one run to the next."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path

from infra.local.functions.streams import StreamReader
from infra.local.moto.emulator import Emulator
from infra.local.resources import Deployment

PAUSE = 2.0
"""Seconds between two looks for changes to save."""
FILE = "state.sqlite3"


class Keeper:
    """Loads the state in `folder` into the emulator, and saves it every few seconds after `start()` and at `close()`.

    `readers` are those of the streams. `loaded` is whether there was a state. Raises EmulatorError with a sentence if
    it cannot be used.
    """

    def __init__(
        self, folder: Path, site: str, emulator: Emulator, deployment: Deployment, readers: Iterable[StreamReader]
    ) -> None:
        self._emulator, self._readers = emulator, readers
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        types = {name: body["Type"] for name, body in deployment.resolver.template["Resources"].items()}
        names = {name: (types[name], _physical(deployment.name(name), types[name])) for name in deployment.attributes}
        self.loaded = emulator.open_state(folder / FILE, site, names)

    def start(self) -> None:
        """Begin to save: before this the state may be that of a deployment whose start is interrupted."""
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Save for the last time, if saving has begun. Functions and readers have ended."""
        self._closed.set()
        if self._thread:
            self._thread.join()
            self._emulator.save_state(self._positions())

    def _run(self) -> None:
        saved = -1
        while not self._closed.is_set():
            try:
                changes = self._emulator.changes()
                if changes != saved:
                    self._emulator.save_state(self._positions())
                    saved = changes
            except Exception:  # noqa: BLE001  such as a full disk: the next save may succeed; the traceback is printed
                traceback.print_exc()
            self._closed.wait(PAUSE)

    def _positions(self) -> Mapping[str, int]:
        """The first record of each table's stream that some reader has not processed."""
        positions: dict[str, int] = {}
        for reader in self._readers:
            table = reader.mapping.table
            positions[table] = min(positions.get(table, reader.position), reader.position)
        return positions


def _physical(name: str, type_: str) -> str:
    """The name of a resource in the emulator: of a queue without the rest of its URL."""
    return name.rpartition("/")[2] if type_ == "AWS::SQS::Queue" else name
