"""The API's description as it is served, and whether something fits it."""

import json
import re
from functools import cache
from typing import Any

from openapi_schema_validator import OAS31Validator, oas31_format_checker

from infra.openapi.document import FILE
from tests.api.events import Answer


@cache
def document() -> dict[str, Any]:
    """The description; nobody may change it."""
    read: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return read


def found(part: dict[str, Any]) -> dict[str, Any]:
    """The part itself, or what it refers to."""
    at: dict[str, Any] = document()
    for name in part["$ref"].split("/")[1:] if "$ref" in part else ():
        at = at[name]
    return at if "$ref" in part else part


def errors(value: object, schema: dict[str, Any]) -> list[str]:
    """Where the value does not fit the schema, and why."""
    whole = schema | {"components": document()["components"]}
    validator = OAS31Validator(whole, format_checker=oas31_format_checker)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def fits(method: str, path: str, answer: Answer) -> None:
    """The call is described, and so is this answer to it."""
    [calls] = [calls for pattern, calls in document()["paths"].items() if _pattern(pattern).fullmatch(path)]
    response = found(calls[method.lower()]["responses"][str(answer.status)])
    for name, header in response.get("headers", {}).items():
        if header["required"] or name.lower() in answer.headers:
            assert errors(answer.headers[name.lower()], header["schema"]) == []
    if not answer.body:
        assert "content" not in response
        return
    content = response["content"][answer.headers["content-type"].partition(";")[0]]
    assert errors(answer.json, content["schema"]) == []


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"{\w+}", "[^/]+", path))
