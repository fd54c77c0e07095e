"""The site's settings: what is read, and what an error in them says."""

import re
from datetime import UTC, date, datetime

import pytest

from broadsheet.model.config import SiteError, parse_site
from broadsheet.settings import SITE_FILE

SOURCE = SITE_FILE.read_text(encoding="utf-8")


def test_the_project_s_own_settings_are_in_order() -> None:
    site = parse_site(SOURCE)
    assert [(edition.code, edition.direction) for edition in site.editions.values()] == [("en", "ltr"), ("ar", "rtl")]
    assert site.url("/en/") == "https://courier.example/en/"
    assert site.tag("ferry") == "tag:courier.example,2025:ferry"


def test_a_day_is_the_site_s_and_not_utc_s() -> None:
    site = parse_site(SOURCE)
    assert site.day(datetime(2026, 3, 13, 22, 30, tzinfo=UTC)) == date(2026, 3, 14)
    assert site.day(datetime(2026, 7, 13, 21, 30, tzinfo=UTC)) == date(2026, 7, 14)


def test_days_are_as_long_as_the_clock_change_makes_them() -> None:
    hours = [(end - start).total_seconds() / 3600 for start, end in map(parse_site(SOURCE).bounds, CLOCK_CHANGES)]
    assert hours == [23, 25, 24]


CLOCK_CHANGES = (date(2026, 3, 29), date(2026, 10, 25), date(2026, 6, 1))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('name = "The Salima Courier"\n# The', 'name = "\n# The', "line 3: Illegal character"),
        (
            'time_zone = "Europe/Athens"',
            'time_zone = "Europe/Salima"',
            "line 7: time_zone 'Europe/Salima' is not a zone",
        ),
        ('time_zone = "Europe/Athens"', 'time_zone = "../../etc/passwd"', "line 7: time_zone"),
        ('base_url = "https://courier.example"', 'base_url = "courier.example"', "line 5: base_url must be http"),
        ('base_url = "https://courier.example"', 'base_url = "https://courier.example/news"', "line 5: base_url must"),
        ('"courier.example,2025"', '"courier"', "line 10: tag_authority must be a domain and a date"),
        ('feed_text = "full"', 'feed_text = "some"', 'line 12: feed_text must be "full" or "summary"'),
        ('numerals = "latn"', 'numerals = "roman"', "line 36: editions.ar.numerals must be one of latn, arab"),
        ("ads_txt = []", 'ads_txt = ["a\\nb"]', "line 14: ads_txt must be a list of lines"),
        ("ads_txt = []", 'ads_txt = "a"', "line 14: ads_txt must be a list of lines"),
        ('direction = "rtl"', 'direction = "right"', 'line 34: editions.ar.direction must be "ltr" or "rtl"'),
        ('city = "City"', 'city = ""', "line 23: editions.en.sections.city must be a text"),
        ('city = "City"', 'city = "City\\nNews"', "line 23: editions.en.sections.city must be a text of one line"),
        ('city = "City"', '"City News" = "City"', "line 23: editions.en.sections.City News a section's key"),
        ('city = "City"', "city = 7", "line 23: editions.en.sections.city must be a text"),
        ("[editions.ar]", "[editions.AR]", "editions.AR"),
        ('tagline = "News from the harbour and the world beyond it"', "", "line 17: editions.en.tagline is missing"),
        ('direction = "ltr"', 'direction = "ltr"\ncolour = "red"', "line 21: editions.en.colour is not a setting"),
        ('"/rss/" =', '"rss" =', "line 63: moved.rss names 'rss', but a path starts with one slash"),
        ('"/rss/" =', '"//rss/" =', "line 63: moved.//rss/ names '//rss/', but a path starts with one slash"),
        ('"/rss/" =', "'/\\rss/' =", "line 63: moved./\\rss/ names '/\\\\rss/', but a path starts with one slash"),
        ('"/rss/" =', '"/rss/?all" =', "line 63: moved./rss/?all names '/rss/?all', but a path starts"),
        ('"/rss/" =', '"/rss" =', "line 63: moved./rss names '/rss', but a path that names no file ends in a slash"),
        ('"/rss/" =', '"/api/rss/" =', "line 63: moved./api/rss/ is the API's"),
        ('"/rss/" = "/en/feed.xml"', '"/rss/" = ""', "line 63: moved./rss/ must be a text"),
        (
            '"/rss/" = "/en/feed.xml"',
            '"/rss/" = "https://a.example/"',
            "line 63: moved./rss/ names 'https://a.example/'",
        ),
        ('"/rss/" = "/en/feed.xml"', '"/rss/" = "/feed/"', "line 63: moved./rss/ leads to /feed/, which leads on"),
        ('"/rss/" = "/en/feed.xml"', '"/rss/" = "/rss/"', "line 63: moved./rss/ leads to /rss/, which leads on"),
        ("per_network = 20", "per_network = 0", "line 51: newsletter.per_network must be a whole number above 0"),
        ("per_network = 20", "per_network = true", "line 51: newsletter.per_network must be a whole number above 0"),
        ("per_hour = 1000", 'per_hour = "many"', "line 53: newsletter.per_hour must be a whole number above 0"),
        (
            "blocked_domains = []",
            'blocked_domains = ["A.example"]',
            "line 55: newsletter.blocked_domains must be a list",
        ),
        ("blocked_domains = []", 'blocked_domains = "a.example"', "line 55: newsletter.blocked_domains must be a list"),
        (
            'disposable_domains = "refuse"',
            "disposable_domains = false",
            "line 57: newsletter.disposable_domains must be",
        ),
        ("per_network = 20", "per_reader = 20", "line 51: newsletter.per_reader is not a setting"),
        ("[editions.en.sections]", "[editions.en.section]", "line 22: editions.en.section is not a setting"),
    ],
)
def test_an_error_is_named_with_its_line_and_the_reason(old: str, new: str, reason: str) -> None:
    assert old in SOURCE
    with pytest.raises(SiteError) as error:
        parse_site(SOURCE.replace(old, new, 1))
    assert reason in str(error.value)
    assert str(error.value).startswith("site.toml, line ")
    assert len(re.findall(r"\bline \d", str(error.value))) == 1


def test_a_site_that_was_always_here_names_no_old_addresses() -> None:
    assert parse_site(SOURCE).moved == {"/feed/": "/en/feed.xml", "/rss/": "/en/feed.xml"}
    assert parse_site(SOURCE[: SOURCE.index("[moved]")]).moved == {}
    with pytest.raises(SiteError, match="line 1: moved must be a table"):
        parse_site("moved = 1\n" + SOURCE[: SOURCE.index("[moved]")])


def test_no_editions_at_all_is_an_error() -> None:
    with pytest.raises(SiteError, match="editions is missing"):
        parse_site(SOURCE[: SOURCE.index("[editions.en]")])
