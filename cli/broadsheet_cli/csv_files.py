"""CSV files (RFC 4180), read and written row by row in constant memory."""

import csv
import itertools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, TextIO

from .errors import FileError

MAX_LINE = 1_000_000  # bytes
# What a spreadsheet takes for the beginning of a formula, after any apostrophes.
FORMULA = re.compile(r"'*[=+\-@\t\r]")


def read_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Every row of a file in UTF-8, with or without a BOM, and the number of its first line. Skips empty lines.

    Raises `FileError`, with the line, if the file cannot be read further.
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


def write_rows(file: TextIO, rows: Iterator[Sequence[str]]) -> None:
    """Write the rows, with formulas escaped."""
    writer = csv.writer(file, lineterminator="\r\n")
    for cells in rows:
        writer.writerow([escape_formula(cell) for cell in cells])


def escape_formula(cell: str) -> str:
    """The cell with an apostrophe in front if a spreadsheet would run it as a formula."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def unescape_formula(cell: str) -> str:
    """The inverse of `escape_formula`."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def _lines(file: BinaryIO, name: str) -> Iterator[str]:
    for number in itertools.count(1):
        line = file.readline(MAX_LINE)
        if not line:
            return
        if len(line) == MAX_LINE:
            raise FileError(name, f"is not CSV: a line is longer than {MAX_LINE:,} bytes", line=number)
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise FileError(name, "is not UTF-8", line=number) from error
