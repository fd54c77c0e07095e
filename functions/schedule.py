"""Every minute: scheduled articles whose time has come go live, and ads come and go."""

import os
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from broadsheet import telemetry
from broadsheet.deadline import Deadline
from broadsheet.services.schedule import release_due, update_ads
from broadsheet.settings import Settings
from broadsheet.store.ads import Ads
from broadsheet.store.articles import Articles
from broadsheet.store.aws import CONFIG

RESERVE = 15.0  # seconds: one article whose counts others keep changing

settings = Settings(os.environ)


@cache
def stores() -> tuple[Articles, Ads]:
    """The parts of this function; the client is made once in a process."""
    client = boto3.client("dynamodb", config=CONFIG)
    return Articles(client, settings.articles_table), Ads(client, settings.articles_table)


@telemetry.observed
def handler(_: dict[str, Any], context: LambdaContext) -> None:
    articles, ads = stores()
    now = datetime.now(UTC)
    update_ads(ads, now)
    released = release_due(articles, now, Deadline.of(context, RESERVE))
    if released:  # a metric costs by the hours in which it was sent, and this runs every minute
        telemetry.metrics.add_metric("Released", MetricUnit.Count, released)
