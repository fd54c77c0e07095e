"""The calls for front pages: what an edition's editors chose, with its entity tag."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from .client import JSON, Client
from .errors import Refused, UnexpectedResponse, json_body

if TYPE_CHECKING:
    import urllib3

ATTEMPTS = 5  # at a change while other editors change the same front page

Choice = dict[str, Any]
"""`lead`, `pinned` and `order`, as the API has them."""


@dataclass(frozen=True, slots=True)
class FrontPage:
    """A choice and its `etag`, the first articles that the page shows now, and the chosen ones that it does not."""

    edition: str
    choice: Choice
    shown: Sequence[Mapping[str, Any]]
    waiting: Sequence[Mapping[str, Any]]
    etag: str

    @classmethod
    def read(cls, api: str, edition: str, response: urllib3.BaseHTTPResponse) -> Self:
        """The front page in a response. Raises `UnexpectedResponse`."""
        body, etag = json_body(response), response.headers.get("ETag")
        if not isinstance(body, dict) or etag is None or not body.keys() >= {"lead", "pinned", "order", "shown"}:
            raise UnexpectedResponse(api, response.status)
        choice = {name: body[name] for name in ("lead", "pinned", "order")}
        return cls(edition, choice, body["shown"], body.get("waiting", ()), etag)

    @property
    def gone(self) -> tuple[str, ...]:
        """The ids of chosen articles that were withdrawn, or moved to another edition, since they were chosen."""
        return tuple(
            str(each["id"])
            for each in self.waiting
            if each.get("status") == "withdrawn" or each.get("edition") != self.edition
        )

    def present(self, now: datetime) -> Choice:
        """The choice without the articles that are gone and without what has ended, which the page leaves out."""
        choice, gone = deepcopy(self.choice), self.gone
        choice["pinned"] = [each for each in choice["pinned"] if each["id"] not in gone and _lasts(each, now)]
        choice["order"] = [id for id in choice["order"] if id not in gone]
        if choice["lead"] and (choice["lead"]["id"] in gone or not _lasts(choice["lead"], now)):
            choice["lead"] = None
        return choice


def get_front(client: Client, edition: str) -> FrontPage:
    """What the edition's editors chose."""
    return FrontPage.read(client.api, edition, client.transport.send("GET", _url(client, edition)))


def change_front(client: Client, edition: str, change: Callable[[Choice], None]) -> tuple[FrontPage, FrontPage]:
    """Change the choice in place, and return the front page before and after.

    A change that another editor makes meanwhile is kept: the choice is read and changed again, a few times.
    """
    for left in reversed(range(ATTEMPTS)):
        before = get_front(client, edition)
        choice = before.present(datetime.now(UTC))
        change(choice)
        headers = JSON | {"If-Match": before.etag}
        try:
            response = client.transport.send("PUT", _url(client, edition), headers, json.dumps(choice).encode())
        except Refused as refused:
            if refused.problem.status != HTTPStatus.PRECONDITION_FAILED or not left:
                raise
        else:
            return before, FrontPage.read(client.api, edition, response)
    raise AssertionError("the last attempt returns or raises")


def _url(client: Client, edition: str) -> str:
    return f"{client.api}/api/front/{quote(edition, safe='')}"


def _lasts(chosen: Mapping[str, Any], now: datetime) -> bool:
    return not chosen.get("until") or datetime.fromisoformat(chosen["until"]) > now
