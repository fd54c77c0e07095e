"""What the code itself says of its calls: the resolvers' routes, and the handlers' docstrings."""

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
    """A route of a function. `refusals` are those that the docstring's last paragraph names."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    refusals: tuple[str, ...]


def handlers(function: ModuleType) -> Iterator[Handler]:
    """Every route of the function's resolver. Raises ValueError for a docstring that does not say enough."""
    resolver = function.app
    for route in (*resolver._static_routes, *resolver._dynamic_routes):  # noqa: SLF001  it has no other way to ask
        path = re.sub(r"<(\w+)>", r"{\1}", route.path)  # as OpenAPI, and API Gateway, write it
        yield Handler(route.func.__name__, route.method.lower(), path, *_words(route.func))


def summary(of: Any) -> str:
    """The first paragraph of a docstring."""
    return " ".join((inspect.getdoc(of) or "").split("\n\n")[0].split())


def _words(handler: Any) -> tuple[str, str, tuple[str, ...]]:
    if not summary(handler):
        raise ValueError(
            f"{handler.__module__}.{handler.__name__} has no docstring, which the API's description is made of"
        )
    _, *paragraphs = inspect.getdoc(handler).split("\n\n")  # type: ignore[union-attr]  # it has one
    named: list[str] = []
    if paragraphs and paragraphs[-1].startswith("Raises "):
        named = re.findall(r"`(\w+)`", paragraphs.pop())
    if unknown := set(named) - REFUSALS.keys():
        raise ValueError(f"{handler.__module__}.{handler.__name__} names no refusal with {', '.join(sorted(unknown))}")
    description = "\n\n".join(" ".join(part.split()) for part in paragraphs)
    return summary(handler).removesuffix("."), description, tuple(named)
