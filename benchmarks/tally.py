"""Counts AWS calls, and measures processor time and when objects were written."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from botocore.client import BaseClient

READ_UNIT, WRITE_UNIT = 4_096, 1_024  # bytes


@dataclass
class Tally:
    """AWS calls of a piece of work, and its processor time in seconds.

    Items read are those in responses to DynamoDB, rows written those in its transactions; objects and bytes written are
    those of S3's PutObject. `cpu` is what our code and its libraries take, `clients` what botocore takes for the calls:
    it builds and signs requests, sends them, and parses responses. `units_read` and `units_written` are those that
    DynamoDB charges; an update, a deletion and a condition count as an item of at most 1 KB.
    """

    calls: Counter[str] = field(default_factory=Counter)
    items_read: int = 0
    rows_written: int = 0
    objects_written: int = 0
    bytes_written: int = 0
    cpu: float = 0.0
    clients: float = 0.0
    units_read: float = 0.0
    units_written: float = 0.0
    seconds: float = 0.0
    """Wall-clock time."""
    objects: dict[str, int] = field(default_factory=dict)
    """The bytes of each object that was written, by key."""
    written_at: dict[str, float] = field(default_factory=dict)
    """When each object had been written, in seconds from the start."""

    @classmethod
    def parse(cls, fields: Mapping[str, Any]) -> "Tally":
        """A tally from its fields in JSON."""
        return cls(**{**fields, "calls": Counter(fields["calls"])})

    def count(self, operation: str, request: Mapping[str, Any], response: Mapping[str, Any]) -> None:
        """Count a successful call."""
        items = _items(response)
        self.items_read += len(items)
        writes = request.get("TransactItems", ()) if operation == "TransactWriteItems" else ()
        self.rows_written += len(writes)
        self.units_written += sum(2 * units(write.get("Put", {}).get("Item", {}), WRITE_UNIT) for write in writes)
        self.units_read += _units_read(operation, request, items)
        if operation == "PutObject" and isinstance(request.get("Body"), bytes):
            self.objects_written += 1
            self.bytes_written += len(request["Body"])
            self.objects[request["Key"]] = len(request["Body"])

    @property
    def counts(self) -> dict[str, int]:
        """The counts that must not depend on the size of the archive."""
        return {
            "AWS calls": self.calls.total(),
            **{f"· {operation}": self.calls[operation] for operation in sorted(self.calls)},
            "rows written": self.rows_written,
            "objects written": self.objects_written,
        }


@contextmanager
def tallied(every_thread: bool = False) -> Iterator[Tally]:
    """Count the calls in the context: of this thread, or of `every_thread` where the process does nothing else.

    A failed call counts as a call, with nothing read or written.
    """
    tally, lock, own = Tally(), threading.Lock(), threading.get_ident()
    done: list[tuple[str, dict[str, Any], Any]] = []  # counted at the end, so that counting takes none of the time
    clock: Callable[[], float] = time.process_time if every_thread else time.thread_time
    begun = time.monotonic()
    # Every call of every client goes through this method.
    send = BaseClient._make_api_call  # type: ignore[attr-defined]  # noqa: SLF001

    def counted(client: BaseClient, operation: str, request: dict[str, Any]) -> Any:
        if not every_thread and threading.get_ident() != own:
            return send(client, operation, request)
        start = time.thread_time()
        with lock:
            tally.calls[operation] += 1
        try:
            # A copy, because botocore replaces the body in the request with a file.
            response = send(client, operation, dict(request))
        finally:
            with lock:
                tally.clients += time.thread_time() - start
        done.append((operation, request, response))
        if operation == "PutObject":
            tally.written_at[request["Key"]] = time.monotonic() - begun
        return response

    BaseClient._make_api_call = counted  # type: ignore[attr-defined]  # noqa: SLF001
    try:
        start = clock()
        yield tally
        tally.cpu = clock() - start - tally.clients
        tally.seconds = time.monotonic() - begun
    finally:
        BaseClient._make_api_call = send  # type: ignore[attr-defined]  # noqa: SLF001
        for operation, request, response in done:
            tally.count(operation, request, response)


def units(item: Mapping[str, Any], unit: int) -> int:
    """The units of an item in DynamoDB's JSON: the bytes of names and values, about as DynamoDB counts them."""
    return max(1, ceil(_size(item) / unit))


def _size(item: Mapping[str, Any]) -> int:
    return len(json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode()) if item else 0


def _items(response: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The items in a response to GetItem, Query, BatchGetItem or TransactGetItems."""
    batches = response.get("Responses", ())
    if isinstance(batches, Mapping):
        return [item for items in batches.values() for item in items]
    items = [*response.get("Items", ()), *(each["Item"] for each in batches if "Item" in each)]
    return [*items, response["Item"]] if "Item" in response else items


def _units_read(operation: str, request: Mapping[str, Any], items: list[Mapping[str, Any]]) -> float:
    """A query is charged for all its items together, other reads for each; without ConsistentRead the half."""
    asked = _asked(operation, request)
    if not asked:
        return 0
    consistent = request.get("ConsistentRead") or any(each.get("ConsistentRead") for each in asked)
    factor = 2 if operation == "TransactGetItems" else 1 if consistent else 0.5
    if operation == "Query":
        return factor * max(1, ceil(sum(map(_size, items)) / READ_UNIT))
    keys = sum(len(each.get("Keys", "1")) for each in asked)  # an item that is not found costs a unit too
    return factor * max(keys, sum(units(item, READ_UNIT) for item in items))


def _asked(operation: str, request: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The reads in a request; none if it is no read."""
    match operation:
        case "Query" | "GetItem":
            return [request]
        case "BatchGetItem":
            return list(request["RequestItems"].values())
        case "TransactGetItems":
            return [each["Get"] for each in request["TransactItems"]]
    return []
