"""Subscribers from files into a deployment, and out of it into a file."""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from rich.progress import Progress

from .client import Objects
from .files import FileError
from .formats import COLUMNS, Listed, Listing, cells_of
from .problems import Refused, Unavailable
from .sheet import write

AT_ONCE = 100  # as many as the API takes


@dataclass(slots=True)
class Tally:
    """How many are new, were changed, were so already, and were refused."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0


@dataclass(slots=True)
class Written:
    """How many subscribers were written, and how many there are that were erased and have nothing to write."""

    people: int = 0
    erased: int = 0


def import_all(
    send: Callable[[Objects], Objects],
    listing: Listing,
    progress: Progress | None = None,
    *,
    on_refusal: Callable[[str], None] = lambda _: None,
) -> Tally:
    """Have everybody in the file taken in, a hundred at a time and in the file's order.

    The file is read to its end before anything is sent; raises `FileError` where that cannot be done. `send` hands
    some rows to the API. A refused row stops no other; each is named to `on_refusal` with its line, in the file's
    order. Raises what `send` does, and what went in then stays in; repeating the whole is safe.
    """
    bar = progress or Progress(disable=True, speed_estimate_period=0)
    task = bar.add_task("Subscribers", total=len(listing))
    tally = Tally()
    for batch in _batches(listing):
        outcomes = iter(_sent(send, [one.row for one in batch if isinstance(one, Listed)]))
        for one in batch:
            if isinstance(one, FileError):
                tally.refused += 1
                on_refusal(str(one))
                continue
            outcome = next(outcomes)
            kind = str(outcome["result"])
            if kind == "refused":
                on_refusal(str(FileError(str(listing.path), str(outcome["reason"]), line=one.line)))
            setattr(tally, kind, getattr(tally, kind) + 1)
        bar.advance(task, len(batch))
    return tally


def export_all(pages: Iterable[tuple[Objects, int]], file: TextIO, progress: Progress | None = None) -> Written:
    """Write everybody on the pages as a list of our own."""
    bar = progress or Progress(disable=True, speed_estimate_period=0)
    task = bar.add_task("Subscribers", total=None)
    written = Written()

    def rows() -> Iterator[Sequence[str]]:
        yield COLUMNS
        for people, erased in pages:
            yield from map(cells_of, people)
            written.people += len(people)
            written.erased += erased
            bar.advance(task, len(people))

    write(file, rows())
    return written


@contextmanager
def private_file(path: Path) -> Iterator[TextIO]:
    """A file that only its owner can read, and that takes its place once it is whole; until then nothing is changed.

    Raises `FileError` where it cannot be written.
    """
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        finally:
            with suppress(FileNotFoundError):
                Path(name).unlink()
    except OSError as error:
        raise FileError(str(path), f"cannot be written: {error.strerror}") from error


def _batches(listing: Listing) -> Iterator[list[Listed | FileError]]:
    batch: list[Listed | FileError] = []
    for one in listing:
        batch.append(one)
        if len(batch) == AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _sent(send: Callable[[Objects], Objects], rows: Objects) -> Objects:
    if not rows:
        return ()
    try:
        return send(rows)
    except (Refused, Unavailable) as error:
        return [{"result": "refused", "reason": str(error)}] * len(rows)
