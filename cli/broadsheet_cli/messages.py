"""Messages about articles: file, line, field and rule, and below them the line of the file, as compilers print it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import FieldError, FileError, InvalidId, Refused, Unavailable
from .terminal import SOME_REFUSED, print_errors

if TYPE_CHECKING:
    from rich.console import Console

LONGEST_EXCERPT = 200  # characters


class FieldErrors(Exception):
    """Fields that are wrong before anything is sent."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__("; ".join(f"{error.field} {error.rule}" for error in errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Message:
    """What is wrong with an article, or lost of it.

    `line` is that of the file. In a file whose format has no lines of fields it is that of the field's text.
    """

    name: str
    rule: str
    field: str | None = None
    line: int | None = None
    in_field: bool = False

    def lines(self) -> tuple[str, ...]:
        """The message for a person, and the line of the file that it is about."""
        if self.line is None:
            return (f"{self.name}: {self.field} {self.rule}" if self.field else f"{self.name}: {self.rule}",)
        if self.in_field:
            return (f"{self.name}: {self.field} line {self.line}: {self.rule}",)
        field = f"{self.field} " if self.field else ""
        return (f"{self.name}:{self.line}: {field}{self.rule}", *_excerpt(self.name, self.line))


Refusable = FileError | FieldErrors | Refused | Unavailable | InvalidId
"""What keeps an article, an ad or a picture from being stored, and no other one."""
NO_LINES: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class Refusal:
    """An article that was not stored, and why. `name` is its file's, or how a command names it."""

    name: str
    error: Refusable
    lines_of_fields: Mapping[str, int] = field(default_factory=dict)

    def messages(self) -> tuple[Message, ...]:
        """A message for each wrong field."""
        match self.error:
            case FileError() as error:
                return (Message(error.name, error.rule, error.field, error.line),)
            case FieldErrors(errors=errors):
                return tuple(located(self.name, self.lines_of_fields, error) for error in errors)
            case Refused(problem=problem) if problem.errors:
                return tuple(located(self.name, self.lines_of_fields, error) for error in problem.errors)
        return (Message(self.name, str(self.error)),)

    def lines(self) -> tuple[str, ...]:
        """The messages for a person."""
        return tuple(line for message in self.messages() for line in message.lines())


def print_refusal(name: str, error: Refusable, errors: Console, lines: Mapping[str, int] = NO_LINES) -> int:
    """Print why something is refused, and return the exit status that says so. `lines` are those of its fields."""
    print_errors(errors, *Refusal(name, error, lines).lines())
    return SOME_REFUSED


def located(name: str, lines_of_fields: Mapping[str, int], error: FieldError) -> Message:
    """The message for a field: with its line in the file, or that of the object or list that should hold it."""
    for path in _upwards(error.field):
        if start := lines_of_fields.get(path):
            inside = error.line or 1 if path == error.field else 1
            return Message(name, error.rule, error.field, start + inside - 1)
    return Message(name, error.rule, error.field, error.line, in_field=error.line is not None)


def _upwards(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition(".")[0]


def _excerpt(name: str, line: int) -> Iterator[str]:
    """The line of the file, with its number. None if the file cannot be read any more."""
    try:
        content = Path(name).read_bytes()
    except OSError:
        return
    found = content.decode("utf-8-sig", "replace").split("\n")[line - 1 : line]
    for text in found:
        shown = text.rstrip()
        yield f"{line:>4} | {shown[:LONGEST_EXCERPT]}{'…' if len(shown) > LONGEST_EXCERPT else ''}"


def staleness(stale_seconds: Mapping[str, int]) -> str:
    """How long copies may still show the earlier state of articles that were replaced or withdrawn, in words."""
    times = ", ".join(f"{name} for {_minutes(seconds)}" for name, seconds in stale_seconds.items())
    return (
        f"Caches may show the earlier state a little longer: {times}. Feed readers and search engines keep copies "
        "until they ask again."
    )


def _minutes(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} seconds"
    minutes = -(-seconds // 60)
    return f"{minutes} minute{'s' if minutes > 1 else ''}"
