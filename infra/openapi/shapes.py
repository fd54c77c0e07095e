"""From the fields that the code reads and their rules to JSON Schema (2020-12, as OpenAPI 3.1 has it)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import Schema, fields, validate

from broadsheet.schemas.article import Instant, Line
from infra.openapi.parts import Json

OPENAPI = "3.1.1"
END = r"\Z"  # of a text, in a Python pattern


def sent(schema: type[Schema], about: Mapping[str, str], **rules: Json) -> Json:
    """What a request holds: the fields of the schema that reads it, each with what is said `about` it.

    Inner fields go by their paths (`image.width`). `rules` are those of a field that its schema leaves to others.
    Raises ValueError where not all fields are described, or others are.
    """
    made: dict[str, Any] = _converter().schema2jsonschema(schema())  # type: ignore[no-untyped-call]
    found = dict(_paths(made))
    if found.keys() != about.keys():
        raise ValueError(f"{schema.__name__}: fields, or descriptions, alone: {sorted(found.keys() ^ about.keys())}")
    for path, field in found.items():
        field["description"] = about[path]
    for name, rule in rules.items():
        made["properties"][name] |= rule
    return made


def shown(of: Json, more: Mapping[str, Json], about: Mapping[str, str], without: tuple[str, ...] = ()) -> Json:
    """What an answer holds: what a request held, every field of it given, `without` some and with `more`.

    `about` says what is another thing in answers.
    """
    properties = {name: _given(field) for name, field in of["properties"].items() if name not in without}
    made = whole(**properties, **more)
    for name, text in about.items():
        made["properties"][name]["description"] = text
    return made


def whole(**properties: Json) -> Json:
    """An object with all of these fields. It may get more of them one day, so others are not forbidden."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def accepted(required: tuple[str, ...], **properties: Json) -> Json:
    """An object that may have these fields and no others, of which some are required."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def text(says: str, **more: Any) -> dict[str, Any]:
    """A field that is a text."""
    return {"type": "string", "description": says} | more


def optional(says: str, **more: Any) -> dict[str, Any]:
    """A field that is a text, or null for none."""
    return {"type": ["string", "null"], "description": says} | more


def written(pattern: str) -> str:
    """The pattern for a whole text, as JSON Schema writes it (ECMA-262), where nothing is anchored by itself."""
    return f"^(?:{pattern.removesuffix(END)})$"


def _paths(schema: Json, prefix: str = "") -> list[tuple[str, dict[str, Any]]]:
    return [
        found
        for name, field in schema.get("properties", {}).items()
        for found in ((f"{prefix}{name}", field), *_paths(field, f"{prefix}{name}."))
    ]


def _given(field: Any) -> Any:
    """The field as answers have it: nothing is left to a default, inside neither, and all that there is comes."""
    made = {name: value for name, value in field.items() if name not in ("default", "additionalProperties")}
    if "properties" in made:
        made["properties"] = {name: _given(inner) for name, inner in made["properties"].items()}
        made["required"] = list(made["properties"])
    return made


def _converter() -> OpenAPIConverter:
    plugin = MarshmallowPlugin(schema_name_resolver=lambda _: "")  # a schema within another is written out there
    APISpec(title="", version="", openapi_version=OPENAPI, plugins=[plugin])
    converter = plugin.converter
    assert converter is not None  # noqa: S101  the document has just made it
    converter.map_to_openapi_type(Instant, "string", "date-time")  # type: ignore[no-untyped-call]
    converter.add_attribute_function(_rules)  # type: ignore[no-untyped-call]
    return converter


def _rules(_: OpenAPIConverter, field: fields.Field[Any], ret: Json) -> Json:
    """The rules that apispec does not see, or writes as Python does: patterns, and those inside an `And`."""
    made: dict[str, Any] = {"default": list(ret["default"])} if isinstance(ret.get("default"), tuple) else {}
    if isinstance(field, Line) and ret.get("minLength"):
        made["pattern"] = r"\S"  # blanks are folded, and at the ends taken off, before they are counted
    rules = [inner for rule in field.validators for inner in getattr(rule, "validators", (rule,))]
    for rule in rules:
        if isinstance(rule, validate.Regexp):
            made["pattern"] = written(str(rule.regex.pattern))
        if isinstance(rule, validate.Length):
            made |= {"maxLength": rule.max} if not isinstance(field, fields.List) else {}
    return made
