"""(i) Time to visible: from a record's arrival in the publisher's handler to the article's page, and to the end.

The publisher is a process of its own on one processor, as Lambda gives it at 1,769 MB. Its AWS calls are answered from
a recording, each after the latency of its operation (`benchmarks.replay`), so the emulator's own time does not count.
Each process publishes three articles: a large one right after its start, another one, and a small one.
"""

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import unquote, urlsplit

from benchmarks.processes import FunctionProcess, Invoked
from benchmarks.publishing import newsroom
from benchmarks.tally import Tally
from tests.api.events import answer

SIZES = (1_000, 100_000)
RUNS = 5
SMALL: Mapping[str, Any] = {"tags": ["council"], "authors": ["Author 2"], "image": None}
# What each process publishes, in this order.
ARTICLES: Mapping[str, Mapping[str, Any]] = {"started": {}, "warm": {}, "small": SMALL}


@dataclass(frozen=True)
class Visible:
    """Seconds until the article's page was written, and until all was and the handler had returned."""

    page: float
    done: float
    tally: Tally


Figures = Mapping[int, Mapping[str, Sequence[Visible]]]
"""Runs by the size of the archive and the kind of article."""


@dataclass(frozen=True)
class Recorded:
    """The events of the articles, the keys of their pages, and AWS's responses to the publisher."""

    tree: Path
    variables: Mapping[str, str]
    events: Sequence[dict[str, Any]]
    pages: Sequence[str]
    recordings: Sequence[Path]


def measure(trees: Mapping[str, Path], sizes: Sequence[int] = SIZES, runs: int = RUNS) -> dict[str, Figures]:
    """Publish by the code of each tree, in archives of these sizes. The trees and sizes take turns."""
    figures: dict[str, dict[int, dict[str, list[Visible]]]] = {
        name: {size: {kind: [] for kind in ARTICLES} for size in sizes} for name in trees
    }
    with tempfile.TemporaryDirectory() as folder:
        recorded = {
            (name, size): record(tree, size, Path(folder, f"{name}-{size}"))
            for size in sizes
            for name, tree in trees.items()
        }
        for _ in range(runs):
            for (name, size), each in recorded.items():
                for kind, visible in zip(ARTICLES, replay(each), strict=True):
                    figures[name][size][kind].append(visible)
    return dict(figures)


def record(tree: Path, size: int, folder: Path) -> Recorded:
    """Publish the articles by a new publisher over the emulator."""
    folder.mkdir()
    with newsroom(size, tree) as room:
        variables = room.emulator.environment("publish")
        events, pages, recordings = [], [], []
        with FunctionProcess("publish", variables, tree) as publisher:
            for kind, fields in ARTICLES.items():
                pages.append(_key(room.put({**room.sent(), **fields})))
                events.append({"Records": room.emulator.new_records()})
                recordings.append(folder / kind)
                _check(publisher.invoke(events[-1], recordings[-1]))
    return Recorded(tree, variables, events, pages, recordings)


def replay(recorded: Recorded) -> list[Visible]:
    """Publish the recorded articles by a new process on one processor."""
    processor = max(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None  # not on macOS
    with FunctionProcess(
        "publish", recorded.variables, recorded.tree, recorded.recordings, processor=processor
    ) as publisher:
        published = [_check(publisher.invoke(event)) for event in recorded.events]
    return [
        Visible(
            each.started + each.tally.written_at[page],
            each.started + each.tally.seconds,
            each.tally,
        )
        for page, each in zip(recorded.pages, published, strict=True)
    ]


def page(runs: Sequence[Visible]) -> float:
    """Seconds to the page, the median of the runs."""
    return median(run.page for run in runs)


def done(runs: Sequence[Visible]) -> float:
    """Seconds to the end, the median of the runs."""
    return median(run.done for run in runs)


def cpu(runs: Sequence[Visible]) -> float:
    """Seconds of own processor time, the median of the runs."""
    return median(run.tally.cpu for run in runs)


def _check(published: Invoked) -> Invoked:
    if published.response["batchItemFailures"]:
        raise RuntimeError(f"the article was not published: {published.response}")
    return published


def _key(put: Invoked) -> str:
    """The key of the page of the article that was put."""
    path = unquote(urlsplit(answer(put.response).json["url"]).path)
    return f"{path[1:]}index.html"
