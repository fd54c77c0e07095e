"""The order of the articles on a front page, and the end of choices."""

from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from broadsheet.model.article import Article
from broadsheet.model.front import MAX_ARTICLES, Chosen, Front, arranged
from tests.unit.render.newsroom import NOON, Newsroom

COUNT = 40  # articles, of which ten are not live or of another edition
HOUR = timedelta(hours=1)


def _articles() -> dict[str, Article]:
    newsroom = Newsroom()
    for number in range(COUNT):
        kind: dict[str, Any] = {0: {"edition": "ar"}, 1: {"status": "draft"}}.get(number % 8, {})
        kind["published_at"] = f"2026-03-{1 + number % 12:02}T{number % 20:02}:00:00+00:00"
        newsroom.put(f"a{number}", headline=f"News {number}", **kind)
    return newsroom.articles


ARTICLES = _articles()
LIVE = [each for each in ARTICLES.values() if each.live and each.edition == "en"]
NEWEST = tuple(sorted(LIVE, key=lambda each: each.place, reverse=True))
IDS = st.sampled_from([*ARTICLES, "unknown"])
UNTIL = st.none() | st.integers(-3, 3).map(lambda hours: NOON + hours * HOUR)
CHOSEN = st.builds(Chosen, IDS, UNTIL)
FRONTS = st.builds(
    Front,
    st.just("en"),
    st.none() | CHOSEN,
    st.lists(CHOSEN, max_size=6).map(tuple),
    st.lists(IDS, max_size=12, unique=True).map(tuple),
    st.integers(0, 9),
)


def _of(front: Front) -> tuple[Article, ...]:
    return tuple(ARTICLES[id] for id in front.ids if id in ARTICLES)


def test_without_a_choice_a_front_page_has_the_newest_articles() -> None:
    assert arranged(Front("en"), NEWEST, ()) == NEWEST[:MAX_ARTICLES]


@given(FRONTS)
def test_a_front_page_has_the_lead_then_the_pinned_ones_then_the_newest_days(front: Front) -> None:
    page = arranged(front, NEWEST, _of(front))
    ids = [article.id for article in page]
    assert set(page) <= set(LIVE)
    assert len(ids) == len(set(ids)) == min(MAX_ARTICLES, len(LIVE))
    leading = [id for id in dict.fromkeys(each.id for each in front.leading) if ARTICLES.get(id) in LIVE]
    assert ids[: len(leading)] == leading
    days = [article.day for article in page[len(leading) :]]
    assert days == sorted(days, reverse=True)


@given(FRONTS)
def test_within_a_day_the_ordered_articles_come_first_and_then_the_newest(front: Front) -> None:
    leading = {each.id for each in front.leading}
    rest = [article for article in arranged(front, NEWEST, _of(front)) if article.id not in leading]
    for _, group in groupby(rest, lambda article: article.day):
        of_day = list(group)
        ordered = [article.id for article in of_day if article.id in front.order]
        assert [article.id for article in of_day[: len(ordered)]] == ordered
        assert ordered == sorted(ordered, key=front.order.index)
        others = [article.place for article in of_day[len(ordered) :]]
        assert others == sorted(others, reverse=True)


def test_an_old_article_may_lead() -> None:
    oldest = NEWEST[-1]
    page = arranged(Front("en", Chosen(oldest.id)), NEWEST[:20], [oldest])
    assert page == (oldest, *NEWEST[:20])


@given(FRONTS, st.integers(-4, 4).map(lambda hours: NOON + hours * HOUR))
def test_choices_end_at_their_times_and_only_then(front: Front, now: object) -> None:
    assert isinstance(now, type(NOON))
    after = front.at(now)
    kept = [each for each in front.leading if each.until is None or each.until > now]
    assert [*after.leading] == kept
    assert after.order == front.order
    assert after.at(now) is after
    changed = len(kept) < len(front.leading)
    assert after.revision == front.revision + changed
    assert changed or after is front


def test_the_end_of_the_lead_does_not_lead_the_first_pinned_article() -> None:
    front = Front("en", Chosen("a2", NOON), (Chosen("a3"),), revision=4)
    assert front.at(NOON) == replace(front, lead=None, revision=5)
