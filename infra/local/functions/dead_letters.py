"""What Lambda puts into a queue when it gives an event up: who failed at it, how often, and why."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from infra.local.functions.event_sources import FunctionSpec
from infra.local.functions.invocation import Invocation
from infra.local.moto.clients import Cloud


def send(
    cloud: Cloud,
    queue: str,
    function: FunctionSpec,
    failed: Invocation | None,
    attempts: int,
    why: str,
    details: Mapping[str, Any],
) -> None:
    """Put the record of an event that `function` failed at `attempts` times into the queue with this ARN.

    `failed` is the last attempt, None for a record that was too old for any, `why` Lambda's name of the condition, and
    `details` what is said besides: of a stream the place in it, of an asynchronous event the event and the error.
    """
    message = {
        "version": "1.0",
        "timestamp": timestamp(datetime.now(UTC)),
        "requestContext": {
            "requestId": str(uuid.UUID(failed.id) if failed else uuid.uuid4()),
            "functionArn": function.arn,
            "condition": why,
            "approximateInvokeCount": attempts,
        },
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled" if failed and failed.error else None,
        },
        **details,
    }
    url = cloud.sqs.get_queue_url(QueueName=queue.rpartition(":")[2])["QueueUrl"]
    cloud.sqs.send_message(QueueUrl=url, MessageBody=json.dumps(message, ensure_ascii=False))


def timestamp(at: datetime) -> str:
    """As Lambda, SNS and SES write it: 2026-03-14T12:00:00.000Z."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
