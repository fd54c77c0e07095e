"""What the API answers for a path that it does not have, or a method that a path does not have."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from .. import problems
from ..model.api_key import CALLS
from ..model.api_key import PREFIX as KEYED

PREFIX = "/api/"
Calls = tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]
"""The patterns of paths, and the methods of each."""
DESCRIPTION = Path(__file__).parent.parent / "render" / "assets" / "openapi.json"


@dataclass(frozen=True, slots=True)
class UnknownCall:
    """The response to a call that the API does not have: problem details."""

    status: HTTPStatus
    body: str
    headers: dict[str, str] = field(default_factory=dict)


def is_call(path: str) -> bool:
    """Whether the path is one of the API's, also for clients with a key."""
    return path.removeprefix(KEYED).startswith(PREFIX)


def refuse(method: str, path: str) -> UnknownCall:
    """405 with the methods that the path has; 404 where it has none."""
    calls = _keyed_calls() if path.startswith(KEYED) else _calls()
    path = path.removeprefix(KEYED)
    known = next((methods for pattern, methods in calls if pattern.fullmatch(path)), ())
    if not known:
        status = HTTPStatus.NOT_FOUND
        return UnknownCall(status, problems.body(problems.UNKNOWN_PATH, status, problems.NO_CALL))
    status, allowed = HTTPStatus.METHOD_NOT_ALLOWED, ", ".join(known)
    detail = f"{method} is no method of this path; it has {allowed}."
    return UnknownCall(status, problems.body(problems.WRONG_METHOD, status, detail), {"Allow": allowed})


@cache
def _calls() -> Calls:
    """Every call. The API's description has each, as a test holds, so there is no second list."""
    paths = json.loads(DESCRIPTION.read_text(encoding="utf-8"))["paths"]
    return _patterns((method, path) for path, calls in paths.items() for method in methods_of(calls))


def methods_of(calls: Mapping[str, Any]) -> Iterator[str]:
    """The methods of a path with these calls. A page that anyone may open answers HEAD too, which its GET describes."""
    for method, call in calls.items():
        yield method.upper()
        if method == "get" and not call["security"]:
            yield "HEAD"


@cache
def _keyed_calls() -> Calls:
    """The calls that a key can make."""
    calls = (call.partition(" ") for calls in CALLS.values() for call in calls)
    return _patterns((method, path) for method, _, path in calls)


def _patterns(calls: Iterable[tuple[str, str]]) -> Calls:
    """The pattern of each path and its methods; those without parameters first, as API Gateway matches them."""
    paths: dict[str, list[str]] = {}
    for method, path in calls:
        paths.setdefault(path, []).append(method)
    return tuple(
        (re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), tuple(sorted(paths[path])))
        for path in sorted(paths, key=lambda path: path.count("{"))
    )
