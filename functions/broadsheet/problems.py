"""Problem details (RFC 9457): the body of a response that refuses a request. It imports no router."""

import json
from http import HTTPStatus
from typing import Any

from .model import errors

# A type names a kind of problem for programs; docs/articles-api.md explains each. It is a name and no address.
NAMESPACE = "urn:problem-type:broadsheet:"
MEDIA_TYPE = "application/problem+json"

# The types of problems that are no `Refusal`.
UNKNOWN_PATH, WRONG_METHOD, INTERNAL = "unknown-path", "wrong-method", "internal"
NO_CALL = "The API has no such call."


def body(type: str, status: HTTPStatus, detail: str, **more: object) -> str:
    """The problem as JSON. `more` are members beside those that every problem has."""
    described = {"type": NAMESPACE + type, "title": status.phrase, "status": status.value, "detail": detail}
    return to_json(described | more)


def field_error(error: errors.FieldError) -> dict[str, Any]:
    """The invalid field as a member of `errors`."""
    content: dict[str, Any] = {"field": error.field, "rule": error.rule.text, "code": error.rule.code}
    if error.pointer is not None:
        content["pointer"] = error.pointer
    return content | ({} if error.line is None else {"line": error.line})


def to_json(content: object) -> str:
    """The content as JSON in UTF-8.

    A refusal repeats names of fields, which may hold half of a surrogate pair, which UTF-8 cannot encode.
    """
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(errors="replace").decode()
