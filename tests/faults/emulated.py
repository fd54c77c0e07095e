"""What the emulator holds, seen from behind: copied, put back and looked at without a call that would be counted."""

import json
import pickle
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

from broadsheet.store.rows import from_item
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table
from moto.s3.models import FakeBucket, FakeKey, s3_backends
from moto.s3.utils import _VersionedKeyStore
from moto.ses.models import ses_backends

from infra.local.deployment import Deployment
from infra.local.template import ACCOUNT, REGION

TABLES = ("Articles", "Subscribers")
BUCKETS = ("Bodies", "Site")

Row = dict[str, Any]


@dataclass(frozen=True)
class Saved:
    """Everything that the system had stored, sent and streamed at one moment."""

    tables: dict[str, bytes]
    streams: dict[str, tuple[Any, ...]]
    buckets: dict[str, dict[str, list[FakeKey]]]
    mails: tuple[Any, ...]


@contextmanager
def kept_keys() -> Iterator[None]:
    """The emulator closes an object that is overwritten; here it stays readable, since a copy may bring it back."""

    dispose = FakeKey.dispose

    def keep(key: FakeKey, garbage: bool = False) -> None:
        key.disposed = True
        if garbage:
            dispose(key, garbage)

    with mock.patch.object(FakeKey, "dispose", keep):
        yield


class Emulated:
    """The tables, buckets and sent mails of one deployment under `kept_keys()`."""

    def __init__(self, deployment: Deployment) -> None:
        self.names = {deployment.name(name): name for name in (*TABLES, *BUCKETS)}
        tables = dynamodb_backends[ACCOUNT][REGION].tables
        buckets = s3_backends[ACCOUNT]["aws"].buckets
        self._tables: dict[str, Table] = {name: tables[deployment.name(name)] for name in TABLES}
        self._buckets: dict[str, FakeBucket] = {name: buckets[deployment.name(name)] for name in BUCKETS}
        self._mails: list[Any] = ses_backends[ACCOUNT][REGION].sent_messages
        self._fingerprints: dict[str, int] = {}

    def save(self) -> Saved:
        """A copy of it all, as often as wanted."""
        return Saved(
            {name: pickle.dumps(dict(table.items)) for name, table in self._tables.items()},
            {name: tuple(self._shard(name).items) for name in TABLES},
            {name: self._versions(name) for name in BUCKETS},
            tuple(self._mails),
        )

    def restore(self, saved: Saved) -> None:
        """Everything as it was when it was saved."""
        for name, table in self._tables.items():
            table.items = defaultdict(dict, pickle.loads(saved.tables[name]))  # noqa: S301  our own, of a moment ago
            self._shard(name).items = list(saved.streams[name])
        for name, bucket in self._buckets.items():
            bucket.keys = _VersionedKeyStore()
            for key, versions in saved.buckets[name].items():
                bucket.keys.setlist(key, list(versions))
        self._mails[:] = saved.mails
        self._fingerprints.clear()

    def rows(self, table: str) -> list[Row]:
        """Every row of a table, in the order of its keys."""
        rows = (from_item(item) for item in self._items(table))
        return sorted(rows, key=lambda row: (row["pk"], row["sk"]))

    def objects(self, bucket: str) -> dict[str, bytes]:
        """Every object of a bucket, by key."""
        return {key: versions[-1].value for key, versions in self._versions(bucket).items()}

    def object(self, bucket: str, key: str) -> bytes | None:
        """One object's bytes, None where there is none."""
        found = self._buckets[bucket].keys.get(key)
        return None if found is None else bytes(found.value)

    def records(self, table: str) -> list[dict[str, Any]]:
        """All that the table's stream has said since the beginning."""
        return [record.to_json()["dynamodb"] for record in self._shard(table).items]

    def mails(self) -> list[str]:
        """The source of every mail that was sent."""
        return [str(mail.raw_data) for mail in self._mails]

    def state(self, name: str, key: str | None = None) -> Any:
        """Something that is equal for equal states, of a table or of one object of a bucket."""
        if name in self._buckets:
            found = self._buckets[name].keys.get(key)
            return None if found is None else (found.etag, tuple(sorted(found.metadata.items())))
        if name not in self._fingerprints:
            self._fingerprints[name] = hash(tuple(sorted(json.dumps(item) for item in self._items(name))))
        return self._fingerprints[name]

    def written(self) -> None:
        """Must be said after each write to a table, so that `state` looks again."""
        self._fingerprints.clear()

    def _items(self, table: str) -> Iterator[dict[str, Any]]:
        for partition in self._tables[table].items.values():
            for item in partition.values():
                yield item.to_json()["Attributes"]

    def _versions(self, bucket: str) -> dict[str, list[FakeKey]]:
        keys = self._buckets[bucket].keys
        return {key: list(keys.getlist(key)) for key in sorted(keys)}

    def _shard(self, table: str) -> Any:
        shard = self._tables[table].stream_shard
        assert shard is not None, f"{table} has no stream"
        return shard
