"""SQS queues as Lambda reads them: in batches, what succeeded taken out, what failed left to come again."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from typing import Any

from infra.local.account import REGION
from infra.local.functions.event_sources import QueueMapping
from infra.local.functions.invocation import Invocation
from infra.local.functions.runtime import Function
from infra.local.moto.clients import Cloud

PAUSE = 0.2
"""Seconds between two looks into a queue. A long poll would hold the emulator up."""
AT_ONCE = 10
"""Messages that SQS gives at a time."""

Message = Mapping[str, Any]


class QueueReader:
    """Feeds one mapping's function from one queue, one batch after the other, until closed.

    Delays, the time until a failed message is shown again, and the move to a dead letter queue are the queue's own;
    moto keeps to them.
    """

    def __init__(self, mapping: QueueMapping, function: Function, cloud: Cloud, url: str) -> None:
        self.mapping, self.function = mapping, function
        self._cloud, self._url = cloud, url
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name=mapping.name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Read no more. A batch that is with the function is its last."""
        self._closed.set()

    def _run(self) -> None:
        while not self._closed.wait(PAUSE):
            # Code that cannot be loaded is being edited. To take messages out meanwhile would use up their tries.
            if self.function.fault:
                continue
            try:
                if batch := self._gather():
                    self._deliver(batch)
            except Exception:  # noqa: BLE001  a fault here is shown, and one bad batch does not end all reading
                if not self._closed.is_set():
                    traceback.print_exc()

    def _gather(self) -> list[Message]:
        """What the queue shows now, and if that is anything, what it shows in the mapping's window."""
        batch = self._receive(self.mapping.batch_size)
        until = time.monotonic() + self.mapping.window
        while batch and (left := self.mapping.batch_size - len(batch)) and time.monotonic() < until:
            if self._closed.wait(PAUSE):
                return []
            batch += self._receive(left)
        return batch

    def _receive(self, most: int) -> list[Message]:
        answer = self._cloud.sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=min(most, AT_ONCE),
            WaitTimeSeconds=0,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return list(answer.get("Messages", []))

    def _deliver(self, batch: Sequence[Message]) -> None:
        records = [_as_lambda_has_it(message, self.mapping.arn) for message in batch]
        invocation = self.function.call({"Records": records}, f"the queue {self.mapping.queue}: {len(batch)}")
        failed = self._failed(invocation, {message["MessageId"] for message in batch})
        for message in batch:
            if message["MessageId"] not in failed:
                self._cloud.sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])

    def _failed(self, invocation: Invocation, ids: set[str]) -> set[str]:
        """The messages that stay: all of them, if the report is none, or names one that was not there."""
        if invocation.error:
            return ids
        if not self.mapping.reports_failures:
            return set()
        reported = invocation.reported
        return ids if reported is None or not reported <= ids else reported


def _as_lambda_has_it(message: Message, arn: str) -> dict[str, Any]:
    """A message as it is in Lambda's event."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {
            name: {key[0].lower() + key[1:]: value for key, value in attribute.items()}
            for name, attribute in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": REGION,
    }
