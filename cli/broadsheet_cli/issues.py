"""The calls for issues of the newsletter: those that were composed, and the next one of an edition and a frequency."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from .client import JSON, Client
from .errors import InvalidId, Refused, UnexpectedResponse, json_body

ATTEMPTS = 5  # at a change while other editors change the same issue

ID = re.compile(r".+-(daily|weekly)-.+")

Issue = Mapping[str, Any]
"""An issue, as the API has it."""


def list_issues(client: Client, edition: str, frequency: str, limit: int) -> list[Issue]:
    """The newest issues, the newest first."""
    query = urlencode({"edition": edition, "frequency": frequency, "limit": limit})
    issues = client.transport.send_json("GET", f"{client.api}/api/issues?{query}").get("issues")
    if not isinstance(issues, list):
        raise UnexpectedResponse(client.api, HTTPStatus.OK)
    return issues


def get_issue(client: Client, id: str) -> Issue:
    """An issue as it was composed."""
    return client.transport.send_json("GET", f"{client.api}/api/issues/{quote(id, safe='')}")


def next_issue(client: Client, edition: str, frequency: str) -> Issue:
    """The next issue, as it would be if it were composed now."""
    return client.transport.send_json("GET", _url(client, edition, frequency))


def change_note(client: Client, edition: str, frequency: str, change: Mapping[str, str]) -> Issue:
    """Put a `subject`, a `note` or both over the next issue, and return it.

    What another editor writes meanwhile is kept: the issue is read and changed again, a few times.
    """
    url = _url(client, edition, frequency)
    for left in reversed(range(ATTEMPTS)):
        response = client.transport.send("GET", url)
        before, etag = json_body(response), response.headers.get("ETag")
        if not isinstance(before, dict) or etag is None or not before.keys() >= {"subject", "note"}:
            raise UnexpectedResponse(client.api, response.status)
        texts = {name: before[name] for name in ("subject", "note")} | dict(change)
        try:
            return client.transport.send_json("PUT", url, JSON | {"If-Match": etag}, json.dumps(texts).encode())
        except Refused as refused:
            if refused.problem.status != HTTPStatus.PRECONDITION_FAILED or not left:
                raise
    raise AssertionError("the last attempt returns or raises")


def _url(client: Client, edition: str, frequency: str) -> str:
    return f"{client.api}/api/next-issues/{quote(edition, safe='')}/{quote(frequency, safe='')}"


def newest_id(client: Client, name: str, frequency: str) -> str:
    """The id of the newest composed issue of an edition. A name that is an id stands for itself.

    Raises `InvalidId` where no issue of the edition was composed.
    """
    if ID.fullmatch(name):
        return name
    for issue in list_issues(client, name, frequency, 1):
        return str(issue["id"])
    raise InvalidId(name, f"edition with a {frequency} issue")


def next_id(client: Client, name: str, frequency: str) -> str:
    """The id of the next issue of an edition. A name that is an id stands for itself."""
    return name if ID.fullmatch(name) else str(next_issue(client, name, frequency)["id"])


def id_to_release(client: Client, name: str, frequency: str) -> str:
    """The id of the newest composed issue of an edition, if it is on hold, and else that of the next one.

    A name that is an id stands for itself.
    """
    if ID.fullmatch(name):
        return name
    newest = list_issues(client, name, frequency, 1)
    held = [str(issue["id"]) for issue in newest if issue.get("sending") == "held"]
    return held[0] if held else next_id(client, name, frequency)
