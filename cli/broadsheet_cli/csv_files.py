"""CSV files (RFC 4180) as spreadsheets write them, read and written row by row in constant memory.

Read are UTF-8, with or without a byte order mark, and UTF-16 and UTF-32 with one; cells that commas, semicolons or tabs
separate, or the character that a first line `sep=` names; any line ends.
"""

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from .cells import trimmed
from .errors import FileError

MAX_LINE = 1_000_000  # characters
MAX_CELL = 1_000_000  # characters, on any number of lines
SEPARATORS = (",", ";", "\t")
# What a spreadsheet takes for the beginning of a formula, after any apostrophes.
FORMULA = re.compile(r"'*[=+\-@\t\r]")

NAMED = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
QUOTED = re.compile(r'"[^"]*"?')
UNDECODED = re.compile("[\udc80-\udcff]")  # bytes that are no UTF-8, as `surrogateescape` keeps them
# A byte order mark of UTF-32 begins as that of UTF-16 does.
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SAVE_AGAIN = "save it as “CSV UTF-8”"
WORKBOOK = f"is a workbook of a spreadsheet, and no CSV file: {SAVE_AGAIN}"
OTHER_FORMATS = ((b"PK\x03\x04", WORKBOOK), (b"\xd0\xcf\x11\xe0", WORKBOOK))
NOT_UTF_8 = (
    "is neither UTF-8 nor UTF-16, but probably in an older encoding of Windows, such as 1252 or 1256, which Excel’s "
    f"plain “CSV” is in: {SAVE_AGAIN}"
)
NO_MARK = f"is UTF-16 without a byte order mark: {SAVE_AGAIN}"
# By what Python's csv module says.
BROKEN = {
    "unexpected end of data": 'has a quotation mark (") that begins a cell, and none that ends it',
    "expected after": 'has text after the quotation mark (") that ends a cell; within a cell it is written twice ("")',
    "field larger": f"has a cell of more than {MAX_CELL:,} characters",
}


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A CSV file whose encoding and separator are known. `names_separator` where its first line does nothing else."""

    path: Path
    encoding: str
    separator: str
    names_separator: bool

    @classmethod
    def open(cls, path: Path) -> "CsvFile":
        """Find out how the file is written. Raises `FileError` for one that is no CSV file."""
        encoding = _encoding(path)
        for number, line in enumerate(_lines(path, encoding), 1):
            text = trimmed(line)
            if number == 1 and (named := NAMED.fullmatch(line.strip("\r\n") if text else "")):
                return cls(path, encoding, named[1], names_separator=True)
            if trimmed(text.strip('",;')):
                return cls(path, encoding, _separator(line), names_separator=False)
        return cls(path, encoding, SEPARATORS[0], names_separator=False)

    def rows(self, *, backslash: bool = False) -> Iterator[tuple[int, list[str]]]:
        """Every row that is not empty, as it is written, and the number of its first line.

        With `backslash`, a quotation mark within a cell is written as `\\"`. Raises `FileError`, with the line, if the
        file cannot be read further.
        """
        csv.field_size_limit(MAX_CELL)
        lines = _lines(self.path, self.encoding)
        before = 0
        if self.names_separator:
            next(lines, None)
            before = 1
        escape = "\\" if backslash else None
        reader = csv.reader(lines, delimiter=self.separator, escapechar=escape, strict=True)
        while True:
            line = before + reader.line_num + 1
            try:
                cells = next(reader, None)
            except csv.Error as error:
                raise FileError(str(self.path), _rule(error), line=line) from error
            if cells is None:
                return
            if any(trimmed(unescape_formula(cell)) for cell in cells):
                yield line, cells


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


def _encoding(path: Path) -> str:
    try:
        with path.open("rb") as file:
            start = file.read(1000)
    except OSError as error:
        raise FileError(str(path), f"cannot be read: {error.strerror}") from error
    for signature, rule in OTHER_FORMATS:
        if start.startswith(signature):
            raise FileError(str(path), rule)
    for mark, encoding in MARKS:
        if start.startswith(mark):
            return encoding
    if start.count(0) > len(start) // 4:
        raise FileError(str(path), NO_MARK)
    return "utf-8"


def _separator(header: str) -> str:
    """The separator that is most frequent outside quotation marks; the comma where none is there."""
    bare = QUOTED.sub("", header)
    return max(SEPARATORS, key=bare.count)


def _lines(path: Path, encoding: str) -> Iterator[str]:
    """The lines with their ends. Raises `FileError`, with the line, where they cannot be decoded."""
    number = 1
    errors = "surrogateescape" if encoding.startswith("utf-8") else "strict"
    try:
        with path.open(encoding=encoding, errors=errors, newline="") as file:
            while line := file.readline(MAX_LINE):
                if len(line) == MAX_LINE:
                    raise FileError(str(path), f"has a line of more than {MAX_LINE:,} characters", line=number)
                if UNDECODED.search(line):
                    raise FileError(str(path), NOT_UTF_8, line=number)
                yield line
                number += 1
    except UnicodeError as error:
        raise FileError(str(path), f"is not {encoding.upper()}, though it begins as such", line=number) from error
    except OSError as error:
        raise FileError(str(path), f"cannot be read: {error.strerror}") from error


def _rule(error: csv.Error) -> str:
    return next((rule for part, rule in BROKEN.items() if part in str(error)), "cannot be read as CSV")
