"""The types of fields. Each has its rules, with a code and a message, and `read` reports all that an object breaks.

A message continues the name of its field: "must be a whole number from 0 to 100". Functions that readers wait for
import this module, so it imports no validation library (docs/adr/0005).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from ..model import text
from ..model.errors import Code, FieldError, Invalid, Rule, pointer

LONGEST_URL = 2000
RFC_3339 = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:)(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
LEAP_SECOND = "60"
RESEMBLANCE = 0.75  # of an unknown field to one that is meant
NOT_BLANK = Rule("blank", "must have something to read")
IS_REQUIRED = Rule("required", "is required")
NOT_TWICE = Rule("repeated", "must not be named twice")
NOT_TEXT = Rule("wrong_type", "must be a text")

REQUIRED: Any = object()
INVALID: Any = object()


class BrokenRule(Exception):
    """A field refuses a value."""

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule.text)
        self.rule = rule


def read(schema: "Object", sent: object, name: str) -> tuple[dict[str, Any], list[FieldError]]:
    """The valid fields of what was sent, and every broken rule. `name` is what messages call the object as a whole."""
    errors: list[FieldError] = []
    parsed = schema.read(sent, "", errors)
    return {} if parsed is INVALID else parsed, [_named(error, name) for error in errors]


def _named(error: FieldError, name: str) -> FieldError:
    """The error with the name of the whole object, if it is one of the object itself."""
    return error if error.field else replace(error, field=name, at=error.at or "")


def refuse(errors: Iterable[FieldError]) -> None:
    """Raise `Invalid` if there are errors, each of them once."""
    if found := tuple(dict.fromkeys(errors)):
        raise Invalid(found)


def same_name(sent: Mapping[str, Any], field: str, name: str) -> Iterator[FieldError]:
    """The error of a request that repeats the id or name of something else than its URL does."""
    if sent.get(field) not in (None, name):
        yield FieldError(field, Rule("conflict", f"must be left out, or that of the URL: {name}"))


def one_of(choices: Iterable[str], or_else: str = "") -> Rule:
    """The rule that a value is one of these."""
    return Rule("not_a_choice", f"must be one of {', '.join(choices)}{or_else}")


def at_most(longest: int) -> Rule:
    """The rule that a text has at most so many characters."""
    return Rule("too_long", f"must be at most {longest:,} characters")


class Field:
    """A field of an object. Without a default it is required; with the default None, null is the same as no field."""

    def __init__(self, default: Any = REQUIRED) -> None:
        self.default = default

    def parse(self, value: Any) -> Any:
        """The value as the code uses it. Raises `BrokenRule`."""
        raise NotImplementedError

    def read(self, value: Any, path: str, errors: list[FieldError]) -> Any:
        """The value as the code uses it, or `INVALID` and one more of the `errors`."""
        if value is None and self.default is None:
            return None
        try:
            return self.parse(value)
        except BrokenRule as broken:
            errors.append(FieldError(path, broken.rule))
            return INVALID


class Anything(Field):
    """A value of any type, which another schema reads."""

    def parse(self, value: Any) -> Any:
        return value


class Text(Field):
    """A text as it was sent; with a pattern, one that matches as a whole, or breaks the `rule`."""

    def __init__(
        self,
        longest: int | None = None,
        pattern: re.Pattern[str] | None = None,
        rule: Rule = NOT_TEXT,
        default: Any = REQUIRED,
    ) -> None:
        super().__init__(default)
        self.longest = longest
        self.pattern = pattern
        self.rule = rule

    def parse(self, value: Any) -> str:
        if not isinstance(value, str) or (self.pattern and not self.pattern.fullmatch(value)):
            raise BrokenRule(self.rule)
        if self.longest is not None and len(value) > self.longest:
            raise BrokenRule(at_most(self.longest))
        return value


class CleanText(Text):
    """A text without characters that no feed can hold (`text.clean`)."""

    def parse(self, value: Any) -> str:
        return super().parse(text.clean(value) if isinstance(value, str) else value)


class Line(CleanText):
    """A headline, a caption: a text of one line (`text.line`).

    The longest length counts the characters as they were sent, so that a client can count them too. A `required` line
    has something to see.
    """

    def __init__(self, longest: int, required: bool = False, default: Any = REQUIRED) -> None:
        super().__init__(default=default)
        self.longest_line = longest
        self.required = required

    def parse(self, value: Any) -> str:
        # What `text.closed` may have added does not count, so that a text that was read can be sent.
        if isinstance(value, str) and len(value.rstrip(text.END_MARKS)) > self.longest_line:
            raise BrokenRule(at_most(self.longest_line))
        line = self.line(super().parse(value))
        if self.required and not line:
            raise BrokenRule(NOT_BLANK)
        return line

    def line(self, value: str) -> str:
        """The text on its line."""
        return text.line(value)


class Name(Line):
    """The name of a tag or a person (`text.name`)."""

    def line(self, value: str) -> str:
        return text.name(value)


class Choice(Field):
    """One of a few texts."""

    def __init__(self, *choices: str, default: Any = REQUIRED) -> None:
        super().__init__(default)
        self.choices = choices

    def parse(self, value: Any) -> str:
        if value not in self.choices:
            raise BrokenRule(one_of(self.choices))
        return str(value)


class WholeNumber(Field):
    """A whole number within limits; true, 1.0 and "1" are none."""

    def __init__(self, least: int, most: int | None = None, unit: str = "", default: Any = REQUIRED) -> None:
        super().__init__(default)
        self.least = least
        self.most = most
        number = f"whole number of {unit}" if unit else "whole number"
        limits = f", at least {least:,}" if most is None else f" from {least:,} to {most:,}"
        self.message = f"must be a {number}{limits}"

    def parse(self, value: Any) -> int:
        if type(value) is not int:
            raise BrokenRule(Rule("wrong_type", self.message))
        if value < self.least or (self.most is not None and value > self.most):
            raise BrokenRule(Rule("out_of_range", self.message))
        return value


class Boolean(Field):
    """True or false; 0 and "false" are neither."""

    def parse(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise BrokenRule(Rule("wrong_type", "must be true or false"))
        return value


class Instant(Field):
    """A date and time with its offset (RFC 3339), in UTC and to the second.

    A leap second, at the end of a month in UTC, is the second before it, so that it stays on its day.
    """

    rule = Rule("not_a_date_time", "must be a date and time with its offset (RFC 3339), like 2025-04-15T08:00:00+03:00")

    def parse(self, value: Any) -> datetime:
        sent = RFC_3339.fullmatch(value) if isinstance(value, str) else None
        if not sent:
            raise BrokenRule(self.rule)
        day, minute, second, _, offset = sent.groups()
        leap = second == LEAP_SECOND
        read = f"{day}T{minute}{'59' if leap else second}{offset.upper()}"
        try:
            instant = datetime.fromisoformat(read).astimezone(UTC)
        except (ValueError, OverflowError):
            raise BrokenRule(self.rule) from None
        if not 1000 < instant.year < 9999:
            raise BrokenRule(Rule("out_of_range", "must be a year from 1001 to 9998"))
        if leap and f"{instant + timedelta(seconds=1):%d %H:%M:%S}" != "01 00:00:00":
            raise BrokenRule(self.rule)
        return instant


class Url(CleanText):
    """A URL, or what the pattern allows besides, that `urlsplit` can take apart: `https://[` is none."""

    def __init__(self, pattern: re.Pattern[str], message: str) -> None:
        super().__init__(LONGEST_URL, pattern, Rule("not_a_url", message))

    def parse(self, value: Any) -> str:
        url = super().parse(value)
        try:
            urlsplit(url)
        except ValueError:
            raise BrokenRule(self.rule) from None
        return url


class ReadOnly(Field):
    """A field of answers. A request may repeat it, so that what was read can be sent: it is checked, and has no effect.

    Its value is None where it was left out.
    """

    def __init__(self, field: Field) -> None:
        super().__init__(default=None)
        self.field = field

    def read(self, value: Any, path: str, errors: list[FieldError]) -> Any:
        return self.field.read(value, path, errors)


class ListOf(Field):
    """A list. A wrong item is named by its position: `tags.0`."""

    def __init__(self, item: Field, most: int | None = None, least: int = 0, default: Any = REQUIRED) -> None:
        super().__init__(default)
        self.item = item
        self.most = most
        self.least = least

    def read(self, value: Any, path: str, errors: list[FieldError]) -> Any:
        items = super().read(value, path, errors)
        if items in (None, INVALID):
            return items
        parsed = [self.item.read(item, f"{path}.{position}", errors) for position, item in enumerate(items)]
        return INVALID if INVALID in parsed else parsed

    def parse(self, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise BrokenRule(Rule("wrong_type", "must be a list"))
        if len(value) < self.least or (self.most is not None and len(value) > self.most):
            code: Code = "too_few" if len(value) < self.least else "too_many"
            raise BrokenRule(
                Rule(code, f"must have {f'{self.least} to' if self.least else 'at most'} {self.most} items")
            )
        return value


class Object(Field):
    """An object with these fields and no others. What `read` gives lacks the fields that break a rule."""

    type_rule = Rule("wrong_type", "must be an object")
    unknown_rule = Rule("unknown_field", "is not a known field")

    def __init__(self, fields: Mapping[str, Field], default: Any = REQUIRED) -> None:
        super().__init__(default)
        self.fields = fields

    def read(self, value: Any, path: str, errors: list[FieldError]) -> Any:
        sent = super().read(value, path, errors)
        if sent in (None, INVALID):
            return sent
        prefix = f"{path}." if path else ""
        parsed = {name: self._field(name, sent, f"{prefix}{name}", errors) for name in self.fields}
        unknown = [name for name in sent if name not in self.fields]
        place = pointer(*path.split(".")) if path else ""
        errors += [
            FieldError(f"{prefix}{name}", self._unknown(name, len(unknown)), at=place + pointer(str(name)))
            for name in unknown
        ]
        return {name: field for name, field in parsed.items() if field is not INVALID}

    def parse(self, value: Any) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise BrokenRule(self.type_rule)
        return value

    def _unknown(self, name: object, count: int) -> Rule:
        """The rule for an unknown field, which names the one that it resembles; where many are unknown, none does."""
        if count > len(self.fields):
            return self.unknown_rule
        from difflib import get_close_matches  # noqa: PLC0415  # only a mistaken name needs it

        meant = get_close_matches(str(name).lower()[:40], self.fields, 1, RESEMBLANCE)
        rule = self.unknown_rule
        return replace(rule, text=f"{rule}; did you mean {meant[0]}?") if meant else rule

    def _field(self, name: str, sent: Mapping[str, Any], path: str, errors: list[FieldError]) -> Any:
        field = self.fields[name]
        if name in sent:
            return field.read(sent[name], path, errors)
        if field.default is REQUIRED:
            errors.append(FieldError(path, IS_REQUIRED))
            return INVALID
        return field.default


def read_only(schema: Object) -> frozenset[str]:
    """The names of the fields that have no effect."""
    return frozenset(name for name, field in schema.fields.items() if isinstance(field, ReadOnly))
