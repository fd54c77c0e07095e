"""DynamoDB's notation for values, and back; and ours for times, which it has none for."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer


class _WholeNumbers(TypeDeserializer):  # it makes decimals of them
    def _deserialize_n(self, value: str) -> int:
        return int(value)


_serializer = TypeSerializer()
_deserializer = _WholeNumbers()


def to_item(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row as DynamoDB takes it."""
    return {name: _serializer.serialize(value) for name, value in row.items()}


def from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """The row that an item stands for, from a read or from a stream record. Its numbers are whole."""
    return {name: _deserializer.deserialize(value) for name, value in item.items()}


def instant(at: datetime) -> str:
    """The instant so that texts sort as times do."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parsed(text: str) -> datetime:
    """The instant that a text stands for."""
    return datetime.fromisoformat(text)
