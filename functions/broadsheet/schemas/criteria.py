"""The schema of the criteria in a query for articles."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, cast
from urllib.parse import unquote

from ..model.article import STATES, State
from ..model.config import Site
from ..model.criteria import LISTED, Criteria
from ..model.errors import NOT_IN_PAST, ParameterError, Rule
from ..model.slug import name_key
from ..model.text import is_blank
from ..model.words import words_in
from .article import rules_of_site
from .fields import NOT_BLANK, BrokenRule, Instant, refuse

CRITERIA = ("edition", "status", "section", "tag", "author", "day", "from", "to", "words")
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
STATUS_RULE = Rule("not_a_choice", f"must be one or several of {', '.join(STATES)}, with commas between them")


def parse_criteria(query: Mapping[str, str], site: Site) -> Criteria:
    """The criteria in a query, of the site's first edition where it names none. Raises `Invalid` with every error."""
    sent = {"edition": next(iter(site.editions)), **query}
    values: dict[str, Any] = {}
    errors = [ParameterError(error.field, error.rule) for error in rules_of_site(sent, site)]
    for name in PARSERS.keys() & query.keys():
        try:
            values[name] = PARSERS[name](query[name])
        except BrokenRule as broken:
            errors.append(ParameterError(name, broken.rule))
    errors += _contradictions(query, values)
    refuse(sorted(errors, key=lambda error: error.field))
    day = values.get("day")
    return Criteria(
        edition=sent["edition"],
        states=values.get("status", LISTED),
        section=sent.get("section"),
        tag=values.get("tag"),
        author=values.get("author"),
        first_day=values.get("from", day),
        last_day=values.get("to", day),
        words=values.get("words", ()),
    )


def parse_path(query: Mapping[str, str]) -> str:
    """The parameter `path`, decoded, of a query that has no other. Raises `Invalid`."""
    path = unquote(query["path"])
    errors = _not_alone(query, "path")
    if not path.startswith("/"):
        errors.append(ParameterError("path", Rule("not_a_path", "must start with a slash")))
    refuse(errors)
    return path


def check_alone(query: Mapping[str, str], name: str, *others: str) -> None:
    """Raise `Invalid` for every parameter that is sent with that one, but for these others."""
    refuse(_not_alone(query, name, *others))


def parse_instant(name: str, text: str) -> datetime:
    """The time in the parameter of that name, in UTC. Raises `Invalid`."""
    try:
        return Instant().parse(text)
    except BrokenRule as broken:
        refuse([ParameterError(name, broken.rule)])
        raise


def parse_until(query: Mapping[str, str], now: datetime) -> datetime | None:
    """The time in the parameter `until`, in UTC; None where it is left out. Raises `Invalid`, also if it has come."""
    if "until" not in query:
        return None
    until = parse_instant("until", query["until"])
    if until <= now:
        refuse([ParameterError("until", NOT_IN_PAST)])
    return until


def _contradictions(query: Mapping[str, str], values: Mapping[str, Any]) -> Iterator[ParameterError]:
    """What is wrong with days that are right one by one."""
    if "day" in query:
        rule = Rule("conflict", "must not be sent with day")
        yield from (ParameterError(name, rule) for name in ("from", "to") if name in query)
    elif values.keys() >= {"from", "to"} and values["from"] > values["to"]:
        yield ParameterError("to", Rule("conflict", "must not be before from"))


def _not_alone(query: Mapping[str, str], name: str, *others: str) -> list[ParameterError]:
    rule = Rule("conflict", f"must not be sent with {name}")
    return [ParameterError(each, rule) for each in query if each not in (name, *others)]


def _states(text: str) -> tuple[State, ...]:
    states = text.split(",")
    if not set(states) <= set(STATES):
        raise BrokenRule(STATUS_RULE)
    return cast("tuple[State, ...]", tuple(states))


def _key(name: str) -> str:
    if is_blank(name):
        raise BrokenRule(NOT_BLANK)
    return name_key(name)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text) if DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or not 1000 < day.year < 9999:  # as `Instant`
        raise BrokenRule(Rule("not_a_day", "must be a day, like 2025-04-15"))
    return day


def _words(text: str) -> tuple[str, ...]:
    words = words_in(text)
    if not words:
        raise BrokenRule(Rule("blank", "must have a letter or a digit"))
    return words


PARSERS: Mapping[str, Callable[[str], Any]] = {
    "status": _states,
    "tag": _key,
    "author": _key,
    "day": _day,
    "from": _day,
    "to": _day,
    "words": _words,
}
