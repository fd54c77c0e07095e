"""The function on the articles' stream: it publishes changes of articles, ads and front pages."""

import gc
import os
import time
from collections.abc import Iterable
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from broadsheet import batch, telemetry
from broadsheet.deadline import Deadline
from broadsheet.executor import Threads
from broadsheet.services.publishing.announcer import Announcer
from broadsheet.services.publishing.batches import BatchPublisher
from broadsheet.services.publishing.causes import cause_in, changed_at
from broadsheet.services.publishing.publisher import Publisher
from broadsheet.settings import Settings
from broadsheet.store.announcements import AnnouncementQueue
from broadsheet.store.aws import CONFIG
from broadsheet.store.bodies import Bodies
from broadsheet.store.change_counts import ChangeCounts
from broadsheet.store.dead_letters import DeadLetters
from broadsheet.store.queries import ArticleQueries
from broadsheet.store.site_objects import SiteObjects
from broadsheet.store.unsettled import UnsettledCauses

RESERVE = 30.0  # seconds: three attempts at an AWS call that gets no response, and some rendering
CALLS_AT_ONCE = 16  # more gain nothing: then the processor is busy with what AWS answers
CONNECTIONS = Config(max_pool_connections=CALLS_AT_ONCE)

settings = Settings(os.environ)
site = settings.site()


@cache
def publisher() -> BatchPublisher:
    """The publisher of this process, with its clients."""
    s3 = boto3.client("s3", config=CONFIG.merge(CONNECTIONS))
    dynamodb = boto3.client("dynamodb", config=CONFIG.merge(CONNECTIONS))
    made = BatchPublisher(
        Publisher(
            ArticleQueries(dynamodb, settings.articles_table, site),
            ChangeCounts(dynamodb, settings.articles_table),
            Bodies(s3, settings.bodies_bucket),
            SiteObjects(s3, settings.site_bucket),
            UnsettledCauses(dynamodb, settings.articles_table),
            site,
            announcer(),
            Threads(CALLS_AT_ONCE),
        )
    )
    gc.freeze()  # modules and clients live as long as the process; to look through them takes longer than all garbage
    return made


def announcer() -> Announcer:
    """The queues of the parties that this deployment tells of changes."""
    if not (site.hub or site.indexnow_key):
        return Announcer()
    sqs = boto3.client("sqs", config=CONFIG)
    return Announcer(
        AnnouncementQueue(sqs, settings.websub_queue) if site.hub else None,
        AnnouncementQueue(sqs, settings.indexnow_queue) if site.indexnow_key else None,
    )


@cache
def dead_letters() -> DeadLetters:
    """The queue of changes that cannot be published."""
    return DeadLetters(boto3.client("sqs", config=CONFIG), settings.dead_letters)


@telemetry.observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    deadline = Deadline.of(context, RESERVE)
    records = batch.by_sequence_number(event)
    causes = {sequence: cause_in(record["dynamodb"]) for sequence, record in records.items()}
    others = {sequence: each for sequence, each in causes.items() if isinstance(each, str)}
    changes = {sequence: each for sequence, each in causes.items() if not isinstance(each, str)}
    known = {sequence: changed_at(record["dynamodb"]) for sequence, record in records.items()}
    times = {sequence: at for sequence, at in known.items() if at is not None}

    set_aside = dead_letters().of(records)
    results = [
        publisher().publish(changes, set_aside, deadline, times),
        publisher().publish_others(others, set_aside, deadline, times),
    ]
    measure_lag(times[sequence] for result in results for sequence in result.settled if sequence in times)
    return batch.failures(sequence for result in results for sequence in result.left)


def measure_lag(settled: Iterable[float]) -> None:
    """Count the milliseconds from the oldest change that has settled to now, when its last object is on the site.

    The stream's time is that of the change's transaction, which ends the editor's `PUT`. The article's `changed_at` is
    as coarse, ads and front pages have none, and it is not renewed when an article is published from the table again.
    """
    oldest = min(settled, default=None)
    if oldest is not None:
        lag = max(0.0, time.time() - oldest) * 1000
        telemetry.metrics.add_metric("PublishLag", MetricUnit.Milliseconds, lag)
