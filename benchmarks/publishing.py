"""(a) Publishing one article into archives of different sizes, from the editor's PUT to the last feed."""

import gc
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from multiprocessing import get_context

from benchmarks import archive
from benchmarks.lambdas import environed, invoke, restart
from benchmarks.tally import Tally
from tests.events import answer, request
from tests.world import World, deployed

SIZES = (1_000, 10_000, 100_000)
# How many articles are published, one after the other: on the newest day, the same by new processes, back-dated.
TIMES = {"newest": 21, "newest_cold": 9, "back_dated": 15}


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
        """Publish an article of the archive's newest day, by functions that have done so before."""
        return self._publish(archive.NEWEST)

    def newest_cold(self) -> Published:
        """The same by functions that remember nothing. Their imports and clients are measured elsewhere."""
        restart("articles", "publish")
        return self._publish(archive.NEWEST)

    def back_dated(self) -> Published:
        """Publish an article that belongs into the archive's middle."""
        return self._publish(archive.published_at(self.size // 2))

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
        before = len(archive.stream_of(self.world))
        created, put = invoke("articles", request("PUT", f"/api/articles/late-{number}", sent))
        records = archive.stream_of(self.world)[before:]
        batch = [record for record in records if record["dynamodb"]["Keys"]["sk"]["S"] == "META"]
        report, publish = invoke("publish", {"Records": batch})
        if answer(created).status != 201 or report["batchItemFailures"]:
            raise RuntimeError(f"the article was not published: {created}, {report}")
        return Published(put, publish)


@contextmanager
def newsroom(size: int) -> Iterator[Newsroom]:
    """A newsroom over an archive of `size` articles, in this process. The pages of both its days are there already."""
    with deployed() as deployment, archive.quick_queries(), environed(deployment, "articles", "publish"):
        world = World(deployment)
        archive.fill(world, size)
        room = Newsroom(world, size)
        room.newest()
        room.back_dated()
        yield room


def measure(sizes: Sequence[int] = SIZES) -> dict[int, dict[str, list[Published]]]:
    """Publish in newsrooms of these sizes; all that was published, by size and kind.

    Each newsroom has a process of its own, and they take turns: what this machine does meanwhile, it does to them all.
    """
    spawn = get_context("spawn")
    with ExitStack() as stack:
        rooms = {size: stack.enter_context(ProcessPoolExecutor(1, spawn, _open, (size,))) for size in sizes}
        for opening in [room.submit(_ready) for room in rooms.values()]:
            opening.result()
        measured: dict[int, dict[str, list[Published]]] = {size: {kind: [] for kind in TIMES} for size in sizes}
        for kind, times in TIMES.items():
            for _ in range(times):
                for size, room in rooms.items():
                    measured[size][kind].append(room.submit(_publish, kind).result())
        for room in rooms.values():
            room.submit(_close)
    return measured


_open_rooms = ExitStack()
_rooms: list[Newsroom] = []
"""In one of the processes of `measure`, the newsroom that it has."""


def _open(size: int) -> None:
    # A real archive is not in our memory, so our own work must not pay for collecting it.
    gc.disable()
    _rooms.append(_open_rooms.enter_context(newsroom(size)))
    gc.freeze()
    gc.enable()


def _close() -> None:
    _open_rooms.close()


def _ready() -> None:
    """Done when the process's newsroom is open."""


def _publish(kind: str) -> Published:
    published: Published = getattr(_rooms[0], kind)()
    return published
