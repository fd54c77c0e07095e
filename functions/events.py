"""On the articles' stream, beside the publisher: send an event for each change that readers can see."""

import os
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.utilities.typing import LambdaContext

from broadsheet import batch, telemetry
from broadsheet.deadline import Deadline
from broadsheet.services.article_events import send_batch
from broadsheet.settings import Settings
from broadsheet.store.article_rows import is_article
from broadsheet.store.aws import CONFIG
from broadsheet.store.dead_letters import DeadLetters
from broadsheet.store.event_bus import EventBus

RESERVE = 25.0  # seconds: three attempts at a call that gets no response

settings = Settings(os.environ)
site = settings.site()


@cache
def bus() -> EventBus:
    """The event bus, with its client. Made once in a process."""
    return EventBus(boto3.client("events", config=CONFIG), settings.event_bus)


@cache
def dead_letters() -> DeadLetters:
    """The queue for records that make no event. Made only when it is needed."""
    return DeadLetters(boto3.client("sqs", config=CONFIG), settings.dead_letters)


@telemetry.observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    records = batch.by_sequence_number(event)
    changes = {sequence: record["dynamodb"] for sequence, record in records.items() if is_article(record["dynamodb"])}
    return batch.failures(send_batch(bus(), site, changes, dead_letters().of(records), Deadline.of(context, RESERVE)))
