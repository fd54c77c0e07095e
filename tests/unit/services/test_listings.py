"""How editors find articles."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from broadsheet.model.article import STATES, Article, State
from broadsheet.model.criteria import Criteria
from broadsheet.model.editions import EVERY_EDITION
from broadsheet.services import listings
from broadsheet.services.listings import at_path, browse
from broadsheet.store.article_rows import article_of, position
from tests.world import NOON, World

DAY = date(2026, 3, 14)


def newsroom(world: World) -> None:
    """Some articles in all states, over some days around today, with tags, an author and two sections."""
    for number in range(22):
        at = NOON + timedelta(hours=5 * (number - 12))
        world.put(
            f"a{number}",
            published_at=None if number in (9, 18) else at.isoformat(),
            status="published" if number % 2 else "draft",
            section="sport" if number % 3 else "city",
            tags=["Old Harbour"] if number % 5 < 2 else ["harbour"],
            summary="Rain on the quay." if number % 4 else "The quayside in the sun.",
            authors=["Omar Nassar"] if number in (8, 15) else ["Lina Haddad"],
        )
        if number % 7 == 0:
            world.withdraw(f"a{number}")
    world.put("a1", tags=["gulls"], published_at=(NOON - timedelta(hours=57)).isoformat())  # it leaves a channel


def walked(world: World, criteria: Criteria, limit: int) -> list[str]:
    """The ids on all pages."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = browse(world.articles, world.site, criteria, cursor, limit)
        assert len(page.articles) <= limit
        found += [article.id for article in page.articles]
        cursor = page.next
        if cursor is None:
            return found


def expected(world: World, criteria: Criteria) -> list[str]:
    """The ids by a look at every article."""
    states = [article_of(row) for row in world.rows() if row["sk"] == "META"]
    met = [
        article
        for article in states
        if article.edition == criteria.edition
        and article.state in criteria.states
        and criteria.met_by(article)
        and (criteria.first_day is None or world.site.day(article.published_at) >= criteria.first_day)
        and (criteria.last_day is None or world.site.day(article.published_at) <= criteria.last_day)
    ]
    ordered = sorted(met, key=lambda article: position(article.place), reverse=not criteria.soonest_first)
    return [article.id for article in ordered]


def test_every_article_that_meets_the_criteria_is_found_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    newsroom(world)
    cases: list[dict[str, Any]] = [
        {},
        {"states": STATES},
        {"states": ("scheduled",)},
        {"states": ("withdrawn",)},
        {"section": "city"},
        {"tag": "old-harbour"},
        {"tag": "old-harbour", "author": "lina-haddad", "section": "city", "states": STATES},
        {"author": "lina-haddad", "states": ("published",)},
        {"author": "omar-nassar", "states": STATES},
        {"tag": "gulls"},
        {"first_day": DAY, "last_day": DAY, "states": STATES},
        {"first_day": DAY, "last_day": DAY, "tag": "harbour"},
        {"first_day": DAY},
        {"last_day": DAY - timedelta(days=1), "states": STATES},
        {"first_day": DAY - timedelta(days=1), "last_day": DAY, "words": ("quay",)},
        {"words": ("quay", "rain"), "states": STATES},
        {"edition": "ar"},
    ]
    wanted = [expected(world, Criteria(**{"edition": "en"} | case)) for case in cases]
    assert len({len(ids) for ids in wanted}) > 6
    assert "a18" in wanted[0]  # a draft without a date, made today
    assert "a18" not in wanted[10]
    assert browse(world.articles, world.site, Criteria("en"), None, len(wanted[0])).next is None
    for chunk, most_read, limit in ((listings.CHUNK, listings.MOST_READ, 50), (2, 3, 3)):
        monkeypatch.setattr(listings, "CHUNK", chunk)
        monkeypatch.setattr(listings, "MOST_READ", most_read)
        for case, ids in zip(cases, wanted, strict=True):
            assert walked(world, Criteria(**{"edition": "en"} | case), limit) == ids, (case, limit)


def test_a_state_named_twice_counts_once() -> None:
    states: tuple[State, ...] = ("published", "draft", "published")
    assert Criteria("en", states).states == ("draft", "published")


def test_no_article_is_skipped_or_repeated_while_others_change(world: World) -> None:
    def put(id: str, hour: int, **changed: Any) -> Article:
        return world.put(id, published_at=f"2026-03-14T{hour:02}:00:00+02:00", **changed)

    for hour in range(1, 7):
        put(f"at-{hour}", hour, status="draft" if hour % 2 else "published")
    first = browse(world.articles, world.site, Criteria("en"), None, 2)
    put("newer", 9)
    put("older", 0)
    put("between", 5, status="draft")
    world.withdraw("at-3")
    second = browse(world.articles, world.site, Criteria("en"), first.next, 9)
    ids = [article.id for page in (first, second) for article in page.articles]
    assert ids == ["at-6", "at-5", "at-4", "at-2", "at-1", "older"]


def test_an_article_that_goes_live_between_two_reads_is_listed_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put("ferry", published_at="2026-03-14T15:00:00+02:00")
    world.now += timedelta(hours=2)
    read = world.articles.editorial

    def reading(edition: str, listing: str, *more: Any) -> Any:
        if listing == "published":
            world.release()
        return read(edition, listing, *more)

    monkeypatch.setattr(world.articles, "editorial", reading)
    [found] = browse(world.articles, world.site, Criteria("en"), None, 9).articles
    assert (found.id, found.live) == ("ferry", True)


def test_a_rare_tag_and_a_page_of_an_archive_cost_few_reads(world: World) -> None:
    for number in range(6):
        at = (NOON - timedelta(hours=number)).isoformat()
        world.put(f"a{number}", published_at=at, tags=["rare" if number == 5 else "harbour"])
    rows: Counter[str] = Counter()
    world.clients.dynamodb.meta.events.register(
        "after-call.dynamodb.Query", lambda parsed, **_: rows.update(calls=1, rows=parsed["ScannedCount"])
    )
    found = browse(world.articles, world.site, Criteria("en", ("published",), tag="rare"), None, 5)
    assert [article.id for article in found.articles] == ["a5"]
    assert rows == {"calls": 1, "rows": 1}
    rows.clear()
    page = browse(world.articles, world.site, Criteria("en", first_day=DAY, last_day=DAY), None, 2)
    assert rows == {"calls": 3, "rows": 3}
    rows.clear()
    tomorrow = DAY + timedelta(days=1)
    beyond = Criteria("en", first_day=tomorrow, last_day=tomorrow)
    assert browse(world.articles, world.site, beyond, page.next, 2).articles == ()
    assert rows == {}  # DynamoDB refuses a range whose end is before its start


def test_a_path_of_today_of_the_past_or_of_the_former_system_leads_to_the_article(world: World) -> None:
    first = world.put("ferry").path or ""
    second = world.put("ferry", slug="night-ferry").path or ""
    world.withdraw("ferry")
    world.site.moved["/old/7"] = second  # type: ignore[index]  # of a site that this test has alone
    for path in (first, second, first.rstrip("/"), "/old/7"):
        assert [article.id for article in at_path(world.articles, world.site, EVERY_EDITION, path).articles] == [
            "ferry"
        ]
    for path in ("/en/2026/03/14/other/", "/", "/" + "x" * 3000):
        assert at_path(world.articles, world.site, EVERY_EDITION, path).articles == ()
