"""(g) An import of subscribers: AWS calls, processor time, and the memory of the API and of the command.

The benchmark answers the AWS calls itself, as for an empty table: moto copies its whole table for each transaction,
which would dominate the measurement.
"""

import gc
import importlib
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

from boto3.dynamodb.types import TypeSerializer
from email_validator import validate_email

from benchmarks.lambdas import environed, invoke
from benchmarks.tally import Tally
from broadsheet_cli.client import Objects
from broadsheet_cli.formats import Fields
from broadsheet_cli.subscriber_file import SubscriberFile
from broadsheet_cli.subscribers import BATCH, import_all
from tests.api.events import answer, request
from tests.world import deployed

SIZES = (1_000, 100_000)
TIMED = 10  # batches, and as many again to measure memory
CONSENTED_AT = "2024-05-06T07:08:09Z"
# A row of the table, as the peer writes it.
PROFILE = {
    "preferences": {"edition": "en", "sections": [], "frequency": "daily"},
    "consent": {"at": CONSENTED_AT, "source": "ghost", "wording": "import", "edition": "en"},
    "confirmed_at": None,
}
ROW: dict[str, object] = {
    "pk": "SUBSCRIBER#0123456789abcdef012345",
    "sk": "META",
    "state": "confirmed",
    "changed_at": CONSENTED_AT,
    "confirmations_sent_at": [],
    "bounces": [],
    "revision": 1,
    **dict.fromkeys(("nonce", "suppression_reason", "awaiting_confirmation_since", "delivered_at")),
}


@dataclass
class Import:
    """What an import took. `own` and `peer` are seconds of processor time per batch, of the API and of its peer, which
    only validates the same emails with email-validator and serializes rows of the same size with boto3. `api_memory` is
    the peak in bytes of the API for a batch at the end of a list of each size, `command_memory` of the command for a
    whole list."""

    tally: Tally = field(default_factory=Tally)
    own: list[float] = field(default_factory=list)
    peer: list[float] = field(default_factory=list)
    api_memory: dict[int, int] = field(default_factory=dict)
    command_memory: dict[int, int] = field(default_factory=dict)

    @property
    def a_second(self) -> float:
        """Subscribers imported in a second of our own processor time."""
        return BATCH / median(self.own)

    @property
    def ratio(self) -> float:
        return median(own / peer for own, peer in zip(self.own, self.peer, strict=True))

    @property
    def calls_per_thousand(self) -> float:
        return 1000 * self.tally.calls.total() / (BATCH * len(self.own))

    def growth(self, bytes: Mapping[int, int]) -> float:
        """The memory for the largest size, as a multiple of that for the smallest."""
        return bytes[max(bytes)] / bytes[min(bytes)]


def measure(sizes: tuple[int, ...] = SIZES, timed: int = TIMED) -> Import:
    """Import lists, and read files, of these sizes."""
    result = Import()
    with deployed() as deployment, environed(deployment, "subscribers"), empty_table():
        _import_batch(0)  # a new process reads the keys first
        for batch in range(1, timed + 1):
            tally = _import_batch(batch)
            result.tally.calls += tally.calls
            result.own.append(tally.cpu)
            result.peer.append(_peer(batch))
        before = timed + 1
        for size in sizes:
            for batch in range(before, size // BATCH - timed):
                _import_batch(batch)
            before = size // BATCH
            result.api_memory[size] = max(_peak_memory(partial(_import_batch, batch)) for batch in range(timed))
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            file = SubscriberFile.open(_file(Path(folder, "list.csv"), size), None, None, None)
            # The minimum, because the progress bar draws at its own times.
            result.command_memory[size] = min(_peak_memory(partial(import_all, _accept, file)) for _ in range(3))
    return result


@contextmanager
def empty_table() -> Iterator[None]:
    """The function's DynamoDB client gets the answers of an empty table."""
    module: Any = importlib.import_module("subscribers")
    events = module.deps().subscribers._table.client.meta.events  # noqa: SLF001  # the wire

    def respond(model: Any, **_: Any) -> tuple[Any, Mapping[str, Any]]:
        content: dict[str, Any] = {}
        if model.name == "BatchGetItem":
            content = {"Responses": {module.settings.subscribers_table: []}, "UnprocessedKeys": {}}
        return SimpleNamespace(status_code=200), content | {"ResponseMetadata": {}}

    events.register("before-call", respond)
    try:
        yield
    finally:
        events.unregister("before-call", respond)


def _import_batch(batch: int) -> Tally:
    response, tally = invoke("subscribers", request("POST", "/api/subscribers", {"subscribers": _rows(batch)}))
    results = answer(response).json["results"]
    if results != [{"result": "added", "mail": True}] * BATCH:
        raise RuntimeError(f"the list was not imported: {results}")
    return tally


def _peer(batch: int) -> float:
    rows, serializer = _rows(batch), TypeSerializer()
    start = time.thread_time()
    for row in rows:
        email = validate_email(str(row["email"]), check_deliverability=False).normalized
        item = ROW | {"profile": PROFILE | {"email": email}}
        _ = {name: serializer.serialize(value) for name, value in item.items()}
    return time.thread_time() - start


def _rows(batch: int) -> list[Fields]:
    return [
        {
            "email": f"reader{number}@example.org",
            "status": "subscribed",
            "consented_at": CONSENTED_AT,
            "source": "ghost",
        }
        for number in range(batch * BATCH, (batch + 1) * BATCH)
    ]


def _peak_memory(work: Callable[[], object]) -> int:
    """The peak memory of the work in bytes."""
    gc.collect()
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _file(path: Path, size: int) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("email,status,consented_at,source\r\n")
        file.writelines(f"reader{number}@example.org,subscribed,{CONSENTED_AT},ghost\r\n" for number in range(size))
    return path


def _accept(rows: Objects) -> Objects:
    """Replaces the API, and adds every subscriber."""
    return [{"result": "added"}] * len(rows)
