"""Every few minutes: composes the newsletter's issues whose moment has come. It sends nothing and reads no reader."""

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
from broadsheet.services.issues import compose_due
from broadsheet.settings import Settings
from broadsheet.store.aws import CONFIG
from broadsheet.store.issues import Issues
from broadsheet.store.queries import ArticleQueries

RESERVE = 15.0  # seconds: all retries of one issue, over which editors keep writing

settings = Settings(os.environ)
site = settings.site()


@dataclass(frozen=True, slots=True)
class Deps:
    """What the handler works with."""

    issues: Issues
    queries: ArticleQueries


@cache
def deps() -> Deps:
    """Made once in a process, with the client."""
    client, table = boto3.client("dynamodb", config=CONFIG), settings.articles_table
    return Deps(Issues(client, table), ArticleQueries(client, table, site))


@telemetry.observed
def handler(_: dict[str, Any], context: LambdaContext) -> None:
    deadline = Deadline.of(context, RESERVE)
    composed = compose_due(deps().issues, deps().queries, site, datetime.now(UTC), deadline)
    if composed:  # a metric costs by the hours in which it is sent
        telemetry.metrics.add_metric("IssuesComposed", MetricUnit.Count, len(composed))
