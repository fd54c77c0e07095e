"""A CSV file of subscribers, whose format its header tells."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .csv_files import read_rows
from .errors import FileError
from .formats import COLUMNS, FORMATS, MAILCHIMP, OWN, Cells, Fields, Format, detect

MAX_ROW = 1500  # characters in the fields of one subscriber


@dataclass(frozen=True, slots=True)
class SubscriberRow:
    """A subscriber in a file: the fields of the API call, and the row's line in the file."""

    line: int
    fields: Fields


@dataclass(frozen=True, slots=True)
class SubscriberFile:
    """A file with a valid header. Iterating it yields every row, or an error for a row that cannot be read.

    `status` applies to rows that are subscribed or have no status in the file; `edition` to rows without one.
    """

    path: Path
    format: Format
    columns: tuple[str, ...]
    status: str | None
    edition: str | None

    @classmethod
    def open(cls, path: Path, format: str | None, status: str | None, edition: str | None) -> "SubscriberFile":
        """Read the header. It tells the format if none is named. Raises `FileError`."""
        line, header = next(read_rows(path), (1, []))
        columns = tuple(column.strip() for column in header)
        found = FORMATS[format] if format else detect(columns)
        if found is None:
            names = ", ".join(FORMATS)
            raise FileError(str(path), f"must begin with the header of one of {names}; --help shows them", line=line)
        if rule := _header_error(found, columns):
            raise FileError(str(path), rule, line=line)
        status = status or found.file_status(columns, path.name)
        if found is MAILCHIMP and status is None:
            raise FileError(
                str(path), "does not tell whether its contacts are subscribed; name it with --status", line=line
            )
        return cls(path, found, columns, status, edition)

    def __len__(self) -> int:
        """The number of rows. Reads the whole file; raises `FileError` if that fails."""
        return sum(1 for _ in read_rows(self.path)) - 1

    def __iter__(self) -> Iterator[SubscriberRow | FileError]:
        rows = read_rows(self.path)
        next(rows)
        for line, cells in rows:
            if len(cells) != len(self.columns):
                rule = f"has {len(cells)} cells where the header has {len(self.columns)}"
                yield FileError(str(self.path), rule, line=line)
                continue
            fields = self._fields(dict(zip(self.columns, cells, strict=True)))
            if sum(len(str(value)) for value in fields.values()) > MAX_ROW:
                yield FileError(str(self.path), f"has more than {MAX_ROW} characters", line=line)
            else:
                yield SubscriberRow(line, fields)

    def _fields(self, cells: Cells) -> Fields:
        fields = self.format.fields(cells)
        if self.status and fields.get("status", "subscribed") == "subscribed":
            fields["status"] = self.status
        if self.edition:
            fields.setdefault("edition", self.edition)
        return fields


def _header_error(format: Format, columns: tuple[str, ...]) -> str | None:
    if missing := [name for name in format.required if name not in columns]:
        return f"must have the column {missing[0]} in its header"
    if format is OWN and (unknown := [name for name in columns if name not in COLUMNS]):
        return f"has an unknown column {unknown[0]!r}; the columns are {', '.join(COLUMNS)}"
    if repeated := [name for name in format.required if columns.count(name) > 1]:
        return f"has the column {repeated[0]} twice"
    return None
