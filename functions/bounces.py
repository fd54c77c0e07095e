"""On notifications from SES, by SNS: hard bounces, repeated soft bounces and complaints suppress subscribers.

Those about the mails of an issue are counted, because too many of them stop its sending.
"""

import os
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from broadsheet import telemetry
from broadsheet.model.newsletter.bounces import Kind, parse_event, parse_notification
from broadsheet.model.newsletter.sending import FeedbackKind
from broadsheet.services.bounces import count_feedback, handle_notification
from broadsheet.settings import Settings
from broadsheet.store.aws import CONFIG
from broadsheet.store.deliveries import Deliveries
from broadsheet.store.subscribers import Subscribers

METRICS: dict[Kind, str] = {
    "hard bounce": "HardBounced",
    "soft bounce": "SoftBounced",
    "refused content": "ContentRefused",
    "complaint": "Complained",
    "delivery": "Delivered",
    "delay": "Delayed",
    "reject": "Rejected",
}
ISSUE_METRICS: dict[FeedbackKind, str] = {"bounces": "IssueBounced", "complaints": "IssueComplained"}

settings = Settings(os.environ)


@dataclass(frozen=True)
class Deps:
    """What the handler needs from AWS."""

    subscribers: Subscribers
    deliveries: Deliveries


@cache
def deps() -> Deps:
    """Created once per process, with the client."""
    client = boto3.client("dynamodb", config=CONFIG)
    return Deps(Subscribers(client, settings.subscribers_table), Deliveries(client, settings.deliveries_table))


@telemetry.observed
def handler(event: dict[str, Any], _: LambdaContext) -> None:
    for record in event["Records"]:
        message = record["Sns"]["Message"]
        ses_event = parse_event(message)
        if ses_event is None:
            # Without the message, which may contain an email.
            telemetry.logger.info("a message that is not an event", extra={"characters": len(message)})
        elif notification := parse_notification(ses_event):
            handle_notification(deps().subscribers, notification)
            telemetry.metrics.add_metric(METRICS[notification.kind], MetricUnit.Count, 1)
            if counted := count_feedback(deps().deliveries, notification):
                telemetry.metrics.add_metric(ISSUE_METRICS[counted], MetricUnit.Count, 1)
