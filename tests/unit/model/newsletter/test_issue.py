"""When issues of the newsletter are composed, which articles they have, and in which order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.model.config import IssueSettings, Site
from broadsheet.model.front import Chosen, Front
from broadsheet.model.newsletter.issue import (
    FREQUENCIES,
    SETTLING,
    Frequency,
    Issue,
    IssueKey,
    NextIssue,
    Window,
    digest,
    following,
    moment_of,
    next_due,
    next_moment,
    parse_issue_id,
    window_now,
)
from broadsheet.model.newsletter.subscriber import Preferences
from tests.unit.render.newsroom import NOON, SITE, Newsroom

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MINUTE = timedelta(minutes=1)


def site(hour: int = 7, weekly_day: int = 5) -> Site:
    edition = replace(SITE.editions["en"], issues=IssueSettings(hour, weekly_day))
    return replace(SITE, editions={"en": edition})


def composed(times: list[datetime], frequency: Frequency, of: Site) -> list[Issue]:
    """The issues that composers make who look at these times."""
    coming, found = NextIssue("en", frequency), list[Issue]()
    for now in times:
        key, moment = next_due(coming, now, of)
        if now >= moment + SETTLING:
            window = window_now(coming, now)
            issue = Issue(key, window.since, window.until, now, ("a",))
            coming, found = following(coming, issue), [*found, issue]
    return found


def at(text: str) -> datetime:
    """A time of the site's zone, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=SITE.time_zone).astimezone(UTC)


