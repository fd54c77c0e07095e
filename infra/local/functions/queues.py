"""Lambda's polling of SQS queues: batches of messages; those that succeed are deleted, the others stay for a retry."""

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
from infra.local.moto.clients import AwsClients

POLL_INTERVAL = 0.2
"""Seconds. A long poll would block the emulator."""
MAX_RECEIVED = 10
"""Messages that SQS returns in one call."""

Message = Mapping[str, Any]


class QueueReader:
    """Polls the queue of a mapping and invokes its function with one batch after the other, until closed.

    moto implements delays, the visibility timeout and the redrive to a dead-letter queue.
    """

    def __init__(self, mapping: QueueMapping, function: Function, clients: AwsClients, url: str) -> None:
        self.mapping, self.function = mapping, function
        self._cloud, self._url = clients, url
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name=mapping.name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop polling. A running invocation is the last one."""
        self._closed.set()

    def _run(self) -> None:
        while not self._closed.wait(POLL_INTERVAL):
            # A developer is editing code that cannot be loaded. Receiving messages now would use up their retries.
            if self.function.fault:
                continue
            try:
                if batch := self._collect():
                    self._deliver(batch)
            except Exception:  # noqa: BLE001  one failed batch must not end the polling; the traceback is printed
                if not self._closed.is_set():
                    traceback.print_exc()

    def _collect(self) -> list[Message]:
        """The visible messages; if there are any, also those that arrive within the mapping's window."""
        batch = self._receive(self.mapping.batch_size)
        deadline = time.monotonic() + self.mapping.window
        while batch and (missing := self.mapping.batch_size - len(batch)) and time.monotonic() < deadline:
            if self._closed.wait(POLL_INTERVAL):
                return []
            batch += self._receive(missing)
        return batch

    def _receive(self, limit: int) -> list[Message]:
        response = self._cloud.sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=min(limit, MAX_RECEIVED),
            WaitTimeSeconds=0,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return list(response.get("Messages", []))

    def _deliver(self, batch: Sequence[Message]) -> None:
        records = [_lambda_record(message, self.mapping.arn) for message in batch]
        invocation = self.function.call({"Records": records}, f"queue {self.mapping.queue}: {len(batch)}")
        failed = self._failed(invocation, {message["MessageId"] for message in batch})
        for message in batch:
            if message["MessageId"] not in failed:
                self._cloud.sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])

    def _failed(self, invocation: Invocation, ids: set[str]) -> set[str]:
        """The ids of failed messages: all of them if the report is invalid or names an unknown message."""
        if invocation.error:
            return ids
        if not self.mapping.reports_failures:
            return set()
        reported = invocation.reported
        return ids if reported is None or not reported <= ids else reported


def _lambda_record(message: Message, arn: str) -> dict[str, Any]:
    """A message in the format of Lambda's event."""
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
