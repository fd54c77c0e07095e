"""How a format of subscriber lists is read: which columns it has, and what they say of a subscriber.

Only the fields of the API are read: email, status, dates of consent, and preferences. Names, notes, labels, locations
and ratings are ignored. `exports.py` has the formats.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from .cells import EMAIL, boolean, key, quoted, trimmed
from .csv_files import unescape_formula
from .times import NotATime, instant

Fields = dict[str, object]

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
# Where columns say different things, the first of these applies.
BY_PRECEDENCE = ("suppressed", "unsubscribed", "pending", "subscribed")
# What columns of a status say in any software, by `key`.
WORDS = {
    **dict.fromkeys(("subscribed", "active", "confirmed", "enabled"), "subscribed"),
    **dict.fromkeys(("pending", "unconfirmed", "unactivated", "notconfirmed", "validating"), "pending"),
    **dict.fromkeys(
        ("unsubscribed", "left", "optedout", "optout", "cancelled", "canceled", "inactive", "disabled", "removed"),
        "unsubscribed",
    ),
    **dict.fromkeys(
        (
            *("suppressed", "bounced", "hardbounced", "complained", "complaint", "spam", "junk", "cleaned", "invalid"),
            *("blocklisted", "blacklisted", "blocked", "undeliverable"),
        ),
        "suppressed",
    ),
}


class RowError(ValueError):
    """A row that cannot be sent. The message is in the words of the file."""


@dataclass(frozen=True, slots=True)
class Header:
    """The names of a file's columns, as the file has them."""

    names: tuple[str, ...]
    keys: tuple[str, ...]

    @classmethod
    def read(cls, cells: Sequence[str]) -> "Header":
        """The header without empty columns at its end."""
        names = [trimmed(cell) for cell in cells]
        while names and not names[-1]:
            names.pop()
        return cls(tuple(names), tuple(map(key, names)))

    def place(self, column: str) -> int | None:
        """Where the column is. `a|b` is a column that has one of these names."""
        wanted = [key(name) for name in column.split("|")]
        return next((self.keys.index(each) for each in wanted if each in self.keys), None)

    def name(self, column: str) -> str:
        """The file's name of a column that it has."""
        place = self.place(column)
        return column.partition("|")[0] if place is None else self.names[place]

    def with_email(self, column: str, *, first: bool) -> "Header":
        """The header in which the column of emails has this name, where it has one in another language.

        With `first` it is the first column, whatever its name.
        """
        if self.place(column) is not None:
            return self
        places = [place for place, each in enumerate(self.keys) if each in EMAIL] or (
            [0] if first and self.keys else []
        )
        if len(places) != 1:
            return self
        keys = list(self.keys)
        keys[places[0]] = key(column.partition("|")[0])
        return Header(self.names, tuple(keys))


