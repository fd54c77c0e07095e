"""Counts AWS calls and measures own processor time."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from botocore.client import BaseClient


@dataclass
class Tally:
    """AWS calls of a piece of work. `cpu` is in seconds of this thread, without botocore and the emulator.

    Items read are those in responses to Query and GetItem, rows written those in transactions; objects and bytes
    written are those of S3's PutObject.
    """

    calls: Counter[str] = field(default_factory=Counter)
    items_read: int = 0
    rows_written: int = 0
    objects_written: int = 0
    bytes_written: int = 0
    cpu: float = 0.0

    def count(self, request: dict[str, Any], response: dict[str, Any]) -> None:
        """Count a successful call."""
        self.items_read += len(response.get("Items", ())) + ("Item" in response)
        self.rows_written += len(request.get("TransactItems", ()))
        if isinstance(request.get("Body"), bytes):
            self.objects_written += 1
            self.bytes_written += len(request["Body"])

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
def tallied() -> Iterator[Tally]:
    """Count the calls of this thread in the context. A failed call counts as a call, with nothing read or written."""
    tally = Tally()
    spent, own = 0.0, threading.get_ident()
    # Every call of every client goes through this method.
    send = BaseClient._make_api_call  # type: ignore[attr-defined]  # noqa: SLF001

    def counted(client: BaseClient, operation: str, request: dict[str, Any]) -> Any:
        nonlocal spent
        if threading.get_ident() != own:
            return send(client, operation, request)
        start = time.thread_time()
        tally.calls[operation] += 1
        try:
            # A copy, because botocore replaces the body in the request with a file.
            response = send(client, operation, dict(request))
            tally.count(request, response)
        finally:
            spent += time.thread_time() - start
        return response

    with mock.patch.object(BaseClient, "_make_api_call", counted):
        start = time.thread_time()
        yield tally
        tally.cpu = time.thread_time() - start - spent
