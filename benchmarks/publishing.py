"""(a) Publishing one article into archives of different sizes, from the editor's PUT to the last feed.

Each archive is in the process of its emulator; the functions, which are measured, are in processes of their own.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

from benchmarks import archive
from benchmarks.processes import TREE, Emulator, FunctionProcess, Invoked
from benchmarks.tally import Tally
from broadsheet.model.history import PART_SIZE
from tests.api.events import answer, request

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

    emulator: Emulator
    articles: FunctionProcess
    publisher: FunctionProcess
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
        """The same by functions that have just started. Their imports and clients are measured elsewhere."""
        if self._open == PART_SIZE:
            self.closing()
        self.articles.restart()
        self.publisher.restart()
        return self._publish_newest()

    def closing(self) -> Published:
        """Publish the first article after a full part of the history, in all its channels at once."""
        before = [self.sent(archive.NEWEST) for _ in range(PART_SIZE - self._open)]
        if before:
            self._put_and_publish(before)
        self._open = 0
        return self._publish_newest()

    def back_dated(self) -> Published:
        """Publish an article into the middle of a January, near the middle of the archive, by functions that have
        just started.

        The month is complete in every archive. In one of a thousand articles the month before it is not.
        """
        self.articles.restart()
        self.publisher.restart()
        day = archive.published_at(self.size // 2).replace(month=1, day=16, hour=12)
        return self._put_and_publish([self.sent(day)])

    def _publish_newest(self) -> Published:
        self._open += 1
        return self._put_and_publish([self.sent(archive.NEWEST)])

    def _put_and_publish(self, articles: list[dict[str, Any]]) -> Published:
        """Put these articles, and publish them in one batch. The tally of putting is the last article's."""
        puts = [self.put(sent).tally for sent in articles]
        published = self.publisher.invoke({"Records": self.emulator.new_records()})
        if published.response["batchItemFailures"]:
            raise RuntimeError(f"the article was not published: {published.response}")
        return Published(puts[-1], published.tally)

    def put(self, sent: dict[str, Any]) -> Invoked:
        """Put an article, as its editor."""
        put = self.articles.invoke(request("PUT", f"/api/articles/{sent['slug']}", sent))
        if answer(put.response).status != 201:
            raise RuntimeError(f"the article was refused: {put.response}")
        return put

    def sent(self, day: datetime = archive.NEWEST) -> dict[str, Any]:
        """A new article of that day, as its editor sends it."""
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
def newsroom(size: int, tree: Path = TREE) -> Iterator[Newsroom]:
    """A newsroom over an archive of `size` articles, whose functions are warm, in the code of the tree."""
    with Emulator(size, tree) as emulator, _over(emulator, size) as room:
        yield room


@contextmanager
def _over(emulator: Emulator, size: int) -> Iterator[Newsroom]:
    with (
        FunctionProcess("articles", emulator.environment("articles"), emulator.tree) as articles,
        FunctionProcess("publish", emulator.environment("publish"), emulator.tree) as publisher,
    ):
        room = Newsroom(emulator, articles, publisher, size)
        room.newest()
        yield room


def measure(sizes: Sequence[int] = SIZES) -> dict[int, dict[str, list[Published]]]:
    """Publish in newsrooms of these sizes. Returns what was published, by size and kind.

    The newsrooms take turns, so other load on this machine slows all of them alike.
    """
    with ExitStack() as stack:
        emulators = {size: stack.enter_context(Emulator(size)) for size in sizes}
        rooms = {size: stack.enter_context(_over(emulator, size)) for size, emulator in emulators.items()}
        for room in rooms.values():
            room.back_dated()  # so that its documents exist
            room.newest()
        measured: dict[int, dict[str, list[Published]]] = {size: {kind: [] for kind in TIMES} for size in sizes}
        for kind, times in TIMES.items():
            for _ in range(times):
                for size, room in rooms.items():
                    measured[size][kind].append(getattr(room, kind)())
    return measured
