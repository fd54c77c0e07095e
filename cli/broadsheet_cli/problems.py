"""What a call to the API can come to besides an answer, as a small tree of errors that carry their data."""

import json
from dataclasses import dataclass
from typing import Self

import urllib3


class ApiError(Exception):
    """A call that did not do what was asked."""


class Unreachable(ApiError):
    """Nobody answered, in any attempt. `listening` tells whether somebody at least took the connection."""

    def __init__(self, api: str, reason: str, *, listening: bool) -> None:
        super().__init__(f"Nothing answers at {api}" if not listening else f"No answer from {api}: {reason}")
        self.api, self.reason, self.listening = api, reason, listening


class Misdirected(ApiError):
    """Whoever answered does not speak this API: a redirect, another web server."""

    def __init__(self, api: str, status: int, location: str | None = None) -> None:
        towards = f", towards {location}" if location else ""
        super().__init__(f"What answers at {api} is not the editors' API (it said {status}{towards})")
        self.api, self.status, self.location = api, status, location


class Forbidden(ApiError):
    """The signature, or who it belongs to, was turned away. No other call would fare better."""

    def __init__(self, api: str, status: int, reason: str) -> None:
        super().__init__(f"{api} does not let these credentials in ({status} {reason})")
        self.api, self.status, self.reason = api, status, reason


class Unavailable(ApiError):
    """The API was there, and failed at this call in every attempt."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the API failed with {status}; it may work later")
        self.status = status


class InvalidId(ApiError):
    """An id that no address can be made of: empty, or one that means a folder."""

    def __init__(self, id: str) -> None:
        super().__init__(f"{id!r} cannot be the id of an article")
        self.id = id


@dataclass(frozen=True, slots=True)
class WrongField:
    """One field of an article that breaks a rule of the API's; `field` is its path, such as `image.width`."""

    field: str
    rule: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a call was refused: RFC 9457 problem details."""

    status: int
    title: str
    detail: str = ""
    errors: tuple[WrongField, ...] = ()

    @classmethod
    def read(cls, response: urllib3.BaseHTTPResponse) -> Self:
        """The problem in an answer; what a gateway on the way says, with its `message`, is made one too."""
        said = json_of(response)
        said = said if isinstance(said, dict) else {}
        errors = said.get("errors")
        return cls(
            status=response.status,
            title=str(said.get("title") or said.get("message") or response.reason or "refused"),
            detail=str(said.get("detail") or ""),
            errors=tuple(
                WrongField(str(error.get("field", "")), str(error.get("rule", "")))
                for error in (errors if isinstance(errors, list) else ())
                if isinstance(error, dict)
            ),
        )


class Refused(ApiError):
    """The API read the call and refused it. Repeating it would change nothing; `problem` tells what would."""

    def __init__(self, problem: Problem) -> None:
        wrong = "; ".join(f"{error.field} {error.rule}" for error in problem.errors)
        super().__init__(wrong or problem.detail or f"{problem.status} {problem.title}")
        self.problem = problem


def json_of(response: urllib3.BaseHTTPResponse) -> object:
    """What an answer says in JSON, None where that is not what it speaks."""
    try:
        said: object = json.loads(response.data)
    except ValueError:
        return None
    return said
