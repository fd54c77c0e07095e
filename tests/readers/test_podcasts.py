"""A section whose articles have recordings, followed in parsers of podcast clients."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import feedparser  # type: ignore[import-untyped]  # it has no types
import pytest

from broadsheet_cli.batch_put import put_all
from broadsheet_cli.client import Client as Editor
from infra.local.deployment.local_deployment import LocalDeployment
from tests.readers import edition
from tests.readers.clients import HERE, required

pytestmark = pytest.mark.proof

FEED = "/en/section/culture/feed"
RECORDINGS = {"one.mp3": b"ID3" + bytes(54_318), "two.m4a": bytes(4) + b"ftypM4A " + bytes(9_000)}
TYPES = {"one.mp3": "audio/mpeg", "two.m4a": "audio/x-m4a"}


@dataclass(frozen=True)
class Episode:
    """An episode as a podcast client shows it. `length` is in bytes, `duration` in seconds."""

    id: str
    title: str
    url: str
    type: str
    length: int
    duration: int


@pytest.fixture(scope="module")
def site(stack: LocalDeployment) -> LocalDeployment:
    """The deployment, with recordings in the site's bucket."""
    for name, content in RECORDINGS.items():
        key = f"media/{name}"
        stack.clients.s3.put_object(Bucket=stack.site_bucket, Key=key, Body=content, ContentType=TYPES[name])
    return stack


def put(site: LocalDeployment, editor: Editor, folder: Path, id: str, at: str, front: str, text: str) -> None:
    """Put a file with the command's own code, and wait until it is published."""
    head = f"edition: en\nheadline: Of {id}\nsection: culture\npublished_at: {at}\n"
    (folder / f"{id}.md").write_text(f"---\n{head}{front}---\n\n{text}\n", encoding="utf-8")
    assert put_all(editor, [folder / f"{id}.md"]).refused == 0
    site.settle()


def by_feedparser(url: str) -> list[Episode]:
    parsed = feedparser.parse(url)
    assert not parsed.bozo, parsed.get("bozo_exception")
    return [
        Episode(entry.id, entry.title, file.href, file.type, int(file.length), int(entry.get("itunes_duration") or 0))
        for entry in parsed.entries
        for file in entry.enclosures
    ]


def by_partytime(url: str) -> list[Episode]:
    required((HERE / "node_modules").is_dir(), "the parsers for Node are not installed; make proof installs them")
    done = subprocess.run(  # noqa: S603  it runs our own code
        ["node", HERE / "podcast.mjs", url],  # noqa: S607  whichever Node is on the PATH
        env={"PATH": os.environ["PATH"], "LOG": "silent"},
        capture_output=True,
        text=True,
        check=True,
    )
    return [Episode(**episode) for episode in json.loads(done.stdout.splitlines()[-1])]


def test_podcast_clients_follow_a_section_with_the_true_lengths_of_its_recordings(
    site: LocalDeployment, editor: Editor, tmp_path: Path
) -> None:
    """feeds#40."""
    put(site, editor, tmp_path, "words", "2026-03-01T10:00:00Z", "", "Nothing to hear.")
    named = "enclosure: {url: /media/one.mp3, duration: '12:34'}\n"
    put(site, editor, tmp_path, "one", "2026-03-02T10:00:00Z", named, "A talk.")
    url = f"{site.url}/media/one.mp3"
    one = Episode(edition.id_of("one"), "Of one", url, "audio/mpeg", len(RECORDINGS["one.mp3"]), 754)
    assert by_feedparser(f"{site.url}{FEED}.xml") == by_partytime(f"{site.url}{FEED}.xml") == [one]
    played = '<audio controls src="/media/two.m4a"></audio>'
    put(site, editor, tmp_path, "two", "2026-03-03T10:00:00Z", "", played)
    url = f"{site.url}/media/two.m4a"
    two = Episode(edition.id_of("two"), "Of two", url, "audio/x-m4a", len(RECORDINGS["two.m4a"]), 0)
    assert by_feedparser(f"{site.url}{FEED}.xml") == by_partytime(f"{site.url}{FEED}.xml") == [two, one]