def every_five_minutes(first: str, last: str) -> list[datetime]:
    start, end = at(first), at(last)
    return [start + number * 5 * MINUTE for number in range((end - start) // (5 * MINUTE) + 1)]


# Athens changes its clock at 03:00 on 29 March (to 04:00) and at 04:00 on 25 October (to 03:00).
@pytest.mark.parametrize("hour", [0, 2, 3, 4, 7, 23])
@pytest.mark.parametrize(("first", "last"), [("2026-03-27", "2026-03-31"), ("2026-10-23", "2026-10-27")])
def test_each_of_the_site_s_days_has_one_issue_across_a_clock_change(hour: int, first: str, last: str) -> None:
    """newsletter#36."""
    issues = composed(every_five_minutes(f"{first}T{hour:02}:00", f"{last}T23:59"), "daily", site(hour=hour))
    names = [issue.key.name for issue in issues]
    assert names == [f"{first[:8]}{day:02}" for day in range(int(first[8:]), int(last[8:]) + 1)]
    for before, after in pairwise(issues):
        assert after.since == before.until
    local = [SITE.local(issue.composed_at).hour for issue in issues]
    assert set(local) <= {hour, 4} if hour == 3 else set(local) == {hour}


def test_each_week_has_one_issue_on_its_day_across_a_clock_change_and_the_end_of_the_year() -> None:
    """newsletter#36."""
    times = [at("2026-12-12T07:03") + number * HOUR for number in range(24 * 30)]
    issues = composed(times, "weekly", site())
    assert [issue.key.name for issue in issues] == ["2026-w50", "2026-w51", "2026-w52", "2026-w53", "2027-w01"]
    assert {SITE.day(issue.composed_at).weekday() for issue in issues} == {5}
    [spring] = composed(every_five_minutes("2026-03-29T06:00", "2026-03-29T12:00"), "weekly", site(weekly_day=6))
    assert SITE.local(spring.composed_at).hour == 7


@pytest.mark.parametrize(
    ("frequency", "now", "moment"),
    [
        ("daily", "2026-03-14T06:59", "2026-03-14T07:00"),
        ("daily", "2026-03-14T07:00", "2026-03-15T07:00"),  # that one is being composed
        ("daily", "2026-03-28T12:00", "2026-03-29T07:00"),  # 18 hours later, because the clock changes
        ("daily", "2026-12-31T23:59", "2027-01-01T07:00"),
        ("weekly", "2026-03-14T06:59", "2026-03-14T07:00"),  # a Saturday
        ("weekly", "2026-03-14T07:00", "2026-03-21T07:00"),
        ("weekly", "2026-10-20T12:00", "2026-10-24T07:00"),
        ("weekly", "2026-10-24T12:00", "2026-10-31T07:00"),
        ("weekly", "2026-12-30T12:00", "2027-01-02T07:00"),
    ],
)
def test_the_next_moment_is_that_of_the_settings(frequency: Frequency, now: str, moment: str) -> None:
    """newsletter#24, newsletter#36: it is the one at which the issue is composed."""
    found = next_moment(Preferences("en", frequency=frequency), at(now), site())
    assert found == at(moment)
    composed_before = NextIssue("en", frequency, latest=next_due(NextIssue("en", frequency), at(now), site())[0].name)
    assert found in {
        moment
        for _, moment in (
            next_due(composed_before, at(now), site()),
            next_due(NextIssue("en", frequency), at(now), site()),
        )
    }


def test_no_issue_comes_where_none_is_sent() -> None:
    daily = Preferences("en")
    assert next_moment(daily, NOON, replace(site(), sends_mail=False)) is None
    assert next_moment(Preferences("fr"), NOON, site()) is None, "an edition that the site has no more"


def test_a_missed_issue_is_composed_once_with_all_news_since_the_one_before() -> None:
    """newsletter#36."""
    before, after = at("2026-03-10T07:05"), at("2026-03-14T05:00")
    times = [before, after, after + 5 * MINUTE, at("2026-03-14T07:05"), at("2026-03-14T09:00")]
    first, missed, usual = composed(times, "daily", site())
    assert [issue.key.name for issue in (first, missed, usual)] == ["2026-03-10", "2026-03-13", "2026-03-14"]
    assert (missed.since, missed.until) == (first.until, after - SETTLING)
    assert usual.since == missed.until


def test_the_first_issue_is_not_one_of_the_past() -> None:
    assert composed([at("2026-03-14T09:00"), at("2026-03-15T06:59")], "daily", site()) == []
    [first] = composed([at("2026-03-14T07:30")], "daily", site())
    assert first.until - first.since == DAY


@pytest.mark.parametrize("frequency", FREQUENCIES)
def test_an_issue_that_was_released_early_is_that_of_its_day_or_week(frequency: Frequency) -> None:
    """newsletter#36, newsletter#39."""
    now, of = at("2026-03-14T20:00"), site()
    coming = NextIssue("en", frequency, latest={"daily": "2026-03-14", "weekly": "2026-w11"}[frequency])
    early, moment = next_due(coming, now, of)
    assert moment_of(early, of) == moment > now
    coming = following(coming, Issue(early, now, now, now, ("a",)))
    for later in (now, moment - MINUTE, moment + HOUR):
        key, due = next_due(coming, later, of)
        assert (key > early, due - moment) == (True, {"daily": DAY, "weekly": 7 * DAY}[frequency])


def test_an_issue_waits_until_what_was_published_before_its_hour_is_in_the_table() -> None:
    assert composed([at("2026-03-14T07:00"), at("2026-03-14T07:01")], "daily", site()) == []
    [first] = composed([at("2026-03-14T07:02")], "daily", site())
    assert first.until == at("2026-03-14T07:00")


@given(
    st.lists(st.integers(0, 60 * 24 * 40), min_size=1, max_size=60),
    st.sampled_from(FREQUENCIES),
    st.lists(st.integers(0, 60 * 24 * 40), max_size=20),
)
def test_whenever_composers_run_windows_never_overlap_and_leave_no_gap(
    minutes: list[int], frequency: Frequency, published: list[int]
) -> None:
    """newsletter#35: so an article is in one issue of each frequency at most."""
    start = at("2026-03-10T00:00")
    issues = composed([start + minute * MINUTE for minute in sorted(minutes)], frequency, site())
    names = [issue.key.name for issue in issues]
    assert names == sorted(set(names))
    for before, after in pairwise(issues):
        assert after.since == before.until <= after.until
    for minute in published:
        live = start + minute * MINUTE
        assert sum(issue.since < live <= issue.until for issue in issues) <= 1


def test_a_reader_who_changes_frequency_is_sent_an_article_once() -> None:
    """newsletter#35: a sender leaves out what was live before the last issue that the reader was sent."""
    times = [at("2026-03-07T07:05") + number * HOUR for number in range(24 * 15)]
    daily, weekly = composed(times, "daily", site()), composed(times, "weekly", site())
    for switch in range(24 * 7):
        changed = times[0] + switch * HOUR
        sent: list[Issue] = [each for each in daily if each.composed_at <= changed]
        sent += [each for each in weekly if each.composed_at > changed]
        for hour in range(24 * 14):
            live, until, received = times[0] + hour * HOUR, datetime.min.replace(tzinfo=UTC), 0
            for issue in sent:
                received += issue.since < live <= issue.until and live > until
                until = issue.until
            assert received <= 1


def test_an_article_belongs_to_the_window_in_which_it_was_first_live_whatever_date_it_has() -> None:
    """newsletter#35."""
    window = Window(NOON - DAY, NOON)
    newsroom = Newsroom()
    fresh = newsroom.put("a", NOON - HOUR, published_at=None)
    assert window.holds(fresh)
    moved = newsroom.put("a", NOON + DAY, published_at=(NOON + HOUR).isoformat(), headline="Corrected")
    assert moved.first_live_at == fresh.first_live_at
    assert not Window(NOON, NOON + DAY).holds(moved)
    imported = newsroom.put("b", NOON - HOUR, published_at="2019-03-14T10:00:00Z")
    assert not window.holds(imported)
    yesterdays = newsroom.put("c", NOON - HOUR, published_at=(NOON - 20 * HOUR).isoformat())
    assert window.holds(yesterdays)
    legacy = replace(fresh, first_live_at=None, published_at=NOON)
    assert window.holds(legacy)


def test_the_order_is_the_lead_then_sections_as_set_then_caricatures() -> None:
    newsroom = Newsroom()
    image = {"src": "/m/a.svg", "alt": "A", "width": 4, "height": 3}
    sent: dict[str, dict[str, Any]] = {
        "opinion": {"section": "opinion"},
        "sport": {"section": "sport"},
        "drawing": {"kind": "caricature", "image": image},
        "older": {},
        "city": {},
    }
    for number, (id, changed) in enumerate(sent.items()):
        newsroom.put(id, NOON, published_at=(NOON - (10 - number) * HOUR).isoformat(), **changed)
    newest = sorted(newsroom.articles.values(), key=lambda each: each.place, reverse=True)
    sections = SITE.editions["en"].sections

    def order(front: Front) -> list[str]:
        return [article.id for article in digest(newest, front, sections).articles]

    assert order(Front("en")) == ["city", "older", "sport", "opinion", "drawing"]
    assert order(Front("en", lead=Chosen("opinion"))) == ["opinion", "city", "older", "sport", "drawing"]
    assert order(Front("en", lead=Chosen("elsewhere"), pinned=(Chosen("sport"),)))[0] == "sport"
    assert order(Front("en", lead=Chosen("drawing")))[0] == "city"
    drawings = [each for each in newest if each.kind == "caricature"]
    assert [each.id for each in digest(drawings, Front("en"), sections).articles] == ["drawing"]


@pytest.mark.parametrize(
    ("id", "key"),
    [
        ("en-daily-2026-11-29", IssueKey("en", "daily", "2026-11-29")),
        ("ar-eg-weekly-2026-w48", IssueKey("ar-eg", "weekly", "2026-w48")),
        ("en-daily-2026-w48", None),
        ("en-daily-2026-1-1", None),
        ("en-weekly-2026-w60", None),
        ("-daily-2026-11-29", None),
        ("en-monthly-2026-11", None),
        ("", None),
    ],
)
def test_an_id_names_its_issue(id: str, key: IssueKey | None) -> None:
    assert parse_issue_id(id) == key
    if key:
        assert key.id == id
