"""The calls for the keys of API clients. Only administrators may make them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from .client import JSON, Client
from .errors import UnexpectedResponse, json_body

Key = Mapping[str, Any]
"""A key, as the API has it."""


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key and its new secret, which nothing shows again."""

    key: Key
    secret: str


def list_keys(client: Client) -> list[Key]:
    """All keys, by name."""
    keys = client.transport.send_json("GET", f"{client.api}/api/keys").get("keys")
    if not isinstance(keys, list):
        raise UnexpectedResponse(client.api, HTTPStatus.OK)
    return keys


def create_key(client: Client, name: str, grant: Mapping[str, object]) -> MadeKey:
    """Create a key. Raises `Refused` for one that exists, also where an earlier attempt of this call created it."""
    headers = JSON | {"If-None-Match": "*"}
    response = client.transport.send("PUT", _url(client, name), headers, json.dumps(grant).encode())
    return _made(client, json_body(response))


def rotate_key(client: Client, name: str, overlap_hours: int) -> MadeKey:
    """Give a key a new secret. Not repeated by itself: each call makes another one, and only so many work at once."""
    url = f"{_url(client, name)}/rotate?overlap_hours={overlap_hours}"
    return _made(client, json_body(client.transport.send("POST", url, idempotent=False)))


def revoke_key(client: Client, name: str) -> None:
    """Revoke a key. Idempotent: it need not exist."""
    client.transport.send("DELETE", _url(client, name))


def _made(client: Client, body: object) -> MadeKey:
    if not isinstance(body, dict) or not isinstance(body.get("secret"), str):
        raise UnexpectedResponse(client.api, HTTPStatus.OK)
    return MadeKey({name: value for name, value in body.items() if name != "secret"}, body["secret"])


def _url(client: Client, name: str) -> str:
    return f"{client.api}/api/keys/{quote(name, safe='')}"
