"""Queries through an overlay have the results that the table has after the article or the ad was really put."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from broadsheet.model.channel import Channel
from broadsheet.model.queries import (
    AdjacentMonths,
    AnyQuery,
    ArticleById,
    ArticlesOfDay,
    ArticlesOfMonth,
    Calendar,
    FeedWindow,
    LiveAds,
    TagAndAuthorNames,
    Translations,
)
from broadsheet.schemas.ad import parse_ad
from broadsheet.services.previewing.overlay import Overlay
from tests.unit.render.newsroom import NOON, Newsroom
from tests.world import advertised

IDS = ("a", "b", "c", "d")
DAYS = tuple(date(2026, month, day) for month in (1, 2, 3) for day in (10, 11))
CHANNELS = tuple(
    Channel(edition, listing)
    for edition in ("en", "ar")
    for listing in ("all", "section/city", "section/sport", "tag/gulls", "tag/boats", "author/lina")
)
QUERIES: tuple[AnyQuery, ...] = (
    *map(ArticleById, IDS),
    *map(Translations, IDS),
    *map(FeedWindow, CHANNELS),
    *(ArticlesOfDay(edition, day) for edition in ("en", "ar") for day in DAYS),
    *map(Calendar, ("en", "ar")),
    *(ArticlesOfMonth(channel, day.replace(day=1)) for channel in CHANNELS for day in DAYS[::2]),
    *(AdjacentMonths(channel, day.replace(day=1)) for channel in CHANNELS for day in DAYS[::2]),
    *map(LiveAds, ("en", "ar")),
    *map(TagAndAuthorNames, ("en", "ar")),
)


def sent() -> st.SearchStrategy[dict[str, Any]]:
    """The fields of an article, so few that articles meet in channels, on days and in groups of translations."""
    return st.fixed_dictionaries(
        {
            "edition": st.sampled_from(("en", "ar")),
            "section": st.sampled_from(("city", "sport")),
            "tags": st.lists(st.sampled_from(("gulls", "Gulls", "boats")), max_size=2),
            "authors": st.sampled_from(([], ["Lina"])),
            "published_at": st.sampled_from([f"{day}T09:00:00Z" for day in DAYS]),
            "translation_of": st.sampled_from((None, "a", "e")),
        }
    )


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(IDS[1:]), sent()), max_size=6), st.sampled_from(IDS), sent())
def test_an_overlay_is_what_the_table_has_afterwards(
    edits: list[tuple[str, dict[str, Any]]], id: str, changed: dict[str, Any]
) -> None:
    if id == "a":
        changed = changed | {"translation_of": None}
    before, after = Newsroom(), Newsroom()
    for newsroom in (before, after):
        for other, fields in edits:
            newsroom.put(other, **fields)
    stored = before.articles.get(id)
    now = NOON + timedelta(hours=1)
    article = after.put(id, now, **changed)
    overlaid = Overlay(before, before.site, stored, article)
    for query in QUERIES:
        if isinstance(query, Translations) and _hides_another(before, query.group, id):
            continue
        assert _seen(query, overlaid(query)) == _seen(query, after(query)), query


def _seen(query: AnyQuery, result: Any) -> object:
    """What pages show of a result. The newsroom has no spellings of its own, so it cannot say which the table keeps."""
    match query:
        case FeedWindow():
            return result.articles
        case TagAndAuthorNames():
            return set(result)
    return result


def _hides_another(newsroom: Newsroom, group: str, id: str) -> bool:
    """Whether the article hides one of its edition: a query for translations has one of each, the lowest id."""
    article = newsroom.articles.get(id)
    same = [one for one in newsroom.articles.values() if article and one.group == group == article.group]
    return len([one for one in same if article and one.edition == article.edition]) > 1


@given(st.integers(0, 70), st.integers(0, 70))
@settings(max_examples=15, deadline=None)
def test_a_full_window_shows_the_newest_thirty_when_an_article_moves_into_the_past(size: int, moved: int) -> None:
    before, after = Newsroom(), Newsroom()
    for newsroom in (before, after):
        for number in range(size):
            newsroom.put(f"n{number}", published_at=f"2026-03-{1 + number // 8:02}T{number % 8:02}:00:00Z")
    stored = before.articles.get(f"n{moved}")
    article = after.put(f"n{moved}", published_at="2026-01-01T00:00:00Z")
    window = FeedWindow(Channel("en", "all"))
    assert Overlay(before, before.site, stored, article)(window).articles[:30] == after(window).articles[:30]


def test_an_ad_takes_the_place_of_the_one_with_its_name() -> None:
    newsroom = Newsroom()
    sent: dict[str, dict[str, Any]] = {"lamps": {"weight": 3}, "ropes": {"edition": "ar"}, "sails": {"weight": 2}}
    ads = {name: parse_ad(name, advertised(**one), NOON, newsroom.site, ()) for name, one in sent.items()}
    newsroom.ads = tuple(ads.values())
    moved = parse_ad("lamps", advertised(edition="ar", weight=1), NOON, newsroom.site, ())
    overlaid = Overlay(newsroom, newsroom.site, ad=moved)
    assert overlaid(LiveAds("en")) == (ads["sails"],)
    assert overlaid(LiveAds("ar")) == (ads["sails"], moved, ads["ropes"])
    assert Overlay(newsroom, newsroom.site)(LiveAds("ar")) == newsroom(LiveAds("ar"))
