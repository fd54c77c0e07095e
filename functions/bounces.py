"""On SES's notices, by SNS: whoever bounces or complains gets no more mail."""

import os
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from broadsheet import telemetry
from broadsheet.model.newsletter.bounces import Kind, event_of, parse_notification
from broadsheet.services.bounces import handle_notification
from broadsheet.settings import Settings
from broadsheet.store.aws import CONFIG
from broadsheet.store.subscribers import Subscribers

METRICS: dict[Kind, str] = {
    "bounced": "Bounced",
    "bounced for now": "BouncedForNow",
    "complained": "Complained",
    "delivered": "Delivered",
    "delayed": "Delayed",
    "rejected": "Rejected",
}

settings = Settings(os.environ)


@cache
def subscribers() -> Subscribers:
    """The table; the client is made once in a process."""
    return Subscribers(boto3.client("dynamodb", config=CONFIG), settings.subscribers_table)


@telemetry.observed
def handler(event: dict[str, Any], _: LambdaContext) -> None:
    for record in event["Records"]:
        report = event_of(record["Sns"]["Message"])
        if report is None:
            # Not the message itself, which may hold an address.
            telemetry.logger.info("a message that is no event", extra={"characters": len(record["Sns"]["Message"])})
        elif notice := parse_notification(report):
            handle_notification(subscribers(), notice)
            telemetry.metrics.add_metric(METRICS[notice.kind], MetricUnit.Count, 1)
