"""Every few minutes: composes the newsletter's issues whose moment has come, and sees to it that they are sent.

It reads no reader: the state machine that it starts does.
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
from broadsheet.services.issues import compose_due
from broadsheet.services.sending.dispatch import Dispatcher
from broadsheet.settings import Settings
from broadsheet.store.aws import CONFIG
from broadsheet.store.deliveries import Deliveries
from broadsheet.store.executions import Executions
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
    dispatcher: Dispatcher


@cache
def deps() -> Deps:
    """Made once in a process, with the clients."""
    client, table = boto3.client("dynamodb", config=CONFIG), settings.articles_table
    executions = Executions(boto3.client("stepfunctions", config=CONFIG), settings.sending_machine)
    issues, deliveries = Issues(client, table), Deliveries(client, settings.deliveries_table)
    return Deps(issues, ArticleQueries(client, table, site), Dispatcher(deliveries, issues, executions))


@telemetry.observed
def handler(_: dict[str, Any], context: LambdaContext) -> None:
    now = datetime.now(UTC)
    try:
        progress = deps().dispatcher.watch(now)
        _count("IssueWaiting", progress.waiting)
        _count("IssuesStalled", len(progress.stalled))
    finally:
        # Neither a sending that cannot go on nor an issue that cannot be composed holds up the others.
        _compose(now, Deadline.of(context, RESERVE))


def _compose(now: datetime, deadline: Deadline) -> None:
    try:
        _count("IssuesComposed", len(compose_due(deps().issues, deps().queries, site, now, deadline)))
    finally:
        _count("IssuesBegun", len(tuple(deps().dispatcher.start_due(site, now))))


def _count(metric: str, number: int) -> None:
    """A metric costs by the hours in which it is sent, so none is sent of nothing."""
    if number:
        telemetry.metrics.add_metric(metric, MetricUnit.Count, number)
