"""What the description of a call is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]

JSON, FORM, HTML, PROBLEM = (
    "application/json",
    "application/x-www-form-urlencoded",
    "text/html",
    "application/problem+json",
)


@dataclass(frozen=True)
class Parameter:
    """What a call takes outside its body. `place` is `path`, `query` or `header`; `key` its name in the document."""

    key: str
    place: str
    name: str
    says: str
    schema: Json
    example: Any


@dataclass(frozen=True)
class Header:
    """What an answer says outside its body. `always` or only in some cases."""

    name: str
    says: str
    schema: Json
    example: Any
    always: bool = True


@dataclass(frozen=True)
class Body:
    """A body of one media type; the example is None for a page."""

    type: str
    schema: Json
    example: Any = None


@dataclass(frozen=True)
class Answer:
    """What a call may answer with when it refuses nothing: for each media type one body, or none at all."""

    says: str
    bodies: tuple[Body, ...] = ()
    headers: tuple[Header, ...] = ()


@dataclass(frozen=True)
class Call:
    """What a handler takes and gives, beside what its route and its docstring say.

    `open` calls need no signature. `optional` says that there may be no body. A call `for_people` answers browsers with
    pages, and so are its refusals.
    """

    answers: Mapping[int, Answer]
    parameters: tuple[Parameter, ...] = ()
    takes: tuple[Body, ...] = ()
    optional: bool = False
    open: bool = False
    for_people: bool = False


def ref(component: str) -> Json:
    """A schema of the document, by its name."""
    return {"$ref": f"#/components/schemas/{component}"}


PAGE = Body(HTML, {"type": "string", "description": "A page in the language of the edition."})
