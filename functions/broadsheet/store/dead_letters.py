"""The queue of stream records that a function gives up by itself, because waiting would not help them."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..telemetry import logger

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

SetAside = Callable[[Sequence[str]], bool]
"""Gives up the records with these sequence numbers. False where that fails, and the stream has to bring them again."""


class DeadLetters:
    """The queue by its URL. Lambda puts what it gives up into the same one, in a form of its own."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def take(self, records: Iterable[Mapping[str, Any]]) -> bool:
        """Put stream records into the queue, each as an event that the function takes again by hand.

        False where the queue does not take them all; then the stream has to bring them again.
        """
        try:
            for record in records:
                self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps({"Records": [record]}))
        except Exception as error:  # noqa: BLE001  # its message may quote a record, which is not to be logged
            logger.error("records cannot be set aside", extra={"error": type(error).__name__})
            return False
        return True
