"""The lists of subscribers that files hold: our own, and those that other newsletter software exports.

Taken from each row is what the API takes: the address, whether and since when its reader is subscribed, and what they
chose. Everything else stays in the file: names, notes, labels, places, ratings.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .files import FileError
from .sheet import records, unescaped

Cells = Mapping[str, str]
Row = dict[str, object]

COLUMNS = (
    "email",
    "status",
    "edition",
    "sections",
    "frequency",
    "consented_at",
    "confirmed_at",
    "source",
    "wording",
    "wording_edition",
)
STATUSES = ("subscribed", "unsubscribed", "suppressed")
LONGEST = 1500  # characters of all that is taken of one subscriber
GO_TIME = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d+)? ([+-]\d\d)(\d\d)( \S+)?")
PLAIN_TIME = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class Format:
    """How one software writes its lists: the columns by which a list of its own is known, and what a row says.

    `row` may leave the status out; then `told` says it of the whole file, by its header and name, if anything does.
    """

    name: str
    marks: tuple[str, ...]
    row: Callable[[Cells], Row]
    told: Callable[[Sequence[str], str], str | None] = lambda *_: None


@dataclass(frozen=True, slots=True)
class Listed:
    """A subscriber in a file, and the number of the line where they stand."""

    line: int
    row: Row


@dataclass(frozen=True, slots=True)
class Listing:
    """A file whose header is understood. `status` is said of those who are subscribed by the file's own word, or by
    nobody's; `edition` of those who have none."""

    path: Path
    format: Format
    columns: tuple[str, ...]
    status: str | None
    edition: str | None

    @classmethod
    def of(cls, path: Path, format: str | None, status: str | None, edition: str | None) -> "Listing":
        """The file's listing; where the format is not named, the header tells it. Raises `FileError`."""
        line, header = next(records(path), (1, []))
        columns = tuple(column.strip() for column in header)
        fitting = FORMATS[format] if format else _by_marks(columns)
        if fitting is None:
            known = ", ".join(FORMATS)
            raise FileError(str(path), f"must begin with the header of one of {known}; --help shows them", line=line)
        if missing := [name for name in fitting.marks if name not in columns]:
            raise FileError(str(path), f"must have the column {missing[0]} in its header", line=line)
        if fitting is OWN and (wrong := [name for name in columns if name not in COLUMNS]):
            raise FileError(str(path), f"has a column {wrong[0]!r}; those here are {', '.join(COLUMNS)}", line=line)
        if twice := [name for name in fitting.marks if columns.count(name) > 1]:
            raise FileError(str(path), f"has the column {twice[0]} twice", line=line)
        status = status or fitting.told(columns, path.name)
        if fitting is MAILCHIMP and status is None:
            raise FileError(str(path), "does not tell whether these are subscribed; say it with --status", line=line)
        return cls(path, fitting, columns, status, edition)

    def __len__(self) -> int:
        """How many rows there are. Reads the whole file, and raises `FileError` where that cannot be done."""
        return sum(1 for _ in records(self.path)) - 1

    def __iter__(self) -> Iterator[Listed | FileError]:
        """Every row in the order of the file, and an error for each that is none."""
        rows = records(self.path)
        next(rows)
        for line, cells in rows:
            if len(cells) != len(self.columns):
                counts = f"has {len(cells)} cells where the header has {len(self.columns)}"
                yield FileError(str(self.path), counts, line=line)
                continue
            row = self._row(dict(zip(self.columns, cells, strict=True)))
            if sum(len(str(value)) for value in row.values()) > LONGEST:
                yield FileError(str(self.path), "is longer than any subscriber", line=line)
            else:
                yield Listed(line, row)

    def _row(self, cells: Cells) -> Row:
        row = self.format.row(cells)
        if self.status and row.get("status", "subscribed") == "subscribed":
            row["status"] = self.status
        if self.edition:
            row.setdefault("edition", self.edition)
        return row


