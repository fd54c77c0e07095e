"""(l) Publishing that goes on: ten articles a second for a minute, and a news item in the middle of an import.

The publisher runs as the stream would invoke it: batches in the order of the writes, and again from the first record
that it reports as failed. All share this machine with the emulator, which answers one call at a time, so the figures
are upper limits.

The emulator answers some 170 calls a second, as many as three or four articles need, so at ten a second the publisher
falls behind from the first minute on. `python -m benchmarks.sustaining 600 3` publishes three a second for ten minutes.
"""

import json
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from benchmarks import archive
from benchmarks.processes import Emulator, FunctionProcess
from benchmarks.publishing import Newsroom, newsroom
from tests.api.events import answer

SIZE = 1_000
SECONDS, A_SECOND = 60, 10
IMPORTED = 300
NEWS = archive.NEWEST + timedelta(hours=1)  # later than all others
FIRST_DELAY, MAX_DELAY, POLL = 0.1, 1.0, 0.25  # seconds
PATIENCE = 120.0  # seconds until the benchmark gives up waiting


@dataclass(frozen=True)
class Sustained:
    """What a minute of articles and an import took.

    `a_second` is the rate at which the articles were put, `settled` the seconds from the last put until every record
    was processed, `missing` the pages that were not there then. `news` is the seconds from the put of the news item
    until the front page showed it, `before` the imported articles that had been put before it. Both are at most
    `PATIENCE`.
    """

    articles: int
    a_second: float
    settled: float
    dead_letters: int
    missing: int
    before: int
    news: float


@dataclass
class Delivery:
    """Delivers records to the publisher until it is stopped. `waiting` are those that are not processed yet."""

    emulator: Emulator
    publisher: FunctionProcess
    waiting: list[dict[str, Any]] = field(default_factory=list)
    idle: threading.Event = field(default_factory=threading.Event)
    stopped: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        delay = FIRST_DELAY
        while not self.stopped.is_set():
            self.waiting += self.emulator.new_records()
            if not self.waiting:
                self.idle.set()
                self.stopped.wait(FIRST_DELAY)
                continue
            self.idle.clear()
            batch = self.waiting[: self.emulator.batch_size]
            done = processed(batch, self.publisher.invoke({"Records": batch}).response)
            self.waiting = self.waiting[done:]
            delay = FIRST_DELAY if done else min(2 * delay, MAX_DELAY)
            if not done:
                self.stopped.wait(delay)


def processed(batch: list[dict[str, Any]], report: Any) -> int:
    """How many records of a batch are done: all before the first that is reported as failed."""
    failed = {each["itemIdentifier"] for each in report["batchItemFailures"]}
    numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
    return min((numbers.index(number) for number in failed), default=len(batch))


def measure(seconds: int = SECONDS, a_second: int = A_SECOND, imported: int = IMPORTED, size: int = SIZE) -> Sustained:
    """Publish so many articles a second for that long, and then a news item in the middle of an import."""
    with newsroom(size) as room, _delivering(room) as delivery:
        paths, rate = _put_at_rate(room, seconds * a_second, a_second)
        last = time.monotonic()
        _settle(delivery, last + PATIENCE)
        settled = time.monotonic() - last
        missing = len(paths) - len(paths & _pages(room))
        dead_letters = _dead_letters(room)
        before, news = _import(room, imported)
    return Sustained(len(paths), rate, settled, dead_letters, missing, before, news)


@contextmanager
def _delivering(room: Newsroom) -> Iterator[Delivery]:
    delivery = Delivery(room.emulator, room.publisher)
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(delivery.run)
        try:
            yield delivery
        finally:
            delivery.stopped.set()
            running.result()


def _put_at_rate(room: Newsroom, count: int, a_second: int) -> tuple[set[str], float]:
    """Put so many articles of the newest day, and return their paths and the rate."""
    begun = time.monotonic()
    paths = set()
    for number in range(count):
        time.sleep(max(0.0, begun + number / a_second - time.monotonic()))
        day = archive.NEWEST + timedelta(seconds=number)
        paths.add(_put(room, f"sustained-{number}", number, day))
    return paths, count / (time.monotonic() - begun)


def _import(room: Newsroom, count: int) -> tuple[int, float]:
    """Put so many old articles, and a news item in their middle: how many were put before it, and its seconds."""
    news = count // 2
    path, since = "", 0.0
    for number in range(count):
        if number == news:
            put = room.put(room.sent() | {"published_at": NEWS.isoformat()})
            path, since = _path(put.response), time.monotonic()
        elif path and _on_front(room, path):
            return news, time.monotonic() - since
        _put(room, f"imported-{number}", room.size + number, archive.published_at(room.size + number))
    while not _on_front(room, path) and time.monotonic() < since + PATIENCE:
        time.sleep(POLL)
    return news, time.monotonic() - since


def _put(room: Newsroom, id: str, number: int, at: datetime) -> str:
    """Put an article like those of the archive, and return its path."""
    manuscript = archive.manuscript(number)
    fields = {name: value for name, value in asdict(manuscript).items() if value is not None}
    body = {"format": fields.pop("format"), "text": fields.pop("text")}
    sent = json.loads(json.dumps(fields | {"body": body, "slug": id, "published_at": at.isoformat()}))
    return _path(room.put(sent).response)


def _path(response: Any) -> str:
    """The path of an article, from the slash after the host."""
    return "/" + str(answer(response).json["url"]).split("/", 3)[3]


def _settle(delivery: Delivery, until: float) -> None:
    """Wait until there is no record that was written before, and is not processed; or until that time."""
    for _ in range(2):  # the first may be from before the last put
        delivery.idle.clear()
        delivery.idle.wait(max(0.0, until - time.monotonic()))


def _pages(room: Newsroom) -> set[str]:
    bucket = room.emulator.environment("publish")["SITE_BUCKET"]
    listed = room.emulator.clients.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    keys = [entry["Key"] for page in listed for entry in page.get("Contents", ())]
    return {f"/{key.removesuffix('index.html')}" for key in keys}


def _on_front(room: Newsroom, path: str) -> bool:
    bucket = room.emulator.environment("publish")["SITE_BUCKET"]
    front = room.emulator.clients.s3.get_object(Bucket=bucket, Key=f"{archive.EDITION}/index.html")["Body"].read()
    return path.encode() in front


def _dead_letters(room: Newsroom) -> int:
    queue = room.emulator.environment("publish")["DEAD_LETTERS"]
    attributes: Any = room.emulator.clients.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])
    return int(attributes["Attributes"]["ApproximateNumberOfMessages"])


if __name__ == "__main__":
    print(measure(*map(int, sys.argv[1:])))  # noqa: T201  # the command's output
