"""On the queue of uploaded files: each becomes pictures that pages can show."""

import json
import os
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import unquote_plus

import boto3
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from broadsheet import telemetry
from broadsheet.deadline import Deadline
from broadsheet.services.images import process_upload
from broadsheet.settings import Settings
from broadsheet.store.aws import CONFIG
from broadsheet.store.media import UPLOADS, Media

RESERVE = 20.0  # seconds: the largest picture in one size, and an AWS call that is tried again

settings = Settings(os.environ)


@cache
def media() -> Media:
    """The bucket; the client is made once in a process."""
    return Media(boto3.client("s3", config=CONFIG), settings.media_bucket)


@telemetry.observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    deadline = Deadline.of(context, RESERVE)
    failed = []
    for record in event["Records"]:
        try:
            for id in uploaded(record["body"]):
                process_upload(media(), id, deadline)
        except Exception:  # noqa: BLE001  # whatever it is, it is one file's, and the queue brings it again
            telemetry.logger.exception("an image cannot be taken in")
            failed.append({"itemIdentifier": record["messageId"]})
    telemetry.metrics.add_metric("ImagesNotTaken", MetricUnit.Count, len(failed))
    return {"batchItemFailures": failed}


def uploaded(message: str) -> Iterator[str]:
    """The ids of the files in a message of S3's. The one by which S3 tries the queue names none."""
    for record in json.loads(message).get("Records", []):
        yield unquote_plus(record["s3"]["object"]["key"]).removeprefix(UPLOADS)
