"""Errors of API calls and of files, each with the data that a caller needs to act on it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import urllib3


class ApiError(Exception):
    """A call failed. The text is one sentence without a full stop."""


class Unreachable(ApiError):
    """No attempt got a response. `connected` tells whether a server accepted the connection at least once."""

    def __init__(self, api: str, reason: str, *, connected: bool) -> None:
        super().__init__(f"{api} did not respond: {reason}" if connected else f"Cannot connect to {api}")
        self.api, self.reason, self.connected = api, reason, connected


class UnexpectedResponse(ApiError):
    """The server is not a Broadsheet API: it redirects, or its response does not follow the API's schema."""

    def __init__(self, api: str, status: int, location: str | None = None) -> None:
        redirect = f" and a redirect to {location}" if location else ""
        super().__init__(f"{api} is not a Broadsheet API: it answered with status {status}{redirect}")
        self.api, self.status, self.location = api, status, location


class Forbidden(ApiError):
    """The API rejected the signature or its identity (401 or 403). Every other call would fail in the same way."""

    def __init__(self, api: str, status: int, reason: str) -> None:
        super().__init__(f"{api} rejected these credentials ({status} {reason})")
        self.api, self.status, self.reason = api, status, reason


class Unavailable(ApiError):
    """Every attempt was answered with a server error (5xx) or a rate limit (429). `after` is in seconds."""

    def __init__(self, status: int, after: float = 0) -> None:
        when = f"in {after:.0f} seconds" if after else "later"
        super().__init__(f"the server failed with status {status}; try again {when}")
        self.status = status


class InvalidId(ApiError):
    """The id cannot be a segment of a URL: it is empty, `.` or `..`. `kind` says what it identifies."""

    def __init__(self, id: str, kind: str) -> None:
        super().__init__(f"{id!r} is not a valid {kind}")
        self.id = id


class UnknownUrl(InvalidId):
    """The URL that stands for an article is one of another site, or of no article."""

    def __init__(self, url: str, rule: str) -> None:
        super().__init__(url, "URL")
        self.args = (rule,)


@dataclass(frozen=True, slots=True)
class FieldError:
    """A field that breaks a rule of the API; `field` is its path, such as `image.width`, `line` a line of its text."""

    field: str
    rule: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the API refused a call: RFC 9457 problem details."""

    status: int
    title: str
    detail: str = ""
    errors: tuple[FieldError, ...] = ()
    type: str = "about:blank"

    @classmethod
    def read(cls, response: urllib3.BaseHTTPResponse) -> Self:
        """The problem in a response. The `message` of an error from API Gateway itself becomes the title."""
        body = json_body(response)
        fields = body if isinstance(body, dict) else {}
        errors = fields.get("errors")
        return cls(
            status=response.status,
            title=str(fields.get("title") or fields.get("message") or response.reason or "refused"),
            detail=str(fields.get("detail") or ""),
            errors=tuple(
                FieldError(str(error.get("field", "")), str(error.get("rule", "")), _line(error.get("line")))
                for error in (errors if isinstance(errors, list) else ())
                if isinstance(error, dict)
            ),
            type=str(fields.get("type") or "about:blank"),
        )


class Refused(ApiError):
    """The API refused the call (4xx). The same call would be refused again; `problem` says what to change."""

    def __init__(self, problem: Problem) -> None:
        fields = "; ".join(f"{error.field} {error.rule}" for error in problem.errors)
        super().__init__(fields or problem.detail or f"{problem.status} {problem.title}")
        self.problem = problem


def _line(value: object) -> int | None:
    return value if isinstance(value, int) else None


def json_body(response: urllib3.BaseHTTPResponse) -> object:
    """The parsed JSON of a response; None if the body is not JSON."""
    try:
        body: object = json.loads(response.data)
    except ValueError:
        return None
    return body


class NoCredentials(Exception):
    """This machine has no AWS credentials or no AWS region to sign with, or cannot refresh or read them."""


class FileError(Exception):
    """A file cannot be read as articles or subscribers: `rule` says why, `line` and `field` where."""

    def __init__(self, name: str, rule: str, *, line: int | None = None, field: str | None = None) -> None:
        place = name if line is None else f"{name}:{line}"
        super().__init__(f"{place}: {field} {rule}" if field else f"{place}: {rule}")
        self.name, self.rule, self.line, self.field = name, rule, line, field
