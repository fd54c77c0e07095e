"""(a) Publishing one article into archives of different sizes, from the editor's PUT to the last feed."""

import gc
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from multiprocessing import get_context
from typing import Any

from benchmarks import archive
from benchmarks.lambdas import environed, invoke, restart
from benchmarks.tally import Tally
from broadsheet.model.history import PART_SIZE
from tests.api.events import answer, request
from tests.world import World, deployed

SIZES = (1_000, 10_000, 100_000)
# Articles of each kind that are published, one after the other.
TIMES = {"newest": 11, "newest_cold": 5, "closing": 3, "back_dated": 3}
# Every article that is published here has five tags and two authors, so it is in ten channels. The articles that each
# of these has a day: all editions together, the edition, the section, the tags, the authors.
CHANNELS = {"section": "city", "tags": list(archive.TAGS), "authors": list(archive.AUTHORS)}
DAILY = (
    archive.PER_DAY,
    archive.PER_DAY,
    *archive.SECTION.values(),
    *archive.TAGS.values(),
    *archive.AUTHORS.values(),
)


def most_objects(kind: str) -> int:
    """The objects that an article writes by design. The feed directory stays as it is, since no tag is new."""
    # Its page, its day and month, the month's heatmap and sitemap, and its month in each channel that has a page.
    paged = len(DAILY) - 2  # not in all editions together, nor in the edition
    own = 5 + paged
    if kind == "back_dated":
        # In each channel, the documents from its own, in the middle of a January, to the end of that month.
        most = 1 + TIMES[kind]
        return own + 3 * sum(ceil((31 * daily + most) / PART_SIZE) - 15 * daily // PART_SIZE for daily in DAILY)
    # The front, two fragments and the news; the channels' pages, and their feeds in three formats.
    ordinary = own + 4 + paged + 3 * len(DAILY)
    # In each channel, the document that is closed, and the one before it, which links to it from now on.
    return ordinary + 2 * 3 * len(DAILY) if kind == "closing" else ordinary


@dataclass
class Published:
    """What one article took: the editor's PUT, and publishing it."""

    put: Tally
    publish: Tally


@dataclass
class Newsroom:
    """The two functions over one archive. Every article has a headline and a text of its own."""

    world: World
    size: int
    _number: int = 0
    # Places in the open part of each channel's history: the same in all channels of these articles.
    _open: int = archive.OPEN

    def newest(self) -> Published:
        """Publish an article of the archive's newest day, by warm functions."""
        if self._open == PART_SIZE:
            self.closing()
        return self._publish_newest()

    def newest_cold(self) -> Published:
        """The same by cold functions. Their imports and clients are measured elsewhere."""
        if self._open == PART_SIZE:
            self.closing()
        restart("articles", "publish")
        return self._publish_newest()

    def closing(self) -> Published:
        """Publish the first article after a full part of the history, in all its channels at once."""
        before = [self._sent(archive.NEWEST) for _ in range(PART_SIZE - self._open)]
        if before:
            self._put_and_publish(before)
        self._open = 0
        return self._publish_newest()

    def back_dated(self) -> Published:
        """Publish an article into the middle of a January, near the middle of the archive, by cold functions.

        The month is complete in every archive. In one of a thousand articles the month before it is not.
        """
        restart("articles", "publish")
        day = archive.published_at(self.size // 2).replace(month=1, day=16, hour=12)
        return self._put_and_publish([self._sent(day)])

    def _publish_newest(self) -> Published:
        self._open += 1
        return self._put_and_publish([self._sent(archive.NEWEST)])

    def _put_and_publish(self, articles: list[dict[str, Any]]) -> Published:
        """Put these articles, and publish them in one batch. The tally of putting is the last article's."""
        before = len(archive.stream_of(self.world))
        for sent in articles:
            created, put = invoke("articles", request("PUT", f"/api/articles/{sent['slug']}", sent))
            if answer(created).status != 201:
                raise RuntimeError(f"the article was refused: {created}")
        records = archive.stream_of(self.world)[before:]
        batch = [record for record in records if record["dynamodb"]["Keys"]["sk"]["S"] == "META"]
        report, publish = invoke("publish", {"Records": batch})
        if report["batchItemFailures"]:
            raise RuntimeError(f"the article was not published: {report}")
        return Published(put, publish)

    def _sent(self, day: datetime) -> dict[str, Any]:
        self._number += 1
        return {
            "edition": archive.EDITION,
            "headline": f"Late edition, number {self._number}",
            "summary": "What the day had to say after all.",
            "body": {"format": "markdown", "text": archive.text(-self._number)},
            "image": archive.picture(self._number),
            "published_at": (day + timedelta(minutes=self._number)).isoformat(),
            "slug": f"late-{self._number}",
            **CHANNELS,
        }


@contextmanager
def newsroom(size: int) -> Iterator[Newsroom]:
    """A newsroom over an archive of `size` articles, in this process. Its functions are warm."""
    with deployed() as deployment, archive.quick_queries(), environed(deployment, "articles", "publish"):
        world = World(deployment)
        archive.fill(world, size)
        room = Newsroom(world, size)
        room.newest()
        yield room


def measure(sizes: Sequence[int] = SIZES) -> dict[int, dict[str, list[Published]]]:
    """Publish in newsrooms of these sizes. Returns what was published, by size and kind.

    Each newsroom has a process of its own, and they take turns, so other load on this machine slows all of them alike.
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
"""The newsroom of a process of `measure`."""


def _open(size: int) -> None:
    # A real archive is not in this process, so collecting its garbage must not count.
    gc.disable()
    room = _open_rooms.enter_context(newsroom(size))
    room.back_dated()  # so that its documents exist
    room.newest()
    _rooms.append(room)
    gc.freeze()
    gc.enable()


def _close() -> None:
    _open_rooms.close()


def _ready() -> None:
    """Done when the process's newsroom is open."""


def _publish(kind: str) -> Published:
    published: Published = getattr(_rooms[0], kind)()
    return published
