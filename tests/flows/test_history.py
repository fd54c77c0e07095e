"""After any sequence of changes the site equals, byte for byte, one that is published from the table anew.

Every channel's history holds each of its live articles once. The walk goes from the feed along `prev-archive` through
the objects of the site, with three articles in each archive document; the model is a list of the published articles.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from lxml import etree  # type: ignore[import-untyped]  # it has no types

from broadsheet.model import history
from broadsheet.model.config import Site
from broadsheet.store.site_objects import SiteObjects
from tests.world import World, deployed, small_site

BASE = "https://courier.example/"
BEGIN = datetime(2025, 11, 20, tzinfo=UTC)
LATEST = datetime(2026, 3, 13, tzinfo=UTC)  # what is dated later than the world's clock waits until then
LINK = "{http://www.w3.org/2005/Atom}link"

ids = st.sampled_from([f"article-{number}" for number in range(12)])
# Within a few months, and often on one day, so that archive documents fill, months begin and ids break ties.
dates = st.integers(0, 100).map(lambda day: BEGIN + timedelta(days=day - day % 3))
tags = st.lists(st.sampled_from(["Harbour", "Ferries"]), unique=True)


@dataclass(frozen=True)
class Published:
    """An article in the model: one that readers can see."""

    id: str
    edition: str
    at: datetime
    tags: tuple[str, ...]


class Newsroom(RuleBasedStateMachine):
    """Changes by editors, and a publisher that runs now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.open = ExitStack()
        self.open.enter_context(patch.object(history, "PART_SIZE", 3))
        self.world = World(self.open.enter_context(deployed()), site=smaller_site())
        self.published: dict[str, Published] = {}

    def teardown(self) -> None:
        self.publish()
        objects = self.world.objects()
        assert objects == self.world.rebuilt()
        self.open.close()

    @initialize(numbers=st.lists(st.integers(0, 100), min_size=8, max_size=14))
    def begin(self, numbers: list[int]) -> None:
        """Start with an archive."""
        for number, day in enumerate(numbers):
            self.put(f"old-{number}", "en", BEGIN + timedelta(days=day), ["Harbour"] if number % 3 else [], "Old")
        self.publish()

    @rule(
        id=ids,
        edition=st.sampled_from(["en", "en", "ar"]),
        at=dates,
        tags=tags,
        headline=st.sampled_from(["One", "Two"]),
    )
    def put(self, id: str, edition: str, at: datetime, tags: list[str], headline: str) -> None:
        """Create, correct, or move to another date, edition or tags: all by one call."""
        self.world.now += timedelta(minutes=1)
        self.world.put(id, edition=edition, published_at=at.isoformat(), tags=tags, headline=headline, authors=[])
        self.published[id] = Published(id, edition, at, tuple(tags))

    @rule(number=st.integers(0, 13), days=st.integers(-40, 40))
    def move(self, number: int, days: int) -> None:
        """Move an old article to another date."""
        if old := self.published.get(f"old-{number}"):
            self.put(old.id, old.edition, min(old.at + timedelta(days=days), LATEST), list(old.tags), "Moved")

    @rule(number=st.integers(0, 13))
    def withdraw(self, number: int) -> None:
        if self.published.pop(f"old-{number}", None):
            self.world.now += timedelta(minutes=1)
            self.world.withdraw(f"old-{number}")

    @rule()
    def publish(self) -> None:
        """Publish what the stream holds, and check every feed's history."""
        self.world.publish()
        for folder, live in self.channels().items():
            expected = [f"tag:courier.example,2025:{each.id}" for each in live]
            for ending in ("xml", "atom", "json"):
                feed = f"{folder}feed.{ending}"
                if live or self.world.pages.read(feed):
                    assert list(walk(self.world.pages, feed)) == expected, feed

    def channels(self) -> dict[str, list[Published]]:
        """Folders of channels, all that ever held an article among them, with their live articles, newest first."""
        live = sorted(self.published.values(), key=lambda each: (each.at, each.id), reverse=True)
        found: dict[str, list[Published]] = {"": live}
        for edition in ("en", "ar"):
            own = [each for each in live if each.edition == edition]
            found[f"{edition}/"] = found[f"{edition}/section/city/"] = own
            for tag in ("Harbour", "Ferries"):
                found[f"{edition}/tag/{tag.lower()}/"] = [each for each in own if tag in each.tags]
        return found


def smaller_site() -> Site:
    """A site with one section in each edition."""
    site = small_site()
    one = {
        code: replace(edition, sections={"city": edition.sections["city"]}) for code, edition in site.editions.items()
    }
    return replace(site, editions=one)


def walk(pages: SiteObjects, key: str) -> Iterator[str]:
    """The ids of the entries from a feed on, along `prev-archive`, or JSON Feed's `next_url`."""
    following: str | None = key
    while following:
        content = pages.read(following)
        assert content, f"there is no object {following}"
        ids, previous = (read_json if key.endswith(".json") else read_xml)(content)
        yield from ids
        following = previous and previous.removeprefix(BASE)


def read_json(content: str) -> tuple[list[str], str | None]:
    document: dict[str, Any] = json.loads(content)
    return [item["id"] for item in document["items"]], document.get("next_url")


def read_xml(content: str) -> tuple[list[str], str | None]:
    tree = etree.fromstring(content.encode())
    ids = [str(id) for id in tree.xpath("//item/guid/text() | //*[local-name()='entry']/*[local-name()='id']/text()")]
    links = [str(link.get("href")) for link in tree.iter(LINK) if link.get("rel") == "prev-archive"]
    assert len(links) <= 1
    return ids, links[0] if links else None


def run(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Newsroom,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )


def test_a_walk_finds_every_published_article_once_after_a_few_changes() -> None:
    """feeds#35, feeds#37."""
    run(examples=1, steps=8)


@pytest.mark.proof
def test_a_walk_finds_every_published_article_once_after_many_changes() -> None:
    """feeds#35, feeds#37."""
    run(examples=25, steps=30)
