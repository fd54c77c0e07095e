"""Queues of what other parties have to be told: feeds for the WebSub hub, pages for search engines.

A message says only where to look, so it may come twice, late or beside another.
"""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

ITEMS_IN_A_MESSAGE = 100  # a key or path has 1,024 bytes at most, and SQS takes 256 KB
MAX_CALL = 10  # messages in one call of SQS


class AnnouncementQueue:
    """The queue with that URL, of keys of feeds or paths of pages. It delays each message."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, items: Iterable[str], delay: int | None = None) -> None:
        """Queue these keys or paths, for after `delay` seconds; None means the queue's own delay."""
        texts = list(items)
        for start in range(0, len(texts), ITEMS_IN_A_MESSAGE):
            body = json.dumps({"items": texts[start : start + ITEMS_IN_A_MESSAGE]}, ensure_ascii=False)
            if delay is None:
                self._client.send_message(QueueUrl=self._url, MessageBody=body)
            else:
                self._client.send_message(QueueUrl=self._url, MessageBody=body, DelaySeconds=delay)

    def postpone(self, receipts: Sequence[str], seconds: int) -> None:
        """Have received messages, by their receipt handles, delivered again after so many seconds and not before."""
        for start in range(0, len(receipts), MAX_CALL):
            self._client.change_message_visibility_batch(
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": receipt, "VisibilityTimeout": seconds}
                    for number, receipt in enumerate(receipts[start : start + MAX_CALL])
                ],
            )


def items_of(message: str) -> list[str]:
    """The keys or paths in a message of such a queue."""
    return [str(item) for item in json.loads(message)["items"]]
