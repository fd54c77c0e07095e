"""The ads API: editors put, read, list and delete ads. API Gateway lets only signed requests in."""

import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
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
from broadsheet.model.ad import Ad
from broadsheet.model.errors import NotFound
from broadsheet.model.manuscript import check_id
from broadsheet.schemas.ad import parse_ad
from broadsheet.services import ads
from broadsheet.settings import Settings
from broadsheet.store.ads import Ads
from broadsheet.store.aws import CONFIG

LARGEST_REQUEST = 20_000  # bytes

settings = Settings(os.environ)
site = settings.site()
app = http.resolver()


@dataclass(frozen=True, slots=True)
class Deps:
    """What the handlers work with."""

    ads: Ads


@cache
def deps() -> Deps:
    """Made once in a process, with the clients."""
    return Deps(Ads(boto3.client("dynamodb", config=CONFIG), settings.articles_table))


@app.put("/api/ads/<name>")
def put(name: str) -> Response[str]:
    """Create or replace an ad.

    It is shown from its start to its end, each to within a minute. Each edition shows the three live ads with the
    greatest weights.

    Idempotent: the same ad again succeeds and writes nothing. Without a precondition the last write wins. A request
    with `If-Match` that was done before, and whose response was lost, succeeds again (RFC 9110 §13.1.1).

    Raises `Stale` and `Busy`.
    """
    fields = http.json_body(app.current_event, LARGEST_REQUEST)
    parameters, now = http.Parameters(app.current_event), datetime.now(UTC)
    required, by = parameters.precondition(), caller_of(app.current_event).name
    sent = parameters.read(lambda: parse_ad(unquote(name), fields, now, site, settings.image_origins))
    ad, outcome = ads.put(deps().ads, sent, required, by)
    if outcome != "unchanged":
        _log(ad, outcome, by)
    headers = {"ETag": _etag(ad), "Location": f"/api/ads/{ad.name}"}
    return http.answer(HTTPStatus.CREATED if outcome == "created" else HTTPStatus.OK, to_json(ad), headers)


@app.get("/api/ads/<name>")
def get(name: str) -> Response[str]:
    """Read an ad.

    The fields of the answer can be put again, and `ETag` is the precondition of a change.

    Raises `Invalid` for an invalid name, and `NotFound`.
    """
    name = check_id(unquote(name), "name")
    ad = deps().ads.get(name)
    if ad is None:
        raise NotFound(f"there is no ad {name}")
    return http.conditional(app.current_event, _etag(ad), lambda: to_json(ad))


@app.get("/api/ads")
def browse() -> Response[str]:
    """List all ads, by name.

    Those that have ended and those that have not started are among them, with `live` false.
    """
    return http.answer(HTTPStatus.OK, {"ads": [to_json(ad) for ad in deps().ads.all()]})


@app.delete("/api/ads/<name>")
def delete(name: str) -> Response[str]:
    """Delete an ad.

    Idempotent: deleting an ad that does not exist succeeds. An ad that is put again goes on with the next revision.

    Raises `Invalid` for an invalid name, `Stale` and `Busy`.
    """
    parameters = http.Parameters(app.current_event)
    required = parameters.precondition()
    name = parameters.read(lambda: check_id(unquote(name), "name"))
    deleted = ads.delete(deps().ads, name, required)
    if deleted:
        _log(deleted, "deleted", caller_of(app.current_event).name)
    return http.answer(HTTPStatus.NO_CONTENT)


def _log(ad: Ad, outcome: str, by: str) -> None:
    about = {"ad": ad.name, "outcome": outcome, "revision": ad.revision, "updated_by": by}
    telemetry.logger.info("an editor changed an ad", extra=about)


def to_json(ad: Ad) -> dict[str, Any]:
    """The ad in the fields of a request, with those that the system adds."""
    fields = asdict(ad)
    image = {name: fields.pop(name) for name in ("src", "width", "height")}
    del fields["starts"], fields["until"]
    instants = {"from": http.timestamp(ad.starts), "until": ad.until and http.timestamp(ad.until)}
    return fields | {"image": image} | instants


def _etag(ad: Ad) -> str:
    return etag(ad.revision, to_json(ad))


http.tag_stale(app, _etag)


@telemetry.observed
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return app.resolve(event, context)
