"""Corrections of moto where it differs from AWS in a way that Broadsheet notices.

Each patch has a test that fails when moto no longer needs it (`tests/local/test_moto_patches.py`). The patches apply
inside `patched()`, in the process that runs moto: the emulator, or a test under `mock_aws`.
"""

from __future__ import annotations

import copy
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import Any, ParamSpec, TypeVar
from unittest import mock
from urllib.parse import urlsplit

import moto.dynamodb.models as moto_dynamodb
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.comparisons import get_comparison_func
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import StreamShard, Table
from moto.s3.responses import S3Response
from moto.sesv2 import urls as sesv2_urls
from moto.sesv2.responses import SESV2Response

from infra.local.account import REGION
from infra.local.moto import ses_patches
from infra.local.moto.dispatch import cached_dispatch

P = ParamSpec("P")
T = TypeVar("T")

GLOBAL_S3 = re.compile(r"(.+\.)?s3\.amazonaws\.com")

LOCK = threading.RLock()
"""moto is not thread-safe: a caller with several threads holds this lock from the request to the complete response."""

_update_item = DynamoDBBackend.update_item
_transact_write_items = DynamoDBBackend.transact_write_items
_stream_add = StreamShard.add
_query = Table.query
_key_response = S3Response._key_response  # noqa: SLF001  moto has no public hook for this
_serialize_type_structure = BaseJSONSerializer._serialize_type_structure  # noqa: SLF001  moto has no public hook for this


@contextmanager
def patched() -> Iterator[None]:
    """Apply every patch, and serialise calls of botocore's clients, which makes moto thread-safe."""
    with ExitStack() as patches:
        patches.enter_context(cached_dispatch())
        for owner, name, replacement in (
            (BotocoreStubber, "process_request", _serialised(BotocoreStubber.process_request)),
            (DynamoDBBackend, "update_item", _update_item_once),
            (DynamoDBBackend, "transact_write_items", _transact_or_nothing),
            (StreamShard, "add", _add_if_changed),
            (Table, "query", _query_in_partition),
            (SESV2Response, "send_email", ses_patches.send_email),
            (SESV2Response, "create_email_identity", ses_patches.create_email_identity),
            (S3Response, "_key_response", _key_response_at_regional_host),
            (BaseJSONSerializer, "_serialize_type_structure", _serialize_structure),
        ):
            patches.enter_context(mock.patch.object(owner, name, replacement))
        for added in (
            ses_patches.get_account,
            ses_patches.put_suppressed_destination,
            ses_patches.get_suppressed_destination,
            ses_patches.delete_suppressed_destination,
        ):
            patches.enter_context(mock.patch.object(SESV2Response, added.__name__, added, create=True))
        patches.enter_context(mock.patch.dict(sesv2_urls.url_paths, ses_patches.PATHS))
        yield


def _serialised(call: Callable[P, T]) -> Callable[P, T]:
    def one_at_a_time(*args: P.args, **kwargs: P.kwargs) -> T:
        with LOCK:
            return call(*args, **kwargs)

    return one_at_a_time


def _add_if_changed(shard: StreamShard, old: Item | None, new: Item | None) -> None:
    """A write that changes nothing creates no stream record; moto creates a MODIFY record."""
    if old is None or new is None or old.to_json() != new.to_json():
        _stream_add(shard, old, new)


def _update_item_once(
    backend: DynamoDBBackend, table_name: str, key: dict[str, Any], *args: Any, **kwargs: Any
) -> Item:
    """An update that creates an item creates one stream record; an update that fails creates no item.

    moto first puts an empty item, with a record of its own, and then updates it.
    """
    table = backend.get_table(table_name)
    before = _Backup(table, [key])
    try:
        item = _update_item(backend, table_name, key, *args, **kwargs)
    except Exception:
        before.restore()
        raise
    if table.stream_shard and len(table.stream_shard.items) == before.records + 2:
        del table.stream_shard.items[-2:]
        _stream_add(table.stream_shard, None, item)
    return item


