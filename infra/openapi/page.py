"""The page that shows the API's description to people: one HTML file, which loads nothing but the site's own styles."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from infra.openapi.document import FILE, build
from infra.openapi.parts import Json
from infra.openapi.shapes import VISIBLE

PAGE = FILE.with_name("api.html")
CODE = re.compile(r"`([^`]+)`")
# The keywords of a smallest and a largest value, and the unit.
RANGES = (
    ("minLength", "maxLength", "characters"),
    ("minItems", "maxItems", "items"),
    ("minimum", "maximum", ""),
)


@dataclass(frozen=True)
class Field:
    """A field of an object by its path: `image.width`; `pinned[].id` in a list."""

    path: str
    schema: Json
    required: bool


@dataclass(frozen=True)
class Operation:
    """A call, with its references resolved."""

    method: str
    path: str
    described: Json
    parameters: tuple[Json, ...]

    @property
    def id(self) -> str:
        """Its operationId, which is its anchor."""
        return str(self.described["operationId"])


def html(document: Json | None = None) -> str:
    """The page of a description, by default of the API's own. All texts are escaped."""
    shown = build() if document is None else document
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(marked=marked, paragraphs=paragraphs, kind=kind, rules=rules, pretty=pretty)
    environment.globals.update(fields=lambda schema: tuple(fields(schema)), name_of=name_of)
    template = environment.get_template("page.html")
    return template.render(document=shown, groups=groups(shown), components=shown["components"])


def groups(document: Json) -> list[tuple[Json, list[Operation]]]:
    """Each tag with its calls, in the order of the description."""
    calls = list(_operations(document))
    return [(tag, [call for call in calls if tag["name"] in call.described["tags"]]) for tag in document["tags"]]


def _operations(document: Json) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            parameters = (_resolved(document, one) for one in described.get("parameters", ()))
            yield Operation(method.upper(), path, described, tuple(parameters))


def _resolved(document: Json, part: Json) -> Json:
    return document["components"]["parameters"][name_of(part)] if "$ref" in part else part


def name_of(reference: Json) -> str:
    """The name of the component that a reference names; empty for a part that is none."""
    return str(reference.get("$ref", "")).rpartition("/")[2]


def fields(schema: Json, prefix: str = "") -> Iterator[Field]:
    """Every field of an object, and those of the objects in it that are no components."""
    for name, field in schema.get("properties", {}).items():
        path = f"{prefix}{name}"
        yield Field(path, field, name in schema.get("required", ()))
        yield from fields(field, f"{path}.")
        yield from fields(field.get("items", {}), f"{path}[].")


def marked(text: str) -> Markup:
    """The text in HTML, with what is between backticks as code."""
    return Markup(CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704  it is escaped


def paragraphs(text: str) -> Markup:
    """The text in HTML, with a paragraph for each of its own."""
    return Markup("\n").join(Markup("<p>{}</p>").format(marked(part)) for part in text.split("\n\n"))


def kind(schema: Json) -> Markup:
    """The type of a value in words, with links to components."""
    if name := name_of(schema):
        return Markup('<a href="#schema-{0}">{0}</a>').format(name)
    for keyword in ("oneOf", "anyOf"):
        if keyword in schema:
            return Markup(" or ").join(map(kind, schema[keyword]))
    types = schema.get("type", "anything")
    words = [types] if isinstance(types, str) else types
    made = Markup(" or ").join(words)
    if "items" in schema:
        made = Markup("{} of {}").format(made, kind(schema["items"]))
    values = schema.get("additionalProperties")
    return Markup("{} of {}").format(made, kind(values)) if isinstance(values, Mapping) else made


def rules(schema: Json) -> list[Markup]:
    """The other rules of a value, in words."""
    items = [*_ranges(schema), *_values(schema)]
    inner = schema.get("items", {})
    if inner and "properties" not in inner:
        items += [Markup("each: {}").format(rule) for rule in rules(inner)]
    return items


def _ranges(schema: Json) -> Iterator[Markup]:
    for least, most, unit in RANGES:
        low, high = schema.get(least), schema.get(most)
        if low is None and high is None:
            continue
        limits = f"at least {low:,}" if high is None else f"at most {high:,}" if low is None else f"{low:,} to {high:,}"
        yield escape(f"{limits} {unit}".strip())


def _values(schema: Json) -> Iterator[Markup]:
    if "format" in schema:
        yield Markup("format {}").format(schema["format"])
    if "pattern" in schema:
        pattern = schema["pattern"]
        yield Markup("not blank") if pattern == VISIBLE else Markup("pattern <code>{}</code>").format(pattern)
    if "enum" in schema:
        values = Markup(", ").join(Markup("<code>{}</code>").format(_value(value)) for value in schema["enum"])
        yield Markup("one of {}").format(values)
    if "const" in schema:
        yield Markup("always <code>{}</code>").format(_value(schema["const"]))
    if "default" in schema:
        yield Markup("default <code>{}</code>").format(_value(schema["default"]))
    if schema.get("readOnly"):
        yield Markup("read-only: may be sent back, and has no effect")


def _value(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


def pretty(example: Any) -> str:
    """An example as its body has it: a text as it is, all else in JSON."""
    return example if isinstance(example, str) else json.dumps(example, ensure_ascii=False, indent=2)
