"""Routes and docstrings of the functions' handlers."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from infra.openapi.refusals import REFUSALS


@dataclass(frozen=True)
class Handler:
    """A route of a function, with the parts of its docstring. `refusals` are the names in the last paragraph."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    refusals: tuple[str, ...]


def handlers(function: ModuleType) -> Iterator[Handler]:
    """Every route of the function below /api/; the others are pages.

    Raises ValueError for a handler whose docstring lacks a summary or a description, or names unknown refusals.
    """
    resolver = function.app
    for route in (*resolver._static_routes, *resolver._dynamic_routes):  # noqa: SLF001  Powertools has no public list
        if not route.path.startswith("/api/"):
            continue
        path = re.sub(r"<(\w+)>", r"{\1}", route.path)  # as OpenAPI and API Gateway write parameters
        yield Handler(route.func.__name__, route.method.lower(), path, *_docstring(route.func))


def summary(of: Any) -> str:
    """The first paragraph of a docstring."""
    return " ".join((inspect.getdoc(of) or "").split("\n\n")[0].split())


def _docstring(handler: Any) -> tuple[str, str, tuple[str, ...]]:
    name = f"{handler.__module__}.{handler.__name__}"
    if not summary(handler):
        raise ValueError(f"{name} has no docstring, from which the API's description is made")
    _, *paragraphs = inspect.getdoc(handler).split("\n\n")  # type: ignore[union-attr]  # it has one
    named: list[str] = []
    if paragraphs and paragraphs[-1].startswith("Raises "):
        named = re.findall(r"`(\w+)`", paragraphs.pop())
    if unknown := set(named) - REFUSALS.keys():
        raise ValueError(f"{name} raises what is no refusal: {', '.join(sorted(unknown))}")
    description = "\n\n".join(" ".join(part.split()) for part in paragraphs)
    if not description:
        raise ValueError(f"{name} has a docstring of one paragraph, and no description")
    return summary(handler).removesuffix("."), description, tuple(named)
