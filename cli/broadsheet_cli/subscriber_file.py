"""A CSV file of subscribers, whose format its header tells."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .cells import quoted, trimmed
from .csv_files import CsvFile
from .errors import FileError
from .exports import FORMATS, OWN, detect, nearest, unknown_columns
from .formats import Fields, Format, Header, RowError, RowReader

MAX_ROW = 400_000  # bytes of JSON; the API takes 500,000 in a request
OPTIONS = {"edition": "--edition", "status": "--status"}


@dataclass(frozen=True, slots=True)
class SubscriberRow:
    """A subscriber in a file: the fields of the API call, and the row's line in the file."""

    line: int
    fields: Fields

    @property
    def size(self) -> int:
        """The bytes of the row in a request."""
        return len(json.dumps(self.fields, ensure_ascii=False).encode(errors="replace"))


@dataclass(frozen=True, slots=True)
class SubscriberFile:
    """A file with a valid header. Iterating it yields every row, or an error for a row that cannot be read.

    `status` applies to rows that are subscribed or have no status in the file; `edition` to rows without one. `source`
    takes the place of the software's name as where rows come from, for which the call names it.
    """

    csv: CsvFile
    format: Format
    header: Header
    status: str | None
    edition: str | None
    source: str | None = None

    @classmethod
    def open(
        cls, path: Path, format: str | None, status: str | None, edition: str | None, source: str | None = None
    ) -> "SubscriberFile":
        """Read the header. It tells the format if none is named. Raises `FileError`."""
        csv = CsvFile.open(path)
        line, cells = next(csv.rows(), (1, []))
        header = Header.read(cells)
        found = FORMATS[format] if format else detect(header)
        if found is None:
            raise FileError(str(path), _unknown(header), line=line)
        header = header.with_email(found.email, first=found.email_is_first)
        if rule := _header_error(found, header):
            raise FileError(str(path), rule, line=line)
        status = status or found.file_status(header, path.name)
        if status is None and not any(header.place(column) is not None for column in found.telling):
            raise FileError(str(path), found.ask, line=line)
        return cls(csv, found, header, status, edition, source)

    @property
    def path(self) -> Path:
        return self.csv.path

    def __len__(self) -> int:
        """The number of rows. Reads the whole file; raises `FileError` if that fails."""
        return sum(1 for _ in self._rows())

    def __iter__(self) -> Iterator[SubscriberRow | FileError]:
        reader = RowReader(self.format, self.header, self.status)
        for line, cells in self._rows():
            try:
                self._check_length(cells)
                row = SubscriberRow(line, self._with_options(reader.fields(cells)))
            except RowError as error:
                yield FileError(str(self.path), str(error), line=line)
                continue
            too_long = f"is too long: the cells that are read have more than {MAX_ROW:,} bytes"
            yield FileError(str(self.path), too_long, line=line) if row.size > MAX_ROW else row

    def reason(self, result: Mapping[str, object]) -> str:
        """Why the API refused a row, in the file's names of its columns."""
        errors = result.get("errors")
        if not isinstance(errors, list) or not errors:
            return str(result.get("reason", "was refused"))
        return "; ".join(f"{self._name(str(error['field']))} {error['rule']}" for error in errors)

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        rows = self.csv.rows(backslash=self.format.backslash)
        next(rows, None)
        return rows

    def _check_length(self, cells: list[str]) -> None:
        """Raise `RowError` where cells are surplus, or so few that the row does not say who left.

        Spreadsheets leave out empty cells at the end of a row.
        """
        width = len(self.header.names)
        if any(map(trimmed, cells[width:])):
            raise RowError(f"has {len(cells)} cells where the header has {width}")
        for column in (self.format.email, *self.format.statuses, *self.format.marks):
            place = self.header.place(column)
            if place is not None and place >= len(cells):
                raise RowError(f"ends before the column {self.header.names[place]}")

    def _with_options(self, fields: Fields) -> Fields:
        if self.edition:
            fields.setdefault("edition", self.edition)
        if self.source and not self.format.own:
            del fields["source"]
        return fields

    def _name(self, field: str) -> str:
        """The columns of the file from which a field is read; the option that sets it, where there are none."""
        base = field.partition(".")[0]
        columns = self.format.columns_of(base)
        names = [self.header.name(column) for column in columns if self.header.place(column) is not None]
        return " or ".join(dict.fromkeys(names)) or OPTIONS.get(base, field)


def _header_error(format: Format, header: Header) -> str | None:
    if missing := format.missing(header):
        return f"has no column {missing[0]}, which the format {format.name} has; {_columns(header)}"
    if format is OWN and (unknown := unknown_columns(header)):
        return f"has an unknown column {quoted(unknown[0])}; its format has no others than {', '.join(format.columns)}"
    for column in format.columns:
        place = header.place(column)
        if place is not None and header.keys.count(header.keys[place]) > 1:
            return f"has the column {header.names[place]} twice"
    return None


def _unknown(header: Header) -> str:
    """Why a header is of no format, with what the nearest one lacks."""
    if not header.names:
        return "is empty"
    if any("@" in name for name in header.names):
        return "must have the names of the columns in its first row, and has an email address there"
    near = nearest(header)
    if missing := near.missing(header):
        lack = f"needs {', '.join(missing)}, too"
    else:
        lack = f"does not know {', '.join(map(quoted, unknown_columns(header)))}"
    return f"is of no known format ({', '.join(FORMATS)}). {_columns(header)}; the nearest is {near.name}, which {lack}"


def _columns(header: Header) -> str:
    return f"Its columns are {', '.join(quoted(name) for name in header.names if name)}"