@dataclass(frozen=True, slots=True)
class Format:
    """The export of one software: the columns that it always has, by which it is detected, and what each says.

    Columns with `|` have one of several names. `statuses` are columns with a status, each with its words beside
    `WORDS`; `marks` those that are empty unless the subscriber has that status. Of `telling`, the file must have a
    column, or a status for all of its rows: by its name (`file_status`), or by the option. `ask` says how to get it.
    """

    name: str
    required: tuple[str, ...]
    email: str = "email"
    email_is_first: bool = False
    statuses: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    telling: tuple[str, ...] = ()
    ask: str = ""
    consented_at: tuple[str, ...] = ()
    confirmed_at: tuple[str, ...] = ()
    file_status: Callable[[Header, str], str | None] = lambda *_: None
    escapes_formulas: bool = False
    backslash: bool = False
    own: bool = False

    def fits(self, header: Header) -> bool:
        """Whether the header has the columns by which the format is detected."""
        return not self.missing(header)

    def missing(self, header: Header) -> list[str]:
        """The columns by which the format is detected, and which the header lacks."""
        found = header.with_email(self.email, first=self.email_is_first)
        return [column.partition("|")[0] for column in self.required if found.place(column) is None]

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read."""
        own = COLUMNS if self.own else ()
        return (self.email, *self.statuses, *self.marks, *self.consented_at, *self.confirmed_at, *own)

    def columns_of(self, field: str) -> tuple[str, ...]:
        """The columns from which a field of the API is read."""
        read = {
            "email": (self.email,),
            "status": (*self.statuses, *self.marks),
            "consented_at": self.consented_at,
            "confirmed_at": self.confirmed_at,
        }
        return read.get(field, (field,) if self.own else ())


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads rows of a file into fields of the API. `status` applies to rows that are subscribed or have none."""

    format: Format
    header: Header
    status: str | None

    def fields(self, cells: Sequence[str]) -> Fields:
        """The fields of a row. Raises `RowError`."""
        status = self._status(cells)
        fields: Fields = {"email": self._cell(cells, self.format.email), "status": status}
        for name, columns in (
            ("consented_at", self.format.consented_at),
            ("confirmed_at", self.format.confirmed_at),
        ):
            # A time that cannot be read keeps nobody subscribed who left.
            if time := self._time(cells, columns, strict=status == "subscribed"):
                fields[name] = time
        if status == "subscribed" and "consented_at" not in fields:
            raise RowError(self._no_consent())
        return fields | (self._preferences(cells) if self.format.own else {"source": self.format.name})

    def _status(self, cells: Sequence[str]) -> str:
        found = {self._said(cells, column, words) for column, words in self.format.statuses.items()}
        found |= {status for column, status in self.format.marks.items() if self._cell(cells, column)}
        status = next((each for each in BY_PRECEDENCE if each in found), None)
        if self.status and status in (None, "subscribed"):
            return self.status
        if status is None:
            columns = [self.header.name(each) for each in self.format.statuses if self.header.place(each) is not None]
            raise RowError(f"{' and '.join(columns)} must tell whether the subscriber is subscribed, and is empty")
        return status

    def _said(self, cells: Sequence[str], column: str, words: Mapping[str, str]) -> str | None:
        cell = self._cell(cells, column)
        if not cell:
            return None
        word = boolean(key(cell)) if "true" in words else key(cell)
        status = {key(each): status for each, status in words.items()}.get(word) or WORDS.get(word)
        if status is None:
            known = ", ".join(words)
            raise RowError(f"{self.header.name(column)} has {quoted(cell)}, and must be one of {known}")
        return status

    def _time(self, cells: Sequence[str], columns: Sequence[str], *, strict: bool) -> str | None:
        """The time in the first of the columns that is not empty."""
        for column in columns:
            if cell := self._cell(cells, column):
                try:
                    return instant(cell)
                except NotATime as rule:
                    if strict:
                        raise RowError(f"{self.header.name(column)} has {quoted(cell)}, {rule}") from None
        return None

    def _no_consent(self) -> str:
        names = [self.header.name(each) for each in self.format.consented_at if self.header.place(each) is not None]
        if not names:
            return (
                f"subscribed rows need the time of consent, in a column {self.format.consented_at[0].partition('|')[0]}"
            )
        be = "is" if len(names) == 1 else "are"
        return f"{' and '.join(names)} {be} empty, and subscribed rows need the time of consent"

    def _preferences(self, cells: Sequence[str]) -> Fields:
        fields: Fields = {}
        for name in ("edition", "frequency", "wording_edition"):
            if cell := self._cell(cells, name):
                fields[name] = cell
        for name in ("source", "wording"):
            if cell := self._raw(cells, name):
                fields[name] = cell
        if sections := self._cell(cells, "sections"):
            fields["sections"] = sections.split()
        return fields

    def _cell(self, cells: Sequence[str], column: str) -> str:
        cell = trimmed(self._written(cells, column))
        return trimmed(unescape_formula(cell)) if self.format.escapes_formulas else cell

    def _raw(self, cells: Sequence[str], column: str) -> str:
        cell = self._written(cells, column)
        return unescape_formula(cell) if self.format.escapes_formulas else cell

    def _written(self, cells: Sequence[str], column: str) -> str:
        place = self.header.place(column)
        return "" if place is None or place >= len(cells) else cells[place]


def cells_of(subscriber: Mapping[str, object]) -> list[str]:
    """The cells of a subscriber from the API, in the order of `COLUMNS`."""
    values = (subscriber.get(column) for column in COLUMNS)
    return [" ".join(map(str, value)) if isinstance(value, list) else str(value or "") for value in values]
