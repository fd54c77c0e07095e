"""Every minute: publishes scheduled articles that are due, starts and ends ads, ends choices, moves the news on.

After a deployment it has the publisher write what code and settings make.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from broadsheet import telemetry
from broadsheet.deadline import Deadline
from broadsheet.services.schedule import release_due, request_build, update_ads, update_fronts, update_news
from broadsheet.settings import Settings
from broadsheet.store.ads import Ads
from broadsheet.store.articles import Articles
from broadsheet.store.aws import CONFIG
from broadsheet.store.fronts import Fronts
from broadsheet.store.news_window import NewsWindow
from broadsheet.store.site_objects import SiteObjects
from broadsheet.store.unsettled import UnsettledCauses

RESERVE = 15.0  # seconds: all retries of one article, whose counts other clients keep changing

settings = Settings(os.environ)
site = settings.site()


@dataclass(frozen=True, slots=True)
class Deps:
    """What the handler works with."""

    articles: Articles
    ads: Ads
    fronts: Fronts
    news: NewsWindow
    objects: SiteObjects
    unsettled: UnsettledCauses


@cache
def deps() -> Deps:
    """Made once in a process, with the clients."""
    client = boto3.client("dynamodb", config=CONFIG)
    table = settings.articles_table
    return Deps(
        Articles(client, table),
        Ads(client, table),
        Fronts(client, table),
        NewsWindow(client, table),
        SiteObjects(boto3.client("s3", config=CONFIG), settings.site_bucket),
        UnsettledCauses(client, table),
    )


@telemetry.observed
def handler(_: dict[str, Any], context: LambdaContext) -> None:
    now = datetime.now(UTC)
    update_ads(deps().ads, now)
    update_fronts(deps().fronts, now)
    update_news(deps().news, now)
    try:
        released = release_due(deps().articles, now, Deadline.of(context, RESERVE))
    finally:  # last, because it alone needs S3; and also where an article cannot be released
        request_build(deps().objects, deps().unsettled, site, now)
    if released:  # a metric costs by the hours in which it is sent, and this runs every minute
        telemetry.metrics.add_metric("Released", MetricUnit.Count, released)
