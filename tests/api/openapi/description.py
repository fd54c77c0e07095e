"""The OpenAPI description as the site serves it, and checks that answers conform to it."""

import json
import re
from functools import cache
from typing import Any

from openapi_schema_validator import OAS31Validator, oas31_format_checker

from infra.openapi.document import FILE
from tests.api.events import Answer


@cache
def document() -> dict[str, Any]:
    """The description. Callers must not change it."""
    read: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return read


def resolve(part: dict[str, Any]) -> dict[str, Any]:
    """The part itself, or the component that it refers to."""
    if "$ref" not in part:
        return part
    found: dict[str, Any] = document()
    for name in part["$ref"].split("/")[1:]:
        found = found[name]
    return found


def errors(value: object, schema: dict[str, Any]) -> list[str]:
    """Every path at which the value does not conform to the schema, and why."""
    whole = schema | {"components": document()["components"]}
    validator = OAS31Validator(whole, format_checker=oas31_format_checker)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def fits(method: str, path: str, answer: Answer) -> None:
    """Assert that the call is described, and that the answer conforms to the description."""
    [calls] = [calls for pattern, calls in document()["paths"].items() if _pattern(pattern).fullmatch(path)]
    response = resolve(calls[method.lower()]["responses"][str(answer.status)])
    for name, header in response.get("headers", {}).items():
        if header["required"] or name.lower() in answer.headers:
            text, schema = answer.headers[name.lower()], header["schema"]
            assert errors(int(text) if schema["type"] == "integer" else text, schema) == []
    if not answer.body:
        assert "content" not in response
        return
    content = response["content"][answer.headers["content-type"].partition(";")[0]]
    assert errors(answer.json, content["schema"]) == []


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"{\w+}", "[^/]+", path))
