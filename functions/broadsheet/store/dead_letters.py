"""The dead-letter queue: stream records that a function gives up, because another attempt would fail as well."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..telemetry import logger

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

SetAside = Callable[[Sequence[str]], bool]
"""Gives up the records with these sequence numbers. False where that fails, and the stream must deliver them again."""


class DeadLetters:
    """The queue with that URL. Lambda sends the batches that it gives up to the same queue, in a form of its own."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def of(self, records: Mapping[str, Mapping[str, Any]]) -> SetAside:
        """What gives up records of this batch, which are here by their sequence numbers.

        Each is sent as an event with one record, for an operator to invoke the function with.
        """

        def set_aside(sequences: Sequence[str]) -> bool:
            try:
                for sequence in sequences:
                    event = {"Records": [records[sequence]]}
                    self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps(event))
            except Exception as error:  # noqa: BLE001  # its message may quote a record, which must not be logged
                logger.error("records cannot be sent to the dead-letter queue", extra={"error": type(error).__name__})
                return False
            return True

        return set_aside
