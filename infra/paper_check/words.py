"""The paper's `locales/*.toml`, compared with the words that Broadsheet has in English."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any

from broadsheet import paper
from broadsheet.render.shared.locale import BUILT_IN, FALLBACK, LOCALES, is_plural, read
from broadsheet.render.shared.plurals import CATEGORIES, categories
from broadsheet.schemas.site_toml import line_of, lines_of
from infra.paper_check.fault import Fault

_LISTS = {"dates.weekdays": 7, "dates.weekdays_short": 7}
_MONTHS = "dates.months"
_SHOWN = 12  # missing words that a message names


def faults() -> Iterator[Fault]:
    """The faults of all files of words."""
    for name in paper.files("locales"):
        if name.endswith(".toml") and (file := paper.own(name)):
            yield from _of_file(name, file)


def _of_file(name: str, file: Path) -> Iterator[Fault]:
    text = file.read_text(encoding="utf-8", errors="replace")
    try:
        own = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        yield Fault(name, getattr(error, "lineno", 0) or _line_in(str(error)), str(error).partition(" (at")[0])
        return
    language = Path(name).stem
    built_in = read(LOCALES / f"{language if language in BUILT_IN else FALLBACK}.toml")
    check = _Words(name, language, lines_of(text), built_in["dates"]["months"])
    yield from check.table(own, built_in, "")
    if language not in BUILT_IN and (missing := list(_missing(own, built_in, ""))):
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        yield Fault(name, 0, f"has no {', '.join(missing[:_SHOWN])}{more}; readers see the English words", warning=True)


def _line_in(message: str) -> int:
    """The line that a message of tomllib ends with."""
    found = message.rpartition("at line ")[2].partition(",")[0]
    return int(found) if found.isdecimal() else 0


@dataclass(frozen=True)
class _Words:
    """The words of one file."""

    file: str
    language: str
    lines: Mapping[str, int]
    months: Mapping[str, Any]

    def table(self, own: Mapping[str, Any], known: Mapping[str, Any], prefix: str) -> Iterator[Fault]:
        for name, value in own.items():
            path = f"{prefix}{name}"
            if path == _MONTHS:
                yield from self._sets_of_months(value)
            elif name not in known:
                yield self._fault(path, "is no word of Broadsheet; its words are those of render/locales/en.toml")
            else:
                yield from self._value(value, known[name], path)

    def _value(self, own: Any, known: Any, path: str) -> Iterator[Fault]:
        if is_plural(known):
            yield from self._plural(own, known, path)
        elif isinstance(known, dict):
            yield from self._inner(own, known, path)
        elif isinstance(known, list):
            yield from self._texts(own, path, _LISTS.get(path, len(known)))
        elif not isinstance(own, str) or not own.strip():
            yield self._fault(path, "must be a text that is not empty")
        else:
            yield from self._fields(own, known, path)

    def _inner(self, own: Any, known: Mapping[str, Any], path: str) -> Iterator[Fault]:
        if isinstance(own, dict):
            yield from self.table(own, known, f"{path}.")
        else:
            yield self._fault(path, "must be a table")

    def _plural(self, own: Any, known: Mapping[str, str], path: str) -> Iterator[Fault]:
        needed = categories(self.language)
        if not is_plural(own):
            forms = ", ".join(CATEGORIES)
            yield self._fault(path, f"must be a table of texts by plural category, of {forms}")
            return
        if missing := [category for category in needed if category not in own]:
            yield self._fault(
                path, f"lacks the plural {', '.join(missing)}: {self.language} needs {', '.join(needed)} (CLDR)"
            )
        for category, form in own.items():
            yield from self._fields(form, known["other"], f"{path}.{category}", optional=True)

    def _sets_of_months(self, sets: Any) -> Iterator[Fault]:
        for name, table in sets.items() if isinstance(sets, dict) else ():
            path = f"{_MONTHS}.{name}"
            if not isinstance(table, dict) or table.keys() != {"names", "tag"} or not isinstance(table["tag"], str):
                yield self._fault(path, "must have names, twelve texts, and tag, a language such as fr-FR")
            else:
                yield from self._texts(table["names"], f"{path}.names", 12)
        if not isinstance(sets, dict) or not sets.keys() | self.months.keys() >= {"gregorian"}:
            yield self._fault(_MONTHS, "must have the table gregorian")

    def _texts(self, own: Any, path: str, count: int) -> Iterator[Fault]:
        if not isinstance(own, list) or len(own) != count or not all(isinstance(each, str) and each for each in own):
            yield self._fault(path, f"must be a list of {count} texts")

    def _fields(self, own: str, known: str, path: str, *, optional: bool = False) -> Iterator[Fault]:
        """The faults of the fields in braces, such as `{count}`. The edition's name may be in any word."""
        allowed = _names(known)
        try:
            found = _names(own)
        except ValueError as error:
            yield self._fault(path, f"has a brace that belongs to no field: {error}")
            return
        for name in sorted(found - allowed - {"edition"}):
            fields = ", ".join(f"{{{each}}}" for each in sorted(allowed | {"edition"}))
            yield self._fault(path, f"has the field {{{name}}}; it may have {fields}")
        for name in sorted(allowed - found - {"edition"}) if not optional else ():
            yield self._fault(path, f"must have the field {{{name}}}")

    def _fault(self, path: str, rule: str) -> Fault:
        return Fault(self.file, line_of(path, self.lines) or 0, f"{path} {rule}")


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def _missing(own: Any, known: Mapping[str, Any], prefix: str) -> Iterator[str]:
    """The dotted names of words that a table lacks; of a group that it lacks as a whole, its name alone."""
    for name, value in known.items():
        if not isinstance(own, dict) or name not in own:
            yield f"{prefix}{name}"
        elif isinstance(value, dict) and not is_plural(value) and f"{prefix}{name}" != _MONTHS:
            yield from _missing(own[name], value, f"{prefix}{name}.")
