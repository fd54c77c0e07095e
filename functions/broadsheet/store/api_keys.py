"""API keys, a row for each in a table of their own: `KEYS` / `<name>`.

A row has the hashes of the key's secrets, and no secret. Its `expires_at` is when the key ends, after which DynamoDB
deletes the row within some days; reads must leave it out before. Every read is consistent, so a key that is revoked
works in no later call.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..model.api_key import ApiKey, Grant, Hash
from .rows import instant, parsed
from .table import ABSENT, Row, Table, unchanged

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

KEYS = "KEYS"


class ApiKeys:
    """The keys in the table of that name, through a DynamoDB client."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    def get(self, name: str) -> ApiKey | None:
        """The key, None where there is none."""
        row = self._table.row(KEYS, name)
        return _key_of(row) if row else None

    def all(self) -> tuple[ApiKey, ...]:
        """All keys, by name."""
        return tuple(map(_key_of, self._table.query(KEYS, newest=False)))

    def put(self, before: ApiKey | None, after: ApiKey) -> None:
        """Put `after` in the place of `before`. Raises `LostRace`, and writes nothing, where a client was first.

        A key of the same name and revision that was made anew has other hashes.
        """
        still = unchanged({"revision": before.revision, "hashes": _hashes(before)}) if before else ABSENT
        self._table.put(_row_of(after), still)

    def delete(self, name: str) -> None:
        """Delete the key, whatever has become of it meanwhile; no `put` of an earlier state succeeds after that."""
        self._table.delete(KEYS, name)


def _key_of(row: Row) -> ApiKey:
    ends = row.get("expires_at")
    return ApiKey(
        name=row["sk"],
        grant=Grant(
            tuple(row["scopes"]), tuple(row["editions"]), None if ends is None else datetime.fromtimestamp(ends, UTC)
        ),
        hashes=tuple(Hash(each["hash"], parsed(each["until"]) if "until" in each else None) for each in row["hashes"]),
        created_at=parsed(row["created_at"]),
        created_by=row["created_by"],
        updated_at=parsed(row["updated_at"]),
        updated_by=row["updated_by"],
        revision=row["revision"],
    )


def _row_of(key: ApiKey) -> Row:
    ends = key.grant.expires_at
    return {
        "pk": KEYS,
        "sk": key.name,
        "scopes": list(key.grant.scopes),
        "editions": list(key.grant.editions),
        "hashes": _hashes(key),
        "created_at": instant(key.created_at),
        "created_by": key.created_by,
        "updated_at": instant(key.updated_at),
        "updated_by": key.updated_by,
        "revision": key.revision,
    } | ({"expires_at": int(ends.timestamp())} if ends else {})


def _hashes(key: ApiKey) -> list[dict[str, Any]]:
    return [{"hash": each.value} | ({"until": instant(each.until)} if each.until else {}) for each in key.hashes]
