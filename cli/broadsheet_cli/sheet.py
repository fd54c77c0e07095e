"""CSV files (RFC 4180), read and written line by line: however long a file is, little of it is in memory."""

import csv
import itertools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, TextIO

from .files import FileError

LONGEST_LINE = 1_000_000  # bytes
# What a spreadsheet takes for the beginning of a formula, and any apostrophes before it.
FORMULA = re.compile(r"'*[=+\-@\t\r]")


def records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Every record of a file in UTF-8, with or without a BOM, and the number of its first line. Empty lines are none.

    Raises `FileError`, which names the line, where the file cannot be read on.
    """
    try:
        with path.open("rb") as file:
            reader = csv.reader(_lines(file, str(path)), strict=True)
            while True:
                line = reader.line_num + 1
                try:
                    cells = next(reader, None)
                except csv.Error as error:
                    raise FileError(str(path), f"is not CSV: {error}", line=line) from error
                if cells is None:
                    return
                if cells:
                    yield line, cells
    except OSError as error:
        raise FileError(str(path), f"cannot be read: {error.strerror}") from error


def write(file: TextIO, rows: Iterator[Sequence[str]]) -> None:
    """Write the rows, with an apostrophe before what a spreadsheet would take for a formula."""
    writer = csv.writer(file, lineterminator="\r\n")
    for cells in rows:
        writer.writerow([escaped(cell) for cell in cells])


def escaped(cell: str) -> str:
    """The cell as a spreadsheet shows it and does not run it."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def unescaped(cell: str) -> str:
    """The cell as it was before it was escaped."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def _lines(file: BinaryIO, name: str) -> Iterator[str]:
    for number in itertools.count(1):
        line = file.readline(LONGEST_LINE)
        if not line:
            return
        if len(line) == LONGEST_LINE:
            raise FileError(name, f"is not CSV: a line is longer than {LONGEST_LINE:,} bytes", line=number)
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise FileError(name, "is not UTF-8", line=number) from error
