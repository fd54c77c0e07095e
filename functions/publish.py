"""On the articles' stream: what changed is made true of the site, pages first and feeds last; advertising too."""

import os
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.utilities.typing import LambdaContext

from broadsheet import telemetry
from broadsheet.publishing import Change, Publisher, publish_batch, publish_slots
from broadsheet.settings import Settings
from broadsheet.store.answers import Answers
from broadsheet.store.article_rows import article_of
from broadsheet.store.bodies import Bodies
from broadsheet.store.hub import HubQueue
from broadsheet.store.rows import from_item
from broadsheet.store.site import Pages
from broadsheet.store.slots import SLOTS

settings = Settings(os.environ)
site = settings.site()


@cache
def publisher() -> Publisher:
    """The parts of this function; the clients are made once in a process."""
    s3 = boto3.client("s3")
    return Publisher(
        Answers(boto3.client("dynamodb"), settings.articles_table, site),
        Bodies(s3, settings.bodies_bucket),
        Pages(s3, settings.site_bucket),
        site,
        HubQueue(boto3.client("sqs"), settings.hub_queue) if site.hub else None,
    )


@telemetry.observed
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    records = {record["dynamodb"]["SequenceNumber"]: record["dynamodb"] for record in event["Records"]}
    slots = [sequence for sequence, record in records.items() if record["Keys"]["pk"]["S"] == SLOTS]
    changes = {sequence: change(record) for sequence, record in records.items() if sequence not in slots}
    failed = publish_batch(publisher(), changes) + publish_slots(publisher(), slots)
    return {"batchItemFailures": [{"itemIdentifier": sequence} for sequence in failed]}


def change(record: dict[str, Any]) -> Change:
    """The states before and after, from a stream record's images."""
    images = (record.get(name) for name in ("OldImage", "NewImage"))
    before, after = (article_of(from_item(image)) if image else None for image in images)
    return Change(before, after)
