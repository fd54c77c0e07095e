"""On the queue of uploads: makes the variants of each image that pages can show, or says why there are none."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote_plus

import boto3
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from broadsheet import batch, telemetry
from broadsheet.deadline import Deadline
from broadsheet.services.images import process_upload
from broadsheet.settings import Settings
from broadsheet.store.aws import CONFIG
from broadsheet.store.media import UPLOADS, Media

RESERVE = 10.0  # seconds: an AWS call that is retried

settings = Settings(os.environ)


@dataclass(frozen=True, slots=True)
class Deps:
    """What the handler works with."""

    media: Media


@cache
def deps() -> Deps:
    """Made once in a process, with the clients."""
    return Deps(Media(boto3.client("s3", config=CONFIG), settings.media_bucket))


@telemetry.observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    deadline = Deadline.of(context, RESERVE)
    failed = []
    for record in event["Records"]:
        try:
            for id in uploads(record["body"]):
                process_upload(deps().media, id, deadline, int(record["attributes"]["ApproximateReceiveCount"]))
        except Exception:  # noqa: BLE001  # any error concerns one upload, and the queue delivers it again
            telemetry.logger.exception("an upload cannot be processed")
            failed.append(record["messageId"])
    telemetry.metrics.add_metric("UploadsFailed", MetricUnit.Count, len(failed))
    return batch.failures(failed)


def uploads(message: str) -> Iterator[str]:
    """The ids of the uploads in an event of S3; none in the test event that S3 sends first."""
    for record in json.loads(message).get("Records", []):
        yield unquote_plus(record["s3"]["object"]["key"]).removeprefix(UPLOADS)
