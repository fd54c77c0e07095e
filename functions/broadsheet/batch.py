"""Batches of records and messages, as Lambda's event sources deliver them."""

from collections.abc import Iterable, Mapping
from typing import Any


def by_sequence_number(event: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The records of a stream's event, in their order."""
    return {record["dynamodb"]["SequenceNumber"]: record for record in event["Records"]}


def failures(ids: Iterable[str]) -> dict[str, Any]:
    """A partial batch response: the event source delivers the records or messages with these ids again.

    A stream delivers everything from the first of them on.
    """
    return {"batchItemFailures": [{"itemIdentifier": id} for id in ids]}
