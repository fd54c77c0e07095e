"""On the queue of feeds that may have changed: pings the WebSub hub for those that have."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from broadsheet import batch, telemetry
from broadsheet.deadline import Deadline
from broadsheet.services.websub import HubPinger, ping_batch
from broadsheet.settings import Settings
from broadsheet.store.announcements import items_of
from broadsheet.store.aws import CONFIG
from broadsheet.store.websub import Feeds, Hub, HubPings

RESERVE = 20.0  # seconds: one ping of a slow hub, and an AWS call that is retried

settings = Settings(os.environ)
site = settings.site()


@dataclass(frozen=True, slots=True)
class Deps:
    """What the handler works with."""

    feeds: Feeds
    pings: HubPings


@cache
def deps() -> Deps:
    """Made once in a process, with the clients."""
    return Deps(
        Feeds(boto3.client("s3", config=CONFIG), settings.site_bucket),
        HubPings(boto3.client("dynamodb", config=CONFIG), settings.articles_table),
    )


@telemetry.observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if site.hub is None:  # the operator removed the hub after the messages were sent
        return batch.failures([])
    # A new connection for each event: one that was open while the process was frozen may be dead.
    pinger = HubPinger(deps().feeds, deps().pings, Hub(site.hub), site, lambda: datetime.now(UTC))
    messages = {record["messageId"]: items_of(record["body"]) for record in event["Records"]}
    pinged = ping_batch(pinger, messages, Deadline.of(context, RESERVE))
    telemetry.metrics.add_metric("HubPinged", MetricUnit.Count, pinged.feeds)
    telemetry.metrics.add_metric("HubNotPinged", MetricUnit.Count, len(pinged.failed))
    return batch.failures(pinged.failed)
