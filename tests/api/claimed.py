"""An issue that a reader was taken for, with an outcome and a bounce, as the workers and SES leave it in the table."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from broadsheet.model.newsletter.issue import IssueKey
from broadsheet.model.newsletter.sending import Claim, Segment, held, planned
from broadsheet.model.newsletter.subscriber import with_issue
from broadsheet.store.deliveries import Deliveries
from broadsheet.store.subscribers import Subscribers
from infra.local.resources import Deployment

KEY = IssueKey("en", "daily", "2026-03-14")
SEGMENT = Segment(0, audience=1)


@contextmanager
def claimed_issue(deployment: Deployment, reader: str, at: datetime) -> Iterator[list[dict[str, Any]]]:
    """The reader's rows in the deliveries table, which is empty of the issue afterwards."""
    dynamodb, table = deployment.clients.dynamodb, deployment.name("Deliveries")
    deliveries, subscribers = Deliveries(dynamodb, table), Subscribers(dynamodb, deployment.name("Subscribers"))
    subscriber, sending = subscribers.get(reader), held(None, KEY, "lina", at)
    assert subscriber
    deliveries.replace(None, sending)
    deliveries.plan(sending, planned(sending, 1), [SEGMENT])
    claim = Claim(reader, KEY.id, SEGMENT.epoch, at, after=subscriber.sent_until)
    deliveries.claim(claim, subscribers.write_of(with_issue(subscriber, at)), KEY, SEGMENT)
    deliveries.record(replace(claim, outcome="sent"))
    deliveries.count_feedback(KEY, reader, "bounces", at)
    rows: list[Any] = [row for row in dynamodb.scan(TableName=table)["Items"] if KEY.id in repr(row)]
    try:
        yield [row for row in rows if reader in row["pk"]["S"]]
    finally:
        for row in dynamodb.scan(TableName=table)["Items"]:
            if KEY.id in repr(row) or row["sk"] == {"S": KEY.name}:
                dynamodb.delete_item(TableName=table, Key={name: row[name] for name in ("pk", "sk")})
