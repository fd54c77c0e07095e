"""What the API answers for a path that it does not have, or a method that a path does not have."""

import json
import re
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from pathlib import Path

from .. import problems

PREFIX = "/api/"
DESCRIPTION = Path(__file__).parent.parent / "render" / "assets" / "openapi.json"


@dataclass(frozen=True, slots=True)
class UnknownCall:
    """The response to a call that the API does not have: problem details."""

    status: HTTPStatus
    body: str
    headers: dict[str, str] = field(default_factory=dict)


def refuse(method: str, path: str) -> UnknownCall:
    """405 with the methods that the path has; 404 where it has none."""
    methods = next((methods for pattern, methods in _calls() if pattern.fullmatch(path)), ())
    if not methods:
        status = HTTPStatus.NOT_FOUND
        return UnknownCall(status, problems.body(problems.UNKNOWN_PATH, status, problems.NO_CALL))
    status, allowed = HTTPStatus.METHOD_NOT_ALLOWED, ", ".join(methods)
    detail = f"{method} is no method of this path; it has {allowed}."
    return UnknownCall(status, problems.body(problems.WRONG_METHOD, status, detail), {"Allow": allowed})


@cache
def _calls() -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    """The pattern of each path and its methods; those without parameters first, as API Gateway matches them.

    The API's description has every call, as a test holds, so there is no second list.
    """
    paths = json.loads(DESCRIPTION.read_text(encoding="utf-8"))["paths"]
    return tuple(
        (re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), tuple(sorted(map(str.upper, paths[path]))))
        for path in sorted(paths, key=lambda path: path.count("{"))
    )
