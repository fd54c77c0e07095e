"""Every minute: scheduled articles whose time has come go live."""

import os
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from broadsheet import telemetry
from broadsheet.releasing import release_due
from broadsheet.settings import Settings
from broadsheet.store.articles import Articles

settings = Settings(os.environ)


@cache
def articles() -> Articles:
    """The table; the client is made once in a process."""
    return Articles(boto3.client("dynamodb"), settings.articles_table)


@telemetry.observed
def handler(_: dict[str, Any], __: LambdaContext) -> None:
    released = release_due(articles(), datetime.now(UTC))
    telemetry.metrics.add_metric("Released", MetricUnit.Count, released)
