"""Feed clients as people run them: each follows one feed, and stores the entries that it has seen."""

import json
import os
import shutil
import sqlite3
import subprocess
from abc import ABC, abstractmethod
from calendar import timegm
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import feedparser  # type: ignore[import-untyped]  # it has no types
import pytest
import reader

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Entry:
    """An entry as a client shows it."""

    id: str
    title: str
    link: str
    published: datetime


class Client(ABC):
    """Follows the feed at `url`, and may keep files in `folder`, which is its own.

    `endings` are those of the formats that it knows; `warm_up` is how many polls it takes before it asks for changes.
    """

    endings: ClassVar[tuple[str, ...]]
    warm_up: ClassVar[int]

    @abstractmethod
    def __init__(self, url: str, folder: Path) -> None: ...

    @abstractmethod
    def poll(self) -> None:
        """Request the feed once, and store its changes."""

    @abstractmethod
    def held(self) -> dict[str, Entry]:
        """Every entry that it has seen, in its latest state, by id."""

    def close(self) -> None:  # noqa: B027  most have nothing open between polls
        """Stop following."""


class Feedparser(Client):
    """feedparser, which sends the validators of the last answer, as its documentation asks."""

    endings = ("xml", "atom")
    warm_up = 1

    def __init__(self, url: str, _folder: Path) -> None:
        self._url = url
        self._validators: dict[str, str | None] = {}
        self._held: dict[str, Entry] = {}

    def poll(self) -> None:
        found = feedparser.parse(self._url, **self._validators)
        assert not found.bozo, found.get("bozo_exception")
        if found.status != 304:
            self._validators = {name: found.get(name) for name in ("etag", "modified")}
        self._held |= {entry.id: entry for entry in _parsed(found)}

    def held(self) -> dict[str, Entry]:
        return dict(self._held)


class Reader(Client):
    """lemon24's reader. `result` is that of its last poll, None for no change."""

    endings = ("xml", "atom", "json")
    warm_up = 1

    def __init__(self, url: str, folder: Path) -> None:
        self._reader = reader.make_reader(str(folder / "reader.sqlite"))
        self._reader.add_feed(url)
        self.result: reader.UpdatedFeed | None = None

    def poll(self) -> None:
        # Of its own accord it leaves a feed alone until the next hour.
        [result] = self._reader.update_feeds_iter(scheduled=False)
        if isinstance(result.value, Exception):
            raise result.value
        self.result = result.value

    def held(self) -> dict[str, Entry]:
        return {entry.id: _shown(entry) for entry in self._reader.get_entries()}

    def close(self) -> None:
        self._reader.close()


class Newsboat(Client):
    """newsboat without its screen, with one cache for each feed, so that tests share none."""

    endings = ("xml", "atom")
    warm_up = 2  # the first time it has no row yet to keep the validators in

    def __init__(self, url: str, folder: Path) -> None:
        required(shutil.which("newsboat") is not None, "newsboat is not installed")
        self._folder = folder
        (folder / "urls").write_text(f"{url}\n", encoding="utf-8")
        (folder / "config").touch()

    def poll(self) -> None:
        self._run("reload")

    def held(self) -> dict[str, Entry]:
        with closing(sqlite3.connect(self._folder / "cache.db")) as cache:
            rows = cache.execute("SELECT guid, title, url, pubDate FROM rss_item").fetchall()
        return {id: Entry(id, title, link, datetime.fromtimestamp(at, UTC)) for id, title, link, at in rows}

    def unread(self) -> int:
        """How many entries it shows as unread."""
        return int(self._run("print-unread").split()[0])

    def _run(self, command: str) -> str:
        places = ("--config-file=config", "--url-file=urls", "--cache-file=cache.db")
        done = subprocess.run(  # noqa: S603  nothing in it is from outside
            ["newsboat", "--quiet", *places, f"--execute={command}"],  # noqa: S607  whichever is on the PATH
            cwd=self._folder,
            env={"PATH": os.environ["PATH"], "HOME": str(self._folder), "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout


CLIENTS: tuple[type[Client], ...] = (Feedparser, Reader, Newsboat)


def parsed_by_feedparser(url: str) -> list[Entry]:
    """The entries of the feed at this address, in its order."""
    found = feedparser.parse(url)
    assert not found.bozo, found.get("bozo_exception")
    return _parsed(found)


def parsed_by_node(urls: Iterable[str]) -> dict[tuple[str, str], list[Entry]]:
    """The entries of these feeds, in their order, by parser and address; rss-parser takes no JSON Feed."""
    required((HERE / "node_modules").is_dir(), "the parsers for Node are not installed; make proof installs them")
    done = subprocess.run(  # noqa: S603  it runs our own code
        ["node", HERE / "parse.mjs", *urls],  # noqa: S607  whichever Node is on the PATH
        capture_output=True,
        text=True,
        check=True,
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {
        (each["parser"], each["url"]): [
            Entry(**entry | {"published": datetime.fromisoformat(entry["published"])}) for entry in each["entries"]
        ]
        for each in found
    }


def required(there: bool, otherwise: str) -> None:
    """Skip the test where its client is missing. CI has them all, and fails."""
    if not there and os.environ.get("CI") == "true":
        pytest.fail(otherwise)
    if not there:
        pytest.skip(otherwise)


def _parsed(found: feedparser.FeedParserDict) -> list[Entry]:
    return [
        Entry(entry.id, entry.title, entry.link, datetime.fromtimestamp(timegm(entry.published_parsed), UTC))
        for entry in found.entries
    ]


def _shown(entry: reader.Entry) -> Entry:
    assert entry.title
    assert entry.link
    assert entry.published
    return Entry(entry.id, entry.title, entry.link, entry.published)
