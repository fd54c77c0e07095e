"""The parts of a call's description."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from broadsheet.schemas import merge_patch

Json = Mapping[str, Any]

JSON, MERGE_PATCH, FORM, HTML, PROBLEM = (
    "application/json",
    merge_patch.MEDIA_TYPE,
    "application/x-www-form-urlencoded",
    "text/html",
    "application/problem+json",
)


@dataclass(frozen=True)
class Parameter:
    """A parameter of a request. `place` is `path`, `query` or `header`; `key` is its name among the components."""

    key: str
    place: str
    name: str
    description: str
    schema: Json
    example: Any


@dataclass(frozen=True)
class Header:
    """A header of an answer. `always`: every answer of this status has it."""

    name: str
    description: str
    schema: Json
    example: Any
    always: bool = True


@dataclass(frozen=True)
class Body:
    """A body of one media type."""

    type: str
    schema: Json
    example: Any


@dataclass(frozen=True)
class Answer:
    """An answer, with one body for each media type, or none."""

    description: str
    bodies: tuple[Body, ...] = ()
    headers: tuple[Header, ...] = ()


@dataclass(frozen=True)
class Call:
    """The parameters, bodies and answers of a handler. Its route and its docstring have the rest.

    Calls that are `open` need no signature. `optional`: the request may have no body. Calls `with_pages` answer
    browsers with pages, also where they refuse.
    """

    answers: Mapping[int, Answer]
    parameters: tuple[Parameter, ...] = ()
    bodies: tuple[Body, ...] = ()
    optional: bool = False
    open: bool = False
    with_pages: bool = False


def ref(component: str) -> Json:
    """A reference to a schema of the document by its name."""
    return {"$ref": f"#/components/schemas/{component}"}


PAGE = Body(
    HTML,
    {"type": "string", "description": "A page in the language of the edition."},
    '<!doctype html>\n<html lang="en">\n<title>The Courier</title>\n<p>…</p>\n</html>',
)
