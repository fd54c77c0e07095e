"""JSON Schemas (2020-12, as in OpenAPI 3.1) for requests, from the schemas that validate them, and for answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from broadsheet.model import text as model_text
from broadsheet.schemas import fields
from broadsheet.schemas.email import Email
from broadsheet.schemas.fields import REQUIRED
from broadsheet.schemas.sign_up import LONGEST_SOURCE, SitePath
from infra.openapi.parts import Json

OPENAPI = "3.1.1"


def portable(pattern: str) -> str:
    """The pattern in what all dialects of regular expressions know (JSON Schema 2020-12, core, §6.4).

    It is in ASCII. Characters of classes beyond U+FFFF are left out: validators that read a pattern as ECMA-262 without
    its flag `u` refuse them. So it may match a little more.
    """
    basic = re.sub(r"[\U00010000-\U0010ffff](-[\U00010000-\U0010ffff])?|\\U[0-9a-f]{8}", "", pattern)
    return "".join(character if character.isascii() else f"\\u{ord(character):04x}" for character in basic)


VISIBLE = portable(model_text.VISIBLE)
"""A pattern of one character that readers see."""


def request(schema: fields.Object, descriptions: Mapping[str, str], **rules: Json) -> Json:
    """The object that a schema accepts.

    `descriptions` has a text for each field by its path: `image.width`; `pinned.id` in the items of a list. `rules` are
    those of fields whose schema leaves them to the code. Raises ValueError where fields lack descriptions, or
    descriptions fields.
    """
    made = _schema_of(schema)
    found = dict(_paths(made))
    if found.keys() != descriptions.keys():
        raise ValueError(f"fields without descriptions, or the reverse: {sorted(found.keys() ^ descriptions.keys())}")
    for path, field in found.items():
        field["description"] = descriptions[path]
    for name, rule in rules.items():
        made["properties"][name] |= rule
    return made


def answer(
    request: Json, added: Mapping[str, Json], descriptions: Mapping[str, str], without: tuple[str, ...] = ()
) -> Json:
    """The object in an answer: all fields of a request except those in `without`, and those that are added or replaced.

    `descriptions` replaces those that mean something else in answers.
    """
    properties = {name: _always_given(field) for name, field in request["properties"].items() if name not in without}
    made = whole(**{**properties, **added})
    for name, description in descriptions.items():
        made["properties"][name]["description"] = description
    return made


def patch(request: Json) -> Json:
    """The object in a JSON Merge Patch (RFC 7396) of what a request has: any of its fields, and null to remove one."""
    properties = {name: _nullable(field) for name, field in request["properties"].items()}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def described(description: str, schema: Json) -> dict[str, Any]:
    """The schema with a description of the whole."""
    return {**schema, "description": description}


def whole(**properties: Json) -> Json:
    """An object of an answer, with all of these fields. Later versions may add fields, so others are not forbidden."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def text(description: str, **more: Any) -> dict[str, Any]:
    """A text."""
    return {"type": "string", "description": description} | more


def optional(description: str, **more: Any) -> dict[str, Any]:
    """A text or null."""
    return {"type": ["string", "null"], "description": description} | more


def anchored(pattern: str) -> str:
    """The pattern of a whole text, as JSON Schema has it (ECMA-262), where a pattern matches anywhere."""
    return f"^(?:{pattern})$"


def _nullable(field: Json) -> dict[str, Any]:
    made = {name: rule for name, rule in field.items() if name != "default"}
    if "properties" in made:
        made |= patch(made)
        made.pop("required", None)
    made["type"] = list(dict.fromkeys([*([made["type"]] if isinstance(made["type"], str) else made["type"]), "null"]))
    if "enum" in made:
        made["enum"] = list(dict.fromkeys([*made["enum"], None]))
    return made


def _schema_of(field: fields.Field) -> dict[str, Any]:
    if isinstance(field, fields.ReadOnly):
        return {name: rule for name, rule in _schema_of(field.field).items() if name != "default"} | {"readOnly": True}
    made = _rules_of(field)
    if field.default is None:
        made |= {"type": [made["type"], "null"]} | ({"enum": [*made["enum"], None]} if "enum" in made else {})
    if field.default is not REQUIRED:
        made["default"] = list(field.default) if isinstance(field.default, tuple) else field.default
    return made


def _rules_of(field: fields.Field) -> dict[str, Any]:
    match field:
        case fields.Object():
            return {
                "type": "object",
                "properties": {name: _schema_of(inner) for name, inner in field.fields.items()},
                "required": [name for name, inner in field.fields.items() if inner.default is REQUIRED],
                "additionalProperties": False,
            }
        case fields.ListOf():
            limits = {"minItems": field.least or None, "maxItems": field.most}
            return {"type": "array", "items": _schema_of(field.item)} | _given(limits)
        case fields.WholeNumber():
            return {"type": "integer"} | _given({"minimum": field.least, "maximum": field.most})
        case fields.Boolean():
            return {"type": "boolean"}
        case fields.Anything():
            return {}
    return {"type": "string"} | _given(_rules_of_text(field))


def _rules_of_text(field: fields.Field) -> dict[str, Any]:
    match field:
        case fields.Choice():
            return {"enum": list(field.choices)}
        case fields.Instant():
            return {"format": "date-time"}
        case Email():
            return {"format": "email", "maxLength": 254}
        case SitePath():
            return {"maxLength": LONGEST_SOURCE, "pattern": r"^/(?!/)\S*$"}
        case fields.Line():
            shortest = {"minLength": 1, "pattern": VISIBLE} if field.required else {}
            return {"maxLength": field.longest_line} | shortest
        case fields.Text():
            return {"maxLength": field.longest, "pattern": anchored(field.pattern.pattern) if field.pattern else None}
    raise TypeError(f"{type(field).__name__} has no JSON Schema here")


def _given(rules: Mapping[str, Any]) -> dict[str, Any]:
    return {name: rule for name, rule in rules.items() if rule is not None}


def _paths(schema: Json, prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, field in schema.get("properties", {}).items():
        yield f"{prefix}{name}", field
        yield from _paths(field, f"{prefix}{name}.")
        yield from _paths(field.get("items", {}), f"{prefix}{name}.")


def _always_given(field: Any) -> Any:
    """The field in an answer: answers leave out no field, so there are no defaults.

    Texts may be longer than they were sent, by the marks that close them.
    """
    made = {name: rule for name, rule in field.items() if name not in ("default", "additionalProperties", "maxLength")}
    if "items" in made:
        made["items"] = _always_given(made["items"])
    if "properties" in made:
        made["properties"] = {name: _always_given(inner) for name, inner in made["properties"].items()}
        made["required"] = list(made["properties"])
    return made
