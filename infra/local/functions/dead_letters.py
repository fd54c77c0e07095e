"""Dead letters: the message that Lambda sends to a queue when it gives up an event."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from infra.local.functions.event_sources import FunctionSpec
from infra.local.functions.invocation import Invocation
from infra.local.moto.clients import AwsClients

if TYPE_CHECKING:
    from types_boto3_sqs.type_defs import MessageTypeDef


def send(
    clients: AwsClients,
    queue: str,
    function: FunctionSpec,
    failed: Invocation | None,
    attempts: int,
    condition: str,
    details: Mapping[str, Any],
) -> None:
    """Send a dead letter about an event that failed `attempts` times to the queue with this ARN.

    `failed` is the last attempt; None for a record that expired before the first one. `condition` is Lambda's name of
    the reason. `details` is the position in a stream, or the event and error of an asynchronous invocation.
    """
    message = {
        "version": "1.0",
        "timestamp": timestamp(datetime.now(UTC)),
        "requestContext": {
            "requestId": str(uuid.UUID(failed.id) if failed else uuid.uuid4()),
            "functionArn": function.arn,
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled" if failed and failed.error else None,
        },
        **details,
    }
    url = clients.sqs.get_queue_url(QueueName=queue.rpartition(":")[2])["QueueUrl"]
    clients.sqs.send_message(QueueUrl=url, MessageBody=json.dumps(message, ensure_ascii=False))


def retry(clients: AwsClients, queue: str, invoke: Callable[[Any], Invocation]) -> None:
    """Invoke a function with every event that it set aside in the queue with this ARN.

    A function sends such an event by itself when a later attempt may succeed; it does so again if that fails. Messages
    of another form stay.
    """
    url = clients.sqs.get_queue_url(QueueName=queue.rpartition(":")[2])["QueueUrl"]
    found: list[MessageTypeDef] = []
    while messages := clients.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += messages
    for message in found:
        event = _event(message["Body"])
        if event is None:
            clients.sqs.change_message_visibility(
                QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
            )
        elif not invoke(event).error:
            clients.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def _event(body: str) -> Any:
    """The event in a message; None for a message of another form."""
    try:
        event = json.loads(body)
    except ValueError:
        return None
    return event if isinstance(event, dict) and event.keys() == {"Records"} else None


def timestamp(at: datetime) -> str:
    """The format of Lambda, SNS and SES: 2026-03-14T12:00:00.000Z."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
