"""Decides whether a call with an API key may go on: API Gateway's Lambda authorizer, with simple responses.

API Gateway asks it for each call below `/bearer`, since a decision is not cached (docs/adr/0024). A call without the
header Authorization is refused before, with 401; one that is refused here gets 403.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.utilities.typing import LambdaContext

from broadsheet import telemetry
from broadsheet.caller import context_of
from broadsheet.model.api_key import PREFIX, key_named_in
from broadsheet.services import api_keys
from broadsheet.settings import Settings
from broadsheet.store.api_keys import ApiKeys
from broadsheet.store.aws import CONFIG

SCHEME = "bearer"  # in any case (RFC 9110, section 11.1)
REFUSED = {"isAuthorized": False}

settings = Settings(os.environ)


@dataclass(frozen=True, slots=True)
class Deps:
    """What the handler works with."""

    keys: ApiKeys


@cache
def deps() -> Deps:
    """Made once in a process, with the client."""
    return Deps(ApiKeys(boto3.client("dynamodb", config=CONFIG), settings.keys_table))


@telemetry.observed
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    """The decision about a request in payload format 2.0. An exception is a 500 for the client, and no permission."""
    secret = _bearer_token(event["headers"].get("authorization", ""))
    key = api_keys.verify(deps().keys, secret, datetime.now(UTC))
    if key is None:
        # Of what was sent only the name, and only where the rest has the form of a secret.
        return _refused(event, key_named_in(secret), "no such secret")
    method, _, path = event["routeKey"].partition(" ")
    if not key.grant.allows(f"{method} {path.removeprefix(PREFIX)}"):
        return _refused(event, key.name, "out of scope")
    return {"isAuthorized": True, "context": context_of(key.name, key.grant.permitted)}


def _refused(event: dict[str, Any], key: str | None, reason: str) -> dict[str, Any]:
    telemetry.logger.info("a key was refused", extra={"key": key, "reason": reason, "route": event["routeKey"]})
    return REFUSED


def _bearer_token(authorization: str) -> str:
    """The token in the header; empty where it has another scheme."""
    scheme, _, token = authorization.strip().partition(" ")
    return token.strip() if scheme.lower() == SCHEME else ""
