"""The API of keys: administrators make, rotate and revoke the keys of API clients. Only signed requests get here."""

import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import boto3
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from broadsheet import http, telemetry
from broadsheet.caller import caller_of
from broadsheet.entity_tags import etag
from broadsheet.model.api_key import ApiKey, check_name
from broadsheet.model.errors import NotFound
from broadsheet.schemas.api_key import parse_grant
from broadsheet.services import api_keys
from broadsheet.services.api_keys import Administrator, PutKey
from broadsheet.settings import Settings
from broadsheet.store.api_keys import ApiKeys
from broadsheet.store.aws import CONFIG

LARGEST_REQUEST = 20_000  # bytes
HOUR = timedelta(hours=1)
OVERLAP_HOURS = api_keys.OVERLAP // HOUR
LONGEST_OVERLAP_HOURS = api_keys.LONGEST_OVERLAP // HOUR
# The answer may have a secret.
NOT_STORED = {"Cache-Control": "no-store"}

settings = Settings(os.environ)
site = settings.site()
app = http.resolver()


@dataclass(frozen=True, slots=True)
class Deps:
    """What the handlers work with."""

    keys: ApiKeys


@cache
def deps() -> Deps:
    """Made once in a process, with the client."""
    return Deps(ApiKeys(boto3.client("dynamodb", config=CONFIG), settings.keys_table))


@app.get("/api/keys")
def browse() -> Response[str]:
    """List all keys, by name.

    Secrets are in no list. A key that has expired is deleted within some days after that.
    """
    now = datetime.now(UTC)
    return http.answer(HTTPStatus.OK, {"keys": [to_json(key, now) for key in deps().keys.all()]}, NOT_STORED)


@app.get("/api/keys/<name>")
def get(name: str) -> Response[str]:
    """Read a key, without its secrets.

    The fields of the answer can be put again, and `ETag` is the precondition of a change.

    Raises `Invalid` for an invalid name, and `NotFound`.
    """
    name, now = check_name(unquote(name)), datetime.now(UTC)
    key = deps().keys.get(name)
    if key is None:
        raise NotFound(f"there is no key {name}")
    return http.conditional(app.current_event, _etag(key, now), lambda: to_json(key, now))


@app.put("/api/keys/<name>")
def put(name: str) -> Response[str]:
    """Create a client's key, or change what it allows.

    The answer to a creation has the key's secret, which nothing shows again. A change keeps the secret, and `secret` is
    null. It is in force from the next call on.

    Idempotent: the same request again succeeds and writes nothing. A client that lost the answer to a creation rotates
    the key, which gives it a new secret. Without a precondition the last write wins. A request with `If-Match` that was
    done before, and whose response was lost, succeeds again (RFC 9110 §13.1.1).

    Raises `Invalid` for an invalid name, `Stale` and `Busy`.
    """
    parameters, by = http.Parameters(app.current_event), _administrator()
    name = _name(parameters, name)
    required = parameters.precondition()
    fields = http.json_body(app.current_event, LARGEST_REQUEST)
    sent = parameters.read(lambda: parse_grant(fields, site, by.now, name))
    made = api_keys.put(deps().keys, name, sent, by, required, secrets.token_bytes)
    if made.outcome != "unchanged":
        _record(made.outcome, name, by)
    return _answer(HTTPStatus.CREATED if made.outcome == "created" else HTTPStatus.OK, made, by.now)


@app.post("/api/keys/<name>/rotate")
def rotate(name: str) -> Response[str]:
    """Give a key a new secret.

    The answer has it, and nothing shows it again. Earlier secrets go on working for `overlap_hours`, so that the client
    can be switched without an outage. With 0 they end at once. At most four earlier secrets work.

    Each call makes another secret. A client that lost the answer calls again: the secret that is in use works on.

    Raises `Invalid` for an invalid name and for a key that has expired, `NotFound` and `Busy`.
    """
    query, by = http.Query(app.current_event, "overlap_hours"), _administrator()
    name = _name(query, name)
    overlap = query.number("overlap_hours", OVERLAP_HOURS, 0, LONGEST_OVERLAP_HOURS) * HOUR
    query.check()
    made = api_keys.rotate(deps().keys, name, overlap, by, secrets.token_bytes)
    _record(made.outcome, name, by)
    return _answer(HTTPStatus.OK, made, by.now)


@app.delete("/api/keys/<name>")
def delete(name: str) -> Response[str]:
    """Revoke a key: none of its secrets works any more, from the next call on.

    Idempotent: revoking a key that does not exist succeeds. A key that is created again has another secret.

    Raises `Invalid` for an invalid name.
    """
    name = check_name(unquote(name))
    api_keys.revoke(deps().keys, name)
    _record("revoked", name, _administrator())
    return http.answer(HTTPStatus.NO_CONTENT)


def to_json(key: ApiKey, now: datetime) -> dict[str, Any]:
    """The key in the fields of a request, with those that the system adds, and without its hashes."""
    expires_at, earlier_until = key.grant.expires_at, key.earlier_until
    return {
        "name": key.name,
        "scopes": list(key.grant.scopes),
        "editions": list(key.grant.editions),
        "expires_at": expires_at and http.timestamp(expires_at),
        "expired": key.has_expired(now),
        "earlier_until": http.timestamp(earlier_until) if earlier_until and earlier_until > now else None,
        "created_at": http.timestamp(key.created_at),
        "created_by": key.created_by,
        "updated_at": http.timestamp(key.updated_at),
        "updated_by": key.updated_by,
    }


def _name(parameters: http.Parameters, name: str) -> str:
    """The key's name in the path."""
    return parameters.collect(lambda: check_name(unquote(name)), name)


def _answer(status: HTTPStatus, made: PutKey, now: datetime) -> Response[str]:
    headers = NOT_STORED | {"ETag": _etag(made.key, now)}
    return http.answer(status, to_json(made.key, now) | {"secret": made.secret}, headers)


def _etag(key: ApiKey, now: datetime) -> str:
    """The entity tag of what `GET` answers."""
    return etag(key.revision, to_json(key, now))


def _administrator() -> Administrator:
    """Who calls, and when."""
    return Administrator(caller_of(app.current_event).name, datetime.now(UTC))


def _record(outcome: str, name: str, by: Administrator) -> None:
    """Log who did what with a key. A secret is never logged."""
    done = {"key": name, "outcome": outcome, "updated_by": by.name}
    telemetry.logger.info("an administrator changed a key", extra=done)


http.tag_stale(app, lambda key: _etag(key, datetime.now(UTC)))


@telemetry.observed
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return app.resolve(event, context)
