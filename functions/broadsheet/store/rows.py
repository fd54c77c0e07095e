"""Conversion of rows to DynamoDB's items and back, and of instants, which DynamoDB has no type for."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer


class _WholeNumbers(TypeDeserializer):  # boto3's own returns Decimal
    def _deserialize_n(self, value: str) -> int:
        return int(value)


_serializer = TypeSerializer()
_deserializer = _WholeNumbers()


def to_item(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row as an item of DynamoDB."""
    return {name: _typed(value) for name, value in row.items()}


def from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """The row in an item, from a read or from a stream record. Its numbers are whole."""
    return {name: _value(value) for name, value in item.items()}


def _typed(value: Any) -> dict[str, Any]:
    """The value with its type, without boto3's detours for what most rows consist of: a mail to a reader has two."""
    kind = type(value)
    if kind is str:
        return {"S": value}
    if kind is int:
        return {"N": str(value)}
    if kind is dict:
        return {"M": {name: _typed(inner) for name, inner in value.items()}}
    if value is None:
        return {"NULL": True}
    typed: Any = _serializer.serialize(value)
    return {**typed}


def _value(value: Any) -> Any:
    """The value, without boto3's detours for texts and numbers: a calendar has thousands of these."""
    if "S" in value:
        return value["S"]
    return int(value["N"]) if "N" in value else _deserializer.deserialize(value)


def instant(at: datetime) -> str:
    """The instant in UTC, as text that sorts by time."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parsed(text: str) -> datetime:
    """The instant in a text."""
    return datetime.fromisoformat(text)
