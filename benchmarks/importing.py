"""(g) A list of subscribers: what the API asks of AWS for it, what it takes of our processor, and what both sides hold.

AWS's answers are those of an empty table, given at the wire: the emulator copies its whole table for each transaction,
which would be what is measured.
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
TIMED = 10  # batches, and as many are looked at for what they hold
ASKED = "2024-05-06T07:08:09Z"
# A row of the table, as the peer writes one.
PERSON = {
    "preferences": {"edition": "en", "sections": [], "frequency": "daily"},
    "consent": {"at": ASKED, "source": "ghost", "wording": "import", "edition": "en"},
    "confirmed_at": None,
}
ROW: dict[str, object] = {
    "pk": "SUBSCRIBER#0123456789abcdef012345",
    "sk": "META",
    "state": "confirmed",
    "changed_at": ASKED,
    "mailed": [],
    "bounces": [],
    "revision": 1,
    **dict.fromkeys(("nonce", "reason", "unanswered_at", "delivered_at")),
}


@dataclass
class Import:
    """What a list took. Processor time is in seconds for each of some batches, of the API and of its peer, which has
    email-validator check the same addresses and boto3's serializer write as large rows, and does nothing else. `held`
    and `read` are the most bytes that the API held for a batch at the end of a list of each size, and the command for a
    whole one."""

    tally: Tally = field(default_factory=Tally)
    own: list[float] = field(default_factory=list)
    peer: list[float] = field(default_factory=list)
    held: dict[int, int] = field(default_factory=dict)
    read: dict[int, int] = field(default_factory=dict)

    @property
    def a_second(self) -> float:
        """Subscribers taken in, in a second of our own processor time."""
        return BATCH / median(self.own)

    @property
    def ratio(self) -> float:
        return median(own / peer for own, peer in zip(self.own, self.peer, strict=True))

    @property
    def calls_per_thousand(self) -> float:
        return 1000 * self.tally.calls.total() / (BATCH * len(self.own))

    def growth(self, bytes: Mapping[int, int]) -> float:
        """How many times as much is held for the largest size as for the smallest."""
        return bytes[max(bytes)] / bytes[min(bytes)]


def measure(sizes: tuple[int, ...] = SIZES) -> Import:
    """Take in a list, and read files, of these sizes."""
    taken = Import()
    with deployed() as deployment, environed(deployment, "subscribers"), empty_table():
        _take_in(0)  # a new process reads the keys first
        for batch in range(1, TIMED + 1):
            tally = _take_in(batch)
            taken.tally.calls += tally.calls
            taken.own.append(tally.cpu)
            taken.peer.append(_check(batch))
        before = TIMED + 1
        for size in sizes:
            for batch in range(before, size // BATCH - TIMED):
                _take_in(batch)
            before = size // BATCH
            taken.held[size] = max(_most(partial(_take_in, batch)) for batch in range(TIMED))
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            listing = SubscriberFile.open(_file(Path(folder, "list.csv"), size), None, None, None)
            # The bar draws itself at its own times, which only ever adds.
            taken.read[size] = min(_most(partial(import_all, _accept, listing)) for _ in range(3))
    return taken


@contextmanager
def empty_table() -> Iterator[None]:
    """The function's own DynamoDB client is answered as by an empty table that takes everything."""
    module: Any = importlib.import_module("subscribers")
    events = module.stores()[0]._client.meta.events  # noqa: SLF001  # the wire

    def say(model: Any, **_: Any) -> tuple[Any, Mapping[str, Any]]:
        said: dict[str, Any] = {}
        if model.name == "BatchGetItem":
            said = {"Responses": {module.settings.subscribers_table: []}, "UnprocessedKeys": {}}
        return SimpleNamespace(status_code=200), said | {"ResponseMetadata": {}}

    events.register("before-call", say)
    try:
        yield
    finally:
        events.unregister("before-call", say)


def _take_in(batch: int) -> Tally:
    said, tally = invoke("subscribers", request("POST", "/api/subscribers", {"subscribers": _rows(batch)}))
    outcomes = answer(said).json["outcomes"]
    if outcomes != [{"outcome": "new"}] * BATCH:
        raise RuntimeError(f"the list was not taken in: {outcomes}")
    return tally


def _check(batch: int) -> float:
    rows, serializer = _rows(batch), TypeSerializer()
    start = time.thread_time()
    for row in rows:
        address = validate_email(str(row["email"]), check_deliverability=False).normalized
        item = ROW | {"person": PERSON | {"address": address}}
        _ = {name: serializer.serialize(value) for name, value in item.items()}
    return time.thread_time() - start


def _rows(batch: int) -> list[Fields]:
    return [
        {"email": f"reader{number}@example.org", "status": "subscribed", "consented_at": ASKED, "source": "ghost"}
        for number in range(batch * BATCH, (batch + 1) * BATCH)
    ]


def _most(work: Callable[[], object]) -> int:
    """The most bytes that the work held at any moment, beyond what there was before."""
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
        file.writelines(f"reader{number}@example.org,subscribed,{ASKED},ghost\r\n" for number in range(size))
    return path


def _accept(rows: Objects) -> Objects:
    """Stands where the API does, and takes everybody."""
    return [{"outcome": "new"}] * len(rows)
