"""The tasks of the state machine that sends an issue: plan its segments, work on one of them, finish.

A worker may be stopped at any time, and started again, also beside itself: no reader gets a second mail.
"""

import os
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from broadsheet import telemetry
from broadsheet.deadline import Deadline
from broadsheet.executor import Executor, Threads
from broadsheet.model.errors import SwitchedOff
from broadsheet.model.newsletter.issue import parse_issue_id
from broadsheet.model.newsletter.sending import Sending
from broadsheet.model.queries import IssueByKey
from broadsheet.services.sending import dispatch
from broadsheet.services.sending.contents import Contents
from broadsheet.services.sending.delivery import Delivery
from broadsheet.services.sending.pace import Pace
from broadsheet.services.sending.worker import Step, Worker
from broadsheet.settings import Settings
from broadsheet.store.aws import CONFIG
from broadsheet.store.deliveries import Deliveries
from broadsheet.store.queries import ArticleQueries
from broadsheet.store.secrets import SigningKeys
from broadsheet.store.ses import NO_RETRIES, Ses
from broadsheet.store.subscribers import Subscribers

RESERVE = 40.0  # seconds: one mail while SES and DynamoDB are slow, and the progress

# Metrics. `Issues…` count issues, and `Issue…` the readers of issues. A metric costs by the hours in which it is sent,
# so none is sent of nothing.
OUTCOMES: dict[str, str] = {
    "sent": "IssueSent",
    "skipped": "IssueSkipped",
    "suppressed": "IssueSuppressed",
    "failed": "IssueFailed",
    "unknown": "IssueUnknown",
}
ENDS: dict[str, str] = {"finished": "IssuesFinished", "tripped": "IssuesTripped"}

settings = Settings(os.environ)
site = settings.site()


@dataclass(frozen=True, slots=True)
class Deps:
    """What the handler works with."""

    deliveries: Deliveries
    subscribers: Subscribers
    queries: ArticleQueries
    ses: Ses
    keys: SigningKeys
    executor: Executor


@cache
def deps() -> Deps:
    """Made once in a process, with the clients."""
    dynamodb = boto3.client("dynamodb", config=CONFIG)
    return Deps(
        Deliveries(dynamodb, settings.deliveries_table),
        Subscribers(dynamodb, settings.subscribers_table),
        ArticleQueries(dynamodb, settings.articles_table, site),
        Ses(boto3.client("sesv2", config=CONFIG.merge(NO_RETRIES)), settings.configuration_set),
        SigningKeys(boto3.client("secretsmanager", config=CONFIG), settings.token_secret),
        Threads(dispatch.COUNTING),
    )


@telemetry.observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """One task. `step` is `plan`, `page` or `finish`; the answer has the issue and the run of the question."""
    key, run = parse_issue_id(event["issue"]), event["run"]
    if key is None:
        raise LookupError(f"{event['issue']} is no issue")
    about = {"issue": key.id, "run": run}
    if event["step"] == "finish":
        state = dispatch.finish(deps().deliveries, key, run, datetime.now(UTC))
        if state in ENDS:
            telemetry.metrics.add_metric(ENDS[state], MetricUnit.Count, 1)
        return about | {"state": state}
    found = deps().queries(IssueByKey(key))
    if found is None:
        raise LookupError(f"there is no issue {key.id}")
    if event["step"] == "plan":
        numbers = dispatch.plan(deps().deliveries, deps().subscribers, deps().ses, found.issue, deps().executor)
        if numbers and run == 1:
            telemetry.metrics.add_metric("IssueReaders", MetricUnit.Count, deps().deliveries.report(key).audience)
        return about | {"segments": [about | {"step": "page", "segment": number} for number in numbers]}
    step = _work(Contents(found.issue, found.articles, site), run, event["segment"], Deadline.of(context, RESERVE))
    return event | {"next": step.next, "seconds": step.seconds}


def _work(contents: Contents, run: int, segment: int, deadline: Deadline) -> Step:
    """Send to readers of a segment for as long as there is time."""
    sending = deps().deliveries.get(contents.issue.key)
    # Tasks of an earlier execution must not take the segments from the workers of the latest.
    if sending is None or sending.state != "running" or sending.run != run:
        return Step("done")
    step = _worker(sending, contents).work(segment, deadline)
    for outcome, number in asdict(step.counts).items():
        if number:
            telemetry.metrics.add_metric(OUTCOMES[outcome], MetricUnit.Count, number)
    return step


def _worker(sending: Sending, contents: Contents) -> Worker:
    if settings.sender is None:
        raise SwitchedOff("the deployment has no sender")
    delivery = Delivery(
        deps().deliveries,
        deps().subscribers,
        deps().ses,
        deps().keys.keyring(),
        site,
        settings.sender,
        contents,
        Pace(time.monotonic, time.sleep),
        lambda: datetime.now(UTC),
    )
    return Worker(delivery, sending, deps().ses.quota().rate)
