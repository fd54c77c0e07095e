"""Subscribers from a file into a site, and from a site into a file; and lifts of suppressions."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from .client import JSON, Client, Objects
from .csv_files import write_rows
from .errors import FileError, Refused, Unavailable, UnexpectedResponse
from .formats import COLUMNS, cells_of
from .subscriber_file import MAX_ROW, SubscriberFile, SubscriberRow
from .terminal import no_bar

if TYPE_CHECKING:
    from rich.progress import Progress

BATCH = 100  # rows; the API's maximum
BATCH_SIZE = MAX_ROW  # bytes of rows
# Who left comes first, so that a row which says so wins over one that does not, wherever they are in the file.
PASSES = ("suppressed", "unsubscribed", None)

Row = SubscriberRow | FileError
Send = Callable[[Objects], Objects]


@dataclass(slots=True)
class ImportCounts:
    """How many rows were added, changed, left unchanged and refused, by the API's names of these results.

    `mails` is how many of the subscribers get a mail, or would get one if it were no dry run.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    mails: int = 0


@dataclass(slots=True)
class ExportCounts:
    """How many subscribers were written, and how many were erased and have no data to write."""

    written: int = 0
    erased: int = 0


@dataclass(frozen=True, slots=True)
class Lifted:
    """What a lift did: the status after it, whether it changed that, and the latest lift, if there ever was one."""

    status: str
    changed: bool
    by: str | None
    at: str | None


def lift_suppression(client: Client, email: str) -> Lifted:
    """Lift the suppression of an email. Idempotent. Raises `Refused` for one that the site does not know."""
    answer = client.transport.send_json(
        "POST", f"{client.api}/api/subscribers/lift", JSON, json.dumps({"email": email}).encode()
    )
    result, status, by, at = (answer.get(name) for name in ("result", "status", "lifted_by", "lifted_at"))
    if result not in ("changed", "unchanged") or not isinstance(status, str):
        raise UnexpectedResponse(client.api, HTTPStatus.OK)
    return Lifted(status, result == "changed", str(by) if by else None, str(at) if at else None)


def import_all(
    send: Send,
    file: SubscriberFile,
    progress: Progress | None = None,
    *,
    on_refusal: Callable[[str], None] = lambda _: None,
) -> ImportCounts:
    """Import every row of the file, at most a hundred in a call. Idempotent.

    Suppressed rows come first, then unsubscribed ones, then the others; each in their order. Reads the whole file
    before the first call; raises `FileError` if that fails. `send` makes a call and returns the result of each row. A
    refused row does not stop the others; `on_refusal` gets a message with its line. Other errors of `send` pass
    through; rows of earlier calls stay imported.
    """
    bar = progress or no_bar()
    task = bar.add_task("Subscribers", total=len(file))
    counts = ImportCounts()
    for batch in (batch for status in PASSES for batch in _batches(file, status)):
        for reason in _import_batch(send, batch, counts, file):
            on_refusal(reason)
        bar.advance(task, len(batch))
    return counts


def export_all(pages: Iterable[tuple[Objects, int]], file: TextIO, progress: Progress | None = None) -> ExportCounts:
    """Write the subscribers of every page in Broadsheet's own format."""
    bar = progress or no_bar()
    task = bar.add_task("Subscribers", total=None)
    counts = ExportCounts()

    def rows() -> Iterator[Sequence[str]]:
        yield COLUMNS
        for subscribers, erased in pages:
            yield from map(cells_of, subscribers)
            counts.written += len(subscribers)
            counts.erased += erased
            bar.advance(task, len(subscribers))

    write_rows(file, rows())
    return counts


@contextmanager
def private_file(path: Path) -> Iterator[TextIO]:
    """A file that only its owner can read. It replaces `path` atomically when the context ends without an error.

    Raises `FileError` if it cannot be written.
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


def _batches(file: SubscriberFile, status: str | None) -> Iterator[list[Row]]:
    """The rows of this status, or those of no other pass, as many as one call takes."""
    batch: list[Row] = []
    size = 0
    for row in (row for row in file if _pass_of(row) == status):
        added = row.size if isinstance(row, SubscriberRow) else 0
        if len(batch) == BATCH or size + added > BATCH_SIZE:
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += added
    if batch:
        yield batch


def _pass_of(row: Row) -> object:
    status = row.fields["status"] if isinstance(row, SubscriberRow) else None
    return status if status in PASSES else None


def _import_batch(send: Send, batch: Sequence[Row], counts: ImportCounts, file: SubscriberFile) -> Iterator[str]:
    """Import the rows, count the results, and yield a message for each refused one, in the order of the file."""
    results = iter(_results(send, [row.fields for row in batch if isinstance(row, SubscriberRow)]))
    for row in batch:
        if isinstance(row, FileError):
            counts.refused += 1
            yield str(row)
            continue
        result = next(results)
        kind = str(result["result"])
        setattr(counts, kind, getattr(counts, kind) + 1)
        counts.mails += result.get("mail") is True
        if kind == "refused":
            yield str(FileError(str(file.path), file.reason(result), line=row.line))


def _results(send: Send, rows: Objects) -> Objects:
    """The result of each row. Where the API refuses a call as a whole, its halves are sent, down to single rows."""
    if not rows:
        return ()
    try:
        return send(rows)
    except Refused as error:
        if len(rows) > 1:
            half = len(rows) // 2
            return [*_results(send, rows[:half]), *_results(send, rows[half:])]
        return [{"result": "refused", "reason": str(error)}]
    except Unavailable as error:
        return [{"result": "refused", "reason": str(error)}] * len(rows)
