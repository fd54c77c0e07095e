"""The advertising API: editors put, read, list and take away slots. API Gateway lets only signed requests in."""

import os
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import boto3
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from broadsheet import http, telemetry
from broadsheet.model.ad import Advertisement
from broadsheet.model.errors import NotFound, WrongType
from broadsheet.model.manuscript import check_id
from broadsheet.schemas.ad import parse_ad
from broadsheet.settings import Settings
from broadsheet.store.ads import Slots
from broadsheet.store.aws import CONFIG

LARGEST_REQUEST = 20_000  # bytes

settings = Settings(os.environ)
site = settings.site()
app = http.resolver()


@cache
def slots() -> Slots:
    """The table; the client is made once in a process."""
    return Slots(boto3.client("dynamodb", config=CONFIG), settings.articles_table)


@app.put("/api/slots/<name>")
def put(name: str) -> Response[str]:
    """Fill an advertising slot; what it showed is replaced.

    It comes and goes by itself, within a minute of its times. Each edition shows the three heaviest of its live slots.
    """
    if http.media_type(app.current_event.headers) != "application/json":
        raise WrongType("a slot is sent as application/json")
    sent = http.read_json(http.body_text(app.current_event), LARGEST_REQUEST)
    slot = parse_ad(unquote(name), sent, datetime.now(UTC), site, settings.image_origins)
    slots().put(slot)
    return http.answer(HTTPStatus.OK, shown(slot))


@app.get("/api/slots/<name>")
def get(name: str) -> Response[str]:
    """Read a slot.

    Raises `Invalid` for what is no name, and `NotFound`.
    """
    name = check_id(unquote(name), "name")
    slot = slots().get(name)
    if slot is None:
        raise NotFound(f"there is no slot {name}")
    return http.answer(HTTPStatus.OK, shown(slot))


@app.get("/api/slots")
def browse() -> Response[str]:
    """List all slots, by name."""
    return http.answer(HTTPStatus.OK, {"slots": [shown(slot) for slot in slots().all()]})


@app.delete("/api/slots/<name>")
def delete(name: str) -> Response[str]:
    """Take a slot away; again is fine, and so is one that never was.

    Raises `Invalid` for what is no name.
    """
    slots().remove(check_id(unquote(name), "name"))
    return http.answer(HTTPStatus.NO_CONTENT)


def shown(slot: Advertisement) -> dict[str, Any]:
    """The slot as an editor sees it, in the fields of a request."""
    fields = asdict(slot)
    image = {name: fields.pop(name) for name in ("src", "width", "height")}
    starts, until = (at and f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in (fields.pop("starts"), fields.pop("until")))
    return fields | {"image": image, "from": starts, "until": until}


@telemetry.observed
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return app.resolve(event, context)
