"""On the queue of pages that have changed: tells search engines of them, by IndexNow."""

import os
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from broadsheet import batch, telemetry
from broadsheet.deadline import Deadline
from broadsheet.render.shared.urls import absolute, indexnow_key_file
from broadsheet.services.indexnow import submit_batch
from broadsheet.settings import Settings
from broadsheet.store.announcements import AnnouncementQueue, items_of
from broadsheet.store.aws import CONFIG
from broadsheet.store.indexnow import IndexNow

RESERVE = 20.0  # seconds: one request to a slow endpoint, and an AWS call that is retried
RETRY = 361  # seconds after which the queue delivers a failed message again: its visibility timeout

settings = Settings(os.environ)
site = settings.site()


@cache
def queue() -> AnnouncementQueue:
    """The queue that the messages come from. Made only when one has to wait."""
    return AnnouncementQueue(boto3.client("sqs", config=CONFIG), settings.indexnow_queue)


@telemetry.observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    key = site.indexnow_key or ""
    # A new connection for each event: one that was open while the process was frozen may be dead.
    indexnow = IndexNow(settings.indexnow_endpoint, key, absolute(site, indexnow_key_file(key)))
    messages = {record["messageId"]: items_of(record["body"]) for record in event["Records"]}
    submitted = submit_batch(indexnow, site, messages, Deadline.of(context, RESERVE))
    telemetry.metrics.add_metric("IndexNowAccepted", MetricUnit.Count, submitted.accepted)
    telemetry.metrics.add_metric("IndexNowRefused", MetricUnit.Count, submitted.refused)
    if submitted.retry_after > RETRY:
        receipts = {record["messageId"]: record["receiptHandle"] for record in event["Records"]}
        postpone([receipts[id] for id in submitted.failed], submitted.retry_after)
    return batch.failures(submitted.failed)


def postpone(receipts: list[str], seconds: int) -> None:
    """Have messages delivered again when IndexNow wants them. Where that fails they come sooner, which is no error."""
    try:
        queue().postpone(receipts, seconds)
    except Exception:  # noqa: BLE001  # the messages come again all the same, only sooner
        telemetry.logger.warning("the queue cannot postpone messages", exc_info=True)
