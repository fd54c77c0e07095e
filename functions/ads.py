"""The advertising API: editors put, read, list and take away ads. API Gateway lets only signed requests in."""

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
from broadsheet.model.ad import Ad
from broadsheet.model.errors import NotFound, WrongType
from broadsheet.model.manuscript import check_id
from broadsheet.schemas.ad import parse_ad
from broadsheet.settings import Settings
from broadsheet.store.ads import Ads
from broadsheet.store.aws import CONFIG

LARGEST_REQUEST = 20_000  # bytes

settings = Settings(os.environ)
site = settings.site()
app = http.resolver()


@cache
def ads() -> Ads:
    """The table; the client is made once in a process."""
    return Ads(boto3.client("dynamodb", config=CONFIG), settings.articles_table)


@app.put("/api/ads/<name>")
def put(name: str) -> Response[str]:
    """Put an ad; what it showed is replaced.

    It comes and goes by itself, within a minute of its times. Each edition shows the three heaviest of its live ads.
    """
    if http.media_type(app.current_event.headers) != "application/json":
        raise WrongType("an ad is sent as application/json")
    sent = http.read_json(http.body_text(app.current_event), LARGEST_REQUEST)
    ad = parse_ad(unquote(name), sent, datetime.now(UTC), site, settings.image_origins)
    ads().put(ad)
    return http.answer(HTTPStatus.OK, shown(ad))


@app.get("/api/ads/<name>")
def get(name: str) -> Response[str]:
    """Read an ad.

    Raises `Invalid` for what is no name, and `NotFound`.
    """
    name = check_id(unquote(name), "name")
    ad = ads().get(name)
    if ad is None:
        raise NotFound(f"there is no ad {name}")
    return http.answer(HTTPStatus.OK, shown(ad))


@app.get("/api/ads")
def browse() -> Response[str]:
    """List all ads, by name."""
    return http.answer(HTTPStatus.OK, {"ads": [shown(ad) for ad in ads().all()]})


@app.delete("/api/ads/<name>")
def delete(name: str) -> Response[str]:
    """Take an ad away; again is fine, and so is one that never was.

    Raises `Invalid` for what is no name.
    """
    ads().remove(check_id(unquote(name), "name"))
    return http.answer(HTTPStatus.NO_CONTENT)


def shown(ad: Ad) -> dict[str, Any]:
    """The ad as an editor sees it, in the fields of a request."""
    fields = asdict(ad)
    image = {name: fields.pop(name) for name in ("src", "width", "height")}
    starts, until = (at and f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in (fields.pop("starts"), fields.pop("until")))
    return fields | {"image": image, "from": starts, "until": until}


@telemetry.observed
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return app.resolve(event, context)