def cells_of(row: Mapping[str, object]) -> list[str]:
    """The cells of a subscriber that the API listed, under our own `COLUMNS`."""
    values = (row.get(column) for column in COLUMNS)
    return [" ".join(map(str, value)) if isinstance(value, list) else str(value or "") for value in values]


def _own(cells: Cells) -> Row:
    row: Row = {name: unescaped(cell) for name, cell in cells.items() if cell}
    if "sections" in row:
        row["sections"] = str(row["sections"]).split()
    return row


def _listmonk(cells: Cells) -> Row:
    """listmonk's export of subscribers. A status in a list, where a query of one's own has added it, comes first."""
    of_list = {"unconfirmed": "pending", "unsubscribed": "unsubscribed"}.get(cells.get("subscription_status", ""))
    statuses = {"enabled": of_list or "subscribed", "disabled": "unsubscribed", "blocklisted": "suppressed"}
    since = GO_TIME.fullmatch(cells.get("created_at", ""))
    return {
        "email": cells["email"],
        "status": statuses.get(cells["status"], cells["status"]),
        "consented_at": "{0}T{1}{3}:{4}".format(*since.groups()) if since else cells.get("created_at") or None,
        "source": "listmonk",
    }


def _mailchimp(cells: Cells) -> Row:
    """A file of Mailchimp's audience export. Its times are in UTC."""
    row: Row = {
        "email": cells["Email Address"],
        "consented_at": _utc(cells["OPTIN_TIME"]) or _utc(cells["CONFIRM_TIME"]),
        "confirmed_at": _utc(cells["CONFIRM_TIME"]),
        "source": "mailchimp",
    }
    for column, status in (("UNSUB_TIME", "unsubscribed"), ("CLEAN_TIME", "suppressed")):
        if cells.get(column):
            row["status"] = status
    return row


def _of_mailchimps_file(columns: Sequence[str], name: str) -> str | None:
    """Mailchimp's export is one file for each status: its name begins with it, and a column tells when it began."""
    kinds = {
        "cleaned": "suppressed",
        "unsubscribed": "unsubscribed",
        "nonsubscribed": "pending",
        "subscribed": "subscribed",
    }
    named = next((status for kind, status in kinds.items() if name.lower().startswith(f"{kind}_")), None)
    if named or ("UNSUB_TIME" in columns and "CLEAN_TIME" in columns):
        return named
    return "suppressed" if "CLEAN_TIME" in columns else "unsubscribed" if "UNSUB_TIME" in columns else None


def _ghost(cells: Cells) -> Row:
    """Ghost's export of members, which escapes formulas as ours does."""
    statuses = {"true": "subscribed", "false": "unsubscribed"}
    subscribed = cells["subscribed_to_emails"]
    return {
        "email": unescaped(cells["email"]),
        "status": "unsubscribed" if cells.get("deleted_at") else statuses.get(subscribed.lower(), subscribed),
        "consented_at": cells.get("created_at") or None,
        "source": "ghost",
    }


def _utc(cell: str) -> str | None:
    """A time as RFC 3339; one that is none as it is, for the API to name."""
    return PLAIN_TIME.sub(r"\1T\2Z", cell) or None


OWN = Format("own", ("email", "status"), _own)
MAILCHIMP = Format(
    "mailchimp", ("Email Address", "MEMBER_RATING", "OPTIN_TIME", "CONFIRM_TIME"), _mailchimp, _of_mailchimps_file
)
FORMATS = {
    format.name: format
    for format in (
        Format("listmonk", ("uuid", "email", "attributes", "status"), _listmonk),
        MAILCHIMP,
        Format("ghost", ("email", "subscribed_to_emails"), _ghost),
        OWN,
    )
}


def _by_marks(columns: Sequence[str]) -> Format | None:
    return next((format for format in FORMATS.values() if set(format.marks) <= set(columns)), None)
