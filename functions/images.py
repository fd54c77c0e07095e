"""The images API: editors upload pictures. API Gateway lets only signed requests in; the file itself goes to S3."""

import os
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any

import boto3
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from broadsheet import http, telemetry
from broadsheet.caller import caller_of
from broadsheet.model.errors import NotFound
from broadsheet.model.image import ID
from broadsheet.schemas.image import parse_upload
from broadsheet.settings import Settings
from broadsheet.store.aws import CONFIG
from broadsheet.store.media import Media

LARGEST_REQUEST = 2_000  # bytes
EXPIRES_IN = 900  # seconds: how long a presigned request is valid

settings = Settings(os.environ)
app = http.resolver()


@dataclass(frozen=True, slots=True)
class Deps:
    """What the handlers work with."""

    media: Media


@cache
def deps() -> Deps:
    """Made once in a process, with the clients."""
    return Deps(Media(boto3.client("s3", config=CONFIG.merge(Config(signature_version="s3v4"))), settings.media_bucket))


@app.post("/api/images")
def post() -> Response[str]:
    """Get a presigned request by which this very file may be uploaded, or the image that was made of it before.

    The file goes to the URL in the answer, not to this API. Idempotent: the same file again is the same image.
    """
    upload = parse_upload(http.json_body(app.current_event, LARGEST_REQUEST))
    if (result := deps().media.result(upload.sha256)) and result["status"] == "ready":
        return http.answer(HTTPStatus.OK, _answered(upload.sha256, result))
    about = {"upload": upload.sha256, "updated_by": caller_of(app.current_event).name}
    telemetry.logger.info("an editor may upload a file", extra=about)
    presigned = {"upload": deps().media.presigned(upload, EXPIRES_IN), "expires_in": EXPIRES_IN}
    return http.answer(HTTPStatus.CREATED, {"id": upload.sha256, "status": "waiting"} | presigned)


@app.get("/api/images/<id>")
def get(id: str) -> Response[str]:
    """Get the result of an upload: `ready` with an image for an article, or `refused` with a reason.

    `warnings` say what the image has lost, for example its movement. Raises `NotFound` for a file that has not been
    processed.
    """
    result = deps().media.result(id) if ID.fullmatch(id) else None
    if result is None:
        raise NotFound("there is no such image, or it has not been processed yet")
    return http.answer(HTTPStatus.OK, _answered(id, result))


def _answered(id: str, result: dict[str, Any]) -> dict[str, Any]:
    return {"id": id} | ({"warnings": []} if result["status"] == "ready" else {}) | result


@telemetry.observed
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return app.resolve(event, context)
