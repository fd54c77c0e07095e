"""DynamoDB's notation for values, and back; and ours for times, which it has none for."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

_serializer = TypeSerializer()
_deserializer = TypeDeserializer()


def to_item(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row as DynamoDB takes it."""
    return {name: _serializer.serialize(value) for name, value in row.items()}


def from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """The row that an item stands for, from a read or from a stream record. Its numbers are whole."""
    return {name: _plain(_deserializer.deserialize(value)) for name, value in item.items()}


def instant(at: datetime) -> str:
    """The instant so that texts sort as times do."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parsed(text: str) -> datetime:
    """The instant that a text stands for."""
    return datetime.fromisoformat(text)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value)
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value
