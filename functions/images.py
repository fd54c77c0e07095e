"""The images API: editors upload pictures. API Gateway lets only signed requests in; the file itself goes to S3."""

import os
from functools import cache
from http import HTTPStatus
from typing import Any

import boto3
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from broadsheet import http, telemetry
from broadsheet.model.errors import NotFound, WrongType
from broadsheet.model.image import ID
from broadsheet.schemas.image import parse_upload
from broadsheet.settings import Settings
from broadsheet.store.aws import CONFIG
from broadsheet.store.media import Media

LARGEST_REQUEST = 2_000  # bytes
INVITED = 900  # seconds

settings = Settings(os.environ)
app = http.resolver()


@cache
def media() -> Media:
    """The bucket; the client is made once in a process."""
    return Media(boto3.client("s3", config=CONFIG.merge(Config(signature_version="s3v4"))), settings.media_bucket)


@app.post("/api/images")
def post() -> Response[str]:
    """Ask to upload a picture, and learn the request by which this very file may be sent, or what became of it before.

    The file goes to where the answer says and not to this API. The same file again is the same picture.
    """
    if http.media_type(app.current_event.headers) != "application/json":
        raise WrongType("what is said of an image is sent as application/json")
    upload = parse_upload(http.read_json(http.body_text(app.current_event), LARGEST_REQUEST))
    if (state := media().state(upload.sha256)) and state["status"] == "ready":
        return http.answer(HTTPStatus.OK, {"id": upload.sha256} | state)
    invitation = {"upload": media().invitation(upload, INVITED), "expires_in": INVITED}
    return http.answer(HTTPStatus.CREATED, {"id": upload.sha256, "status": "waiting"} | invitation)


@app.get("/api/images/<id>")
def get(id: str) -> Response[str]:
    """Learn what became of a file that was uploaded: `ready` with an image for an article, or `refused` with a reason.

    Raises `NotFound` for one that nobody has looked at yet.
    """
    state = media().state(id) if ID.fullmatch(id) else None
    if state is None:
        raise NotFound("there is no such image, or it has not been looked at yet")
    return http.answer(HTTPStatus.OK, {"id": id} | state)


@telemetry.observed
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return app.resolve(event, context)
