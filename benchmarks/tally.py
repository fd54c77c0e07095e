"""What a piece of work asks of AWS, and what it takes from our own processor."""

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
    """Counts of one piece of work. `cpu` is in seconds of this thread, without what botocore and the emulator take.

    Items read are those in the answers to Query and GetItem, rows written those in transactions; objects and bytes
    written are what S3's PutObject was given.
    """

    calls: Counter[str] = field(default_factory=Counter)
    items_read: int = 0
    rows_written: int = 0
    objects_written: int = 0
    bytes_written: int = 0
    cpu: float = 0.0

    def count(self, request: dict[str, Any], response: dict[str, Any]) -> None:
        """Count one call that was answered."""
        self.items_read += len(response.get("Items", ())) + ("Item" in response)
        self.rows_written += len(request.get("TransactItems", ()))
        if isinstance(request.get("Body"), bytes):
            self.objects_written += 1
            self.bytes_written += len(request["Body"])

    @property
    def counts(self) -> dict[str, int]:
        """Everything that must not depend on how much the system holds."""
        return {
            "AWS calls": self.calls.total(),
            **{f"· {operation}": self.calls[operation] for operation in sorted(self.calls)},
            "rows written": self.rows_written,
            "objects written": self.objects_written,
        }


@contextmanager
def tallied() -> Iterator[Tally]:
    """Tally what happens inside, in this thread. A call that fails counts as one, with nothing read or written."""
    tally = Tally()
    spent, own = 0.0, threading.get_ident()
    # The one gate that every call of every client goes through.
    send = BaseClient._make_api_call  # type: ignore[attr-defined]  # noqa: SLF001

    def counted(client: BaseClient, operation: str, request: dict[str, Any]) -> Any:
        nonlocal spent
        if threading.get_ident() != own:
            return send(client, operation, request)
        start = time.thread_time()
        tally.calls[operation] += 1
        try:
            # A copy, because botocore makes a file of a body in the request that it is given.
            response = send(client, operation, dict(request))
            tally.count(request, response)
        finally:
            spent += time.thread_time() - start
        return response

    with mock.patch.object(BaseClient, "_make_api_call", counted):
        start = time.thread_time()
        yield tally
        tally.cpu = time.thread_time() - start - spent