def _query_in_partition(
    table: Table,
    hash_key: DynamoType | None,
    comparison: str | None = None,
    values: Any = None,
    limit: Any = None,
    start: Any = None,
    forward: bool = True,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """A query reads only the rows of its partition within its key condition and limit.

    moto sorts the whole table in Python, and measures and copies every row of the partition: a query of one row takes
    tens of milliseconds in an archive of a few hundred articles.
    """

    def query() -> Any:
        return _query(table, hash_key, comparison, values, limit, start, forward, *args, **kwargs)

    if hash_key is None or hash_key not in table.items:
        return query()
    whole = table.items
    rows = _rows(whole[hash_key], comparison, values, None if start else limit, forward)
    table.items = {hash_key: rows}  # type: ignore[assignment]  # enough for a query
    try:
        return query()
    finally:
        table.items = whole


def _rows(
    partition: dict[DynamoType, Item],
    comparison: str | None,
    values: list[DynamoType] | None,
    limit: int | None,
    forward: bool,
) -> dict[DynamoType, Item]:
    """The rows of a partition that match the condition on the sort key: up to the limit, and one more for pagination.

    All rows if sort keys are not strings.
    """
    if any(key.type != "S" for key in partition):
        return partition
    keys: list[DynamoType] = list(partition)
    if comparison:
        holds, bounds = get_comparison_func(comparison), [value.value for value in values or ()]
        keys = [key for key in keys if holds(key.value, *bounds)]
    keys.sort(key=lambda key: str(key.value), reverse=not forward)
    return {key: partition[key] for key in (keys if limit is None else keys[: limit + 1])}


def _transact_or_nothing(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    """A failed transaction creates no stream records, and the table's size does not slow a transaction down.

    moto copies every table of the transaction. If it fails, moto restores the copies, which disconnects the readers of
    the stream, and keeps the stream records. This patch saves and restores only the items of the transaction.
    """
    written: dict[str, list[dict[str, Any]]] = {}
    for operation in (operation for item in transact_items for operation in item.values()):
        written.setdefault(operation["TableName"], []).append(operation.get("Key") or operation.get("Item"))
    before = [_Backup(backend.get_table(name), keys) for name, keys in written.items()]
    with mock.patch.object(moto_dynamodb, "copy", SimpleNamespace(deepcopy=_copy_except_tables)):
        try:
            _transact_write_items(backend, transact_items)
        except Exception:
            for table in before:
                table.restore()
            raise


def _copy_except_tables(value: Any) -> Any:
    return value if isinstance(value, Table) else copy.deepcopy(value)


def _key_response_at_regional_host(response: S3Response, request: Any, full_url: str) -> Any:
    """S3's global host redirects requests for a bucket outside us-east-1; moto processes them.

    S3 User Guide, "Making requests": a 307 in the first hours of a bucket. A request that is signed for the global
    host cannot follow it. Regions opened after March 2019 answer 400.
    """
    host = urlsplit(full_url).hostname or ""
    if GLOBAL_S3.fullmatch(host) is None or REGION == "us-east-1":
        return _key_response(response, request, full_url)
    regional = host.replace(".s3.", f".s3-{REGION}.")
    message = (
        "Please re-send this request to the specified temporary endpoint. "
        "Continue to use the original request endpoint for future requests."
    )
    body = f"<Error><Code>TemporaryRedirect</Code><Message>{message}</Message><Endpoint>{regional}</Endpoint></Error>"
    return 307, {"Location": full_url.replace(host, regional), "Content-Type": "application/xml"}, body


def _serialize_structure(serializer: BaseJSONSerializer, serialized: Any, value: Any, shape: Any, key: str) -> None:
    """Attributes of an item are returned unchanged, since they are already in DynamoDB's JSON.

    moto checks every attribute for each of DynamoDB's ten types: 50 ms for a query of thirty items, and seconds for the
    records of a stream.
    """
    attribute = _unchanged(value) if key and shape.name == "AttributeValue" else None
    if attribute is None:
        _serialize_type_structure(serializer, serialized, value, shape, key)
    else:
        serialized[key] = attribute


def _unchanged(value: Any) -> Any:
    """The attribute, if it is in DynamoDB's JSON without binary values; otherwise None."""
    match value:
        case {"S": str()} | {"N": str()} | {"BOOL": bool()} | {"NULL": bool()} if len(value) == 1:
            return value
        case {"SS": list()} | {"NS": list()} if len(value) == 1:
            return value
        case {"L": list(inner)} if len(value) == 1:
            items = [_unchanged(item) for item in inner]
            return None if None in items else {"L": items}
        case {"M": dict(inner)} if len(value) == 1:
            members = {name: _unchanged(item) for name, item in inner.items()}
            return None if None in members.values() else {"M": members}
    return None


class _Backup:
    """The items of a table at some keys, and the number of its stream records, to restore them."""

    def __init__(self, table: Table, keys: list[dict[str, Any]]) -> None:
        self.table = table
        self.records = len(table.stream_shard.items) if table.stream_shard else 0
        self._items = [
            (key, copy.deepcopy(table.get_item(*key)))
            for key in map(self._key, keys)
            if key  # moto refuses a request without a key
        ]

    def _key(self, attributes: dict[str, Any]) -> tuple[DynamoType, DynamoType | None] | None:
        values = [DynamoType(attributes[name]) for name in self.table.table_key_attrs if name in attributes]
        if len(values) < len(self.table.table_key_attrs):
            return None
        return values[0], values[1] if self.table.has_range_key else None

    def restore(self) -> None:
        for (partition, sort), item in self._items:
            if item is None:
                self.table.delete_item(partition, sort)
            elif sort:
                self.table.items[partition][sort] = item
            else:
                self.table.items[partition] = item  # type: ignore[assignment]  # moto's own type is too narrow
        if self.table.stream_shard:
            del self.table.stream_shard.items[self.records :]
