"""A mirror that follows `changed_after` holds what the site holds, however its writers and it interleave."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import pytest

from broadsheet.model.article import Article
from broadsheet.services import changes
from broadsheet.services.changes import SETTLED
from infra.local.template import template
from tests.world import NOON, TEMPLATE, World

WRITERS, CHANGES, IDS = 4, 100, 12
SECOND = timedelta(seconds=1)


@dataclass
class Mirror:
    """A client that keeps a copy of every article, and nothing of those that are withdrawn."""

    world: World
    limit: int
    cursor: str = "2000-01-01T00:00:00Z"
    copies: dict[str, Article] = field(default_factory=dict)
    more: bool = False

    def ask(self, now: datetime) -> None:
        """Make one call."""
        page = changes.changed(self.world.articles, self.cursor, now, self.limit)
        for article in page.articles:
            if article.status == "withdrawn":
                self.copies.pop(article.id, None)
            else:
                self.copies[article.id] = article
        self.cursor, self.more = page.next, page.more

    def catch_up(self, now: datetime) -> None:
        """Make calls until there is no other page."""
        self.ask(now)
        while self.more:
            self.ask(now)


def change(world: World, random: Random, now: datetime) -> None:
    """Change one article in some way, by a request that began at that time and is committed now."""
    id, world.now = f"article-{random.randrange(IDS)}", now
    known = world.articles.get(id)
    match random.choice(["put", "put", "put", "withdraw", "postpone", "release"]):
        case "withdraw" if known:
            world.withdraw(id)
        case "postpone" if known and known.path and known.status != "draft":
            world.postpone(id, now + random.randrange(1, 90) * SECOND)
        case "release":
            world.release()
        case _:
            headline = f"News number {random.randrange(1000)}"
            world.put(id, headline=headline, edition=random.choice(["en", "ar"]), published_at=None)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.proof) for seed in range(1, 21))])
def test_a_mirror_holds_what_the_site_holds_after_changes_by_several_writers(world: World, seed: int) -> None:
    """Requests are committed in another order than they began in, up to the longest time that one may take."""
    random = Random(seed)  # noqa: S311  # not secret
    clock = NOON
    begun = [clock] * WRITERS
    mirror = Mirror(world, limit=random.choice([1, 3, 50]))
    for _ in range(CHANGES):
        clock += random.randrange(20) * SECOND
        writer = random.randrange(WRITERS)
        change(world, random, max(begun[writer], clock - SETTLED + SECOND))
        begun[writer] = clock
        if random.random() < 0.5:
            mirror.ask(clock)
    mirror.catch_up(clock)
    stored = world.articles.several(f"article-{number}" for number in range(IDS))
    assert mirror.copies == {id: article for id, article in stored.items() if article.status != "withdrawn"}


def test_a_change_that_is_committed_late_is_found_by_a_client_that_has_read_later_ones(world: World) -> None:
    mirror = Mirror(world, limit=50)
    world.now = NOON + 60 * SECOND
    world.put("quick", headline="Quick")
    mirror.catch_up(NOON + 61 * SECOND)
    world.now = NOON
    world.put("slow", headline="Slow")
    mirror.catch_up(NOON + 62 * SECOND)
    assert set(mirror.copies) == {"quick", "slow"}


def test_settled_changes_do_not_come_again(world: World) -> None:
    world.put("ferry")
    page = changes.changed(world.articles, "2026-03-14T00:00:00Z", NOON + SECOND, 50)
    assert [article.id for article in page.articles] == ["ferry"]
    later = NOON + SETTLED + SECOND
    page = changes.changed(world.articles, page.next, later, 50)
    assert [article.id for article in page.articles] == ["ferry"]
    page = changes.changed(world.articles, page.next, later, 50)
    assert (page.articles, page.more) == ((), False)


def test_no_function_that_changes_articles_runs_as_long_as_a_change_takes_to_settle() -> None:
    resources = template.read(TEMPLATE, {})["Resources"]
    for name in ("ArticlesFunction", "ScheduleFunction"):
        assert timedelta(seconds=resources[name]["Properties"]["Timeout"]) < SETTLED
