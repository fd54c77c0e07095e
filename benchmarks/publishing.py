"""(a) Publishing one article into archives of different sizes, from the editor's PUT to the last feed."""

import importlib
import io
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from multiprocessing import get_context
from typing import Any
from unittest import mock

from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from benchmarks import archive
from benchmarks.environment import environment
from benchmarks.tally import Tally, tallied
from infra.local.template import REGION
from tests.events import Context, answer, request
from tests.world import World, deployed

SIZES = (1_000, 10_000, 100_000)
WARM, COLD = 15, 5  # how many articles are published, one after the other
ENTRY_POINTS = {"articles": "ArticlesFunction", "publish": "PublishFunction"}


@dataclass
class Published:
    """What one article took: the editor's PUT, and the publishing that followed from it."""

    put: Tally
    publish: Tally


@dataclass
class Newsroom:
    """The two functions over one archive. Every article that goes in has a headline and a text of its own."""

    world: World
    size: int
    _numbers: Iterator[int] = field(default_factory=count)

    def newest(self) -> Published:
        """Publish an article of the archive's newest day, in a process that has published before."""
        return self._publish(archive.NEWEST)

    def newest_cold(self) -> Published:
        """The same in a process that remembers nothing. Its imports and clients are measured elsewhere."""
        for name, module in list(sys.modules.items()):
            if name in ENTRY_POINTS or name.split(".")[0] == "broadsheet":
                for value in vars(module).values():
                    if hasattr(value, "cache_clear"):
                        value.cache_clear()
        self._function("articles").stores()
        self._function("publish").publisher()
        return self._publish(archive.NEWEST)

    def back_dated(self) -> Published:
        """Publish an article that belongs in the archive's middle."""
        return self._publish(archive.NEWEST - self.size // 2 * timedelta(days=1) / archive.PER_DAY)

    def _publish(self, day: datetime) -> Published:
        number = next(self._numbers)
        sent = {
            "edition": archive.EDITION,
            "headline": f"Late edition, number {number}",
            "summary": "What the day had to say after all.",
            "body": {"format": "markdown", "text": archive.text(-1 - number)},
            "section": "city",
            "tags": ["topic 1", "place 1"],
            "authors": ["Author 1"],
            "published_at": (day + timedelta(minutes=number)).isoformat(),
        }
        table = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].get_table(self.world.table)
        assert table.stream_shard
        read = len(table.stream_shard.items)
        event = request("PUT", f"/api/articles/late-{number}", sent)
        with redirect_stdout(io.StringIO()), tallied() as put:
            created = self._function("articles").handler(event, Context())
        assert answer(created).status == 201, created
        records = [record.to_json() for record in table.stream_shard.items[read:]]
        batch = {"Records": [record for record in records if record["dynamodb"]["Keys"]["sk"]["S"] == "META"]}
        with redirect_stdout(io.StringIO()), tallied() as publish:
            failed = self._function("publish").handler(batch, Context())
        assert failed == {"batchItemFailures": []}, failed
        return Published(put, publish)

    def _function(self, name: str) -> Any:
        return importlib.import_module(name)


@contextmanager
def newsroom(size: int) -> Iterator[Newsroom]:
    """A newsroom over an archive of `size` articles, in this process. Every page of the two days is there already."""
    with deployed() as deployment, archive.quick_queries(), ExitStack() as stack:
        variables = {
            name: value
            for function in ENTRY_POINTS.values()
            for name, value in deployment.environment(function).items()
        }
        stack.enter_context(mock.patch.dict(os.environ, environment() | variables))
        world = World(deployment)
        archive.fill(world, size)
        room = Newsroom(world, size)
        room.newest_cold()
        room.back_dated()
        yield room


@dataclass
class Measured:
    """Every article published in one newsroom, by how it was."""

    newest: list[Published]
    newest_cold: list[Published]
    back_dated: list[Published]


def measure(sizes: Sequence[int] = SIZES) -> dict[int, Measured]:
    """Publish in newsrooms of these sizes. Each has a process of its own, and they take turns: whatever else this
    machine does meanwhile, it does to all of them."""
    processes = get_context("spawn")
    with ExitStack() as stack:
        rooms = {size: stack.enter_context(ProcessPoolExecutor(1, processes)) for size in sizes}
        opened = [room.submit(_open, size) for size, room in rooms.items()]
        for future in opened:
            future.result()
        measured = {size: Measured([], [], []) for size in sizes}
        for kind, times in (("newest", WARM), ("newest_cold", COLD), ("back_dated", COLD)):
            for _ in range(times):
                for size, room in rooms.items():
                    getattr(measured[size], kind).append(room.submit(_publish, kind).result())
        return measured


_stack = ExitStack()
_rooms: list[Newsroom] = []
"""In a process of `measure`, the one newsroom that it has."""


def _open(size: int) -> None:
    _rooms.append(_stack.enter_context(newsroom(size)))


def _publish(kind: str) -> Published:
    published: Published = getattr(_rooms[0], kind)()
    return published
