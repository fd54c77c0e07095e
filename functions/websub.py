"""On the queue of feeds that may have changed: WebSub's hub is told of those that have."""

import os
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from broadsheet import telemetry
from broadsheet.deadline import Deadline
from broadsheet.services.websub import HubNotifier, notify_batch
from broadsheet.settings import Settings
from broadsheet.store.aws import CONFIG
from broadsheet.store.websub import Feeds, Hub, HubPings, feeds_of

RESERVE = 20.0  # seconds: one feed with a hub that is slow to answer, and an AWS call that is tried again

settings = Settings(os.environ)
site = settings.site()


@cache
def stores() -> tuple[Feeds, HubPings]:
    """The parts of this function; the clients are made once in a process."""
    return (
        Feeds(boto3.client("s3", config=CONFIG), settings.site_bucket),
        HubPings(boto3.client("dynamodb", config=CONFIG), settings.articles_table),
    )


@telemetry.observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if site.hub is None:  # there was one when the messages were sent
        return {"batchItemFailures": []}
    feeds, told = stores()
    # A new one for each event: a connection that was kept while the process was frozen may be dead.
    notifier = HubNotifier(feeds, told, Hub(site.hub), site, lambda: datetime.now(UTC))
    messages = {record["messageId"]: feeds_of(record["body"]) for record in event["Records"]}
    notified = notify_batch(notifier, messages, Deadline.of(context, RESERVE))
    telemetry.metrics.add_metric("HubTold", MetricUnit.Count, notified.told)
    telemetry.metrics.add_metric("HubNotTold", MetricUnit.Count, len(notified.failed))
    return {"batchItemFailures": [{"itemIdentifier": id} for id in notified.failed]}
