"""A mirror that calls the API, as docs/articles-api.md describes it, while four editors write at once."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import urlencode

import pytest

from broadsheet_cli.client import Client, connect
from broadsheet_cli.errors import Refused
from infra.local.deployment.local_deployment import LocalDeployment
from tests.world import fields

pytestmark = pytest.mark.proof

WRITERS, CHANGES, IDS = 4, 50, 8
PREFIX = "mirrored-"


def change(editor: Client, random: Random) -> None:
    """Change one article in some way; what the API refuses in its state is refused."""
    id = f"{PREFIX}{random.randrange(IDS)}"
    later = (datetime.now(UTC) + timedelta(seconds=random.randrange(1, 4))).isoformat(timespec="seconds")
    with suppress(Refused):
        match random.choice(["put", "put", "schedule", "withdraw", "postpone", "restore"]):
            case "withdraw":
                editor.withdraw(id)
            case "postpone":
                editor.withdraw(id, until=later)
            case "restore":
                editor.restore(id, random.randrange(1, 4))
            case kind:
                published_at = later if kind == "schedule" else None
                edition = random.choice(["en", "ar"])
                headline = f"News number {random.randrange(1000)}"
                editor.put(id, fields(headline=headline, edition=edition, published_at=published_at, tags=[]))


class Mirror:
    """A copy of every article of this test, and nothing of those that are withdrawn."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.after = "2000-01-01T00:00:00Z"
        self.copies: dict[str, Mapping[str, Any]] = {}

    def ask(self) -> bool:
        """Make one call; whether another one has more."""
        query = urlencode({"changed_after": self.after, "limit": 7})
        page: Any = self.client.transport.send_json("GET", f"{self.client.api}/api/articles?{query}")
        for article in page["articles"]:
            if article["id"].startswith(PREFIX):
                self.copies.pop(article["id"], None)
                if article["status"] != "withdrawn":
                    self.copies[article["id"]] = article
        self.after = page["next"]
        return bool(page["more"])


def write(url: str, seed: int) -> None:
    random = Random(seed)  # noqa: S311  # not secret
    with connect(url) as editor:
        for _ in range(CHANGES):
            change(editor, random)


def test_a_mirror_holds_what_the_site_holds_after_changes_by_four_writers(local_deployment: LocalDeployment) -> None:
    with connect(local_deployment.url) as client, ThreadPoolExecutor(WRITERS) as pool:
        mirror = Mirror(client)
        writers = [pool.submit(write, local_deployment.url, seed) for seed in range(WRITERS)]
        while not all(writer.done() for writer in writers):
            mirror.ask()
        for writer in writers:
            writer.result()
        local_deployment.settle()
        while mirror.ask():
            pass
        held = {id: (each["revision"], each["headline"]) for id, each in mirror.copies.items()}
        stored = {}
        for number in range(IDS):
            with suppress(Refused):
                article = client.get(id := f"{PREFIX}{number}")
                stored[id] = (article["revision"], article["headline"])
    assert stored
    assert held == stored
