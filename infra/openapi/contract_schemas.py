"""What breaks clients in the schemas of two descriptions: what one side sends and the other no longer takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from infra.openapi.parts import Json

# Keywords of a request whose value may only grow, and those whose value may only shrink.
UPPER, LOWER = ("maxLength", "maxItems", "maximum"), ("minLength", "minItems", "minimum")
# Keywords that must stay as they are: no program can tell which of two patterns is wider.
EXACT = ("pattern", "format", "const")
Place = tuple[str, str]
"""Where a value is (a call, or a schema), and its part there: `headline`, `query limit`."""


@dataclass(frozen=True)
class Change:
    """A change that breaks clients; as text, what `make check` prints.

    `where` is a call (`PUT /api/articles/{id}`) or a schema (`Article`), `part` is what changed of it.
    """

    where: str
    part: str
    what: str

    def __str__(self) -> str:
        return (
            f"{self.where}: {self.part} {self.what}, which breaks clients of the latest release. Keep it, or write "
            f"`{self.where}` and `{self.part}` into the table of the API under Unreleased in docs/upgrading.md."
        )


@dataclass(frozen=True)
class Schemas:
    """Schemas of what one side sends and of what the other side takes, each in its description.

    In a request the old description says what clients send, and the new one what the API takes. In an answer the new
    one says what the API sends, and the old one what clients take. Either way the sender may have more rules than the
    receiver, and never fewer.
    """

    sending: Json
    taking: Json
    in_answers: bool
    seen: frozenset[Place] = frozenset()

    def narrowed(self, sent: Json, taken: Json, place: Place) -> Iterator[Change]:
        """Each way in which a value that fits `sent` may not fit `taken`."""
        names = (_name(sent), _name(taken))
        sent, taken = resolved(self.sending, sent), resolved(self.taking, taken)
        if all(names):
            if names not in self.seen:
                below = replace(self, seen=self.seen | {names})
                yield from below.narrowed(sent, taken, (names[1] if self.in_answers else names[0], ""))
            return
        forms, taken_forms = _forms(sent), _forms(taken)
        if len(forms) == len(taken_forms) == 1:
            yield from self._one(forms[0], taken_forms[0], place)
        else:
            yield from self._choice(forms, taken_forms, place)

    def _choice(self, forms: list[Json], taken_forms: list[Json], place: Place) -> Iterator[Change]:
        """Each form that fits none of those that are taken; if one of these has its name, only what differs from it."""
        for form in forms:
            differences = [list(self.narrowed(form, other, place)) for other in taken_forms]
            if not all(differences):
                continue
            names = [_name(other) for other in taken_forms]
            if _name(form) and _name(form) in names:
                yield from differences[names.index(_name(form))]
            else:
                yield _change(place, "has other forms")

    def _one(self, sent: Json, taken: Json, place: Place) -> Iterator[Change]:
        if "anything" not in _types(taken):
            yield from self._values(_types(sent) - _types(taken), place)
        if "enum" in taken:
            values = sent.get("enum", ["anything"])
            yield from self._values({f"{value}" for value in values if value not in taken["enum"]}, place)
        if not self.in_answers:
            yield from _limits(sent, taken, place)
        yield from self._fields(sent, taken, place)
        if "items" in sent and "items" in taken:
            yield from self.narrowed(sent["items"], taken["items"], (place[0], f"{place[1]}[]"))

    def _values(self, extra: set[str], place: Place) -> Iterator[Change]:
        """The change that these types or values are sent and not taken, if there are any."""
        if extra:
            listed = " or ".join(sorted(extra))
            yield _change(place, f"may be {listed} now" if self.in_answers else f"may no longer be {listed}")

    def _fields(self, sent: Json, taken: Json, place: Place) -> Iterator[Change]:
        has, may = sent.get("properties", {}), taken.get("properties", {})
        needed, given = set(taken.get("required", ())), set(sent.get("required", ()))
        where, part = place
        if not self.in_answers and _is_closed(taken) and not _is_closed(sent):
            yield _change(place, "takes no other fields now")
        gone = may.keys() - has.keys() - needed if self.in_answers else has.keys() - may.keys()
        for name in sorted(may.keys() | has.keys()):
            here = (where, f"{part}.{name}".removeprefix("."))
            if name in needed - given:
                yield _change(here, "is not always in the answer" if self.in_answers else "is required now")
            if name in gone:
                yield _change(here, "is gone")
            if name in has and name in may:
                yield from self.narrowed(has[name], may[name], here)


def _limits(sent: Json, taken: Json, place: Place) -> Iterator[Change]:
    """The changes of a request's limits. Answers have none that clients rely on: texts may be longer than sent."""
    for keyword, sign in (*((keyword, 1) for keyword in UPPER), *((keyword, -1) for keyword in LOWER)):
        if keyword in taken and (keyword not in sent or sign * taken[keyword] < sign * sent[keyword]):
            yield _change(place, f"has a narrower {keyword}")
    for keyword in EXACT:
        if keyword in taken and taken[keyword] != sent.get(keyword):
            yield _change(place, f"has another {keyword}")
    if sent.get("default") != taken.get("default"):
        yield _change(place, "means something else if it is left out")


def resolved(document: Json, part: Json) -> Json:
    """The part itself, or the component that it refers to."""
    found: Any = _plain(part)
    while "$ref" in found:
        names = found["$ref"].split("/")[1:]
        found = document
        for name in names:
            found = found[name]
    whole: Json = found
    return whole


def _change(place: Place, what: str) -> Change:
    return Change(place[0], place[1] or "it", what)


def _plain(schema: Json) -> Json:
    """The schema, or the one in an `allOf` of one."""
    return _plain(schema["allOf"][0]) if len(schema.get("allOf", ())) == 1 else schema


def _name(schema: Json) -> str:
    return str(_plain(schema).get("$ref", "")).rpartition("/")[2]


def _forms(schema: Json) -> list[Json]:
    return list(schema.get("oneOf") or schema.get("anyOf") or [schema])


def _types(schema: Json) -> set[str]:
    found = schema.get("type", "anything")
    return {found} if isinstance(found, str) else set(found)


def _is_closed(schema: Json) -> bool:
    return schema.get("additionalProperties") is False
