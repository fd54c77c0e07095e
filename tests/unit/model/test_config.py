"""The site's settings: time zone arithmetic, and the loader that functions use at a cold start."""

import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.model.config import SiteError, parse_site
from broadsheet.model.slug import name_key
from broadsheet.settings import SITE_FILE

SOURCE = SITE_FILE.read_text(encoding="utf-8")
CLOCK_CHANGES = (date(2026, 3, 29), date(2026, 10, 25), date(2026, 6, 1))


def test_the_loader_reads_the_project_s_own_file() -> None:
    site = parse_site(SOURCE)
    assert [(edition.code, edition.direction) for edition in site.editions.values()] == [("en", "ltr"), ("ar", "rtl")]
    assert site.editions["en"].sections["city"] == "City"
    assert (site.editions["ar"].numerals, site.editions["ar"].months) == ("latn", "gregorian")
    assert site.url("/en/") == "https://courier.example/en/"
    assert site.tag("ferry") == "tag:courier.example,2025:ferry"
    assert site.moved == {"/feed/": "/en/feed.xml", "/rss/": "/en/feed.xml"}
    assert (site.newsletter.per_network, site.newsletter.per_hour) == (20, 1000)


def test_optional_settings_have_defaults() -> None:
    site = parse_site(SOURCE[: SOURCE.index("[newsletter]")].replace("ads_txt = []", ""))
    assert (site.moved, site.ads_txt) == ({}, ())
    assert (site.newsletter.per_network, site.newsletter.per_hour) == (20, 1000)
    assert site.newsletter.blocks("mailinator.com")


def test_the_paths_of_an_edition_begin_with_its_code_unless_the_settings_leave_it_out() -> None:
    site = parse_site(SOURCE)
    assert (site.root("ar"), site.root("fr"), site.at_root) == ("/ar", "/fr", None)
    for path, code in (("/ar/tag/x/", "ar"), ("/ar/", "ar"), ("/arab/", None), ("/ar", None), ("/", None)):
        found = site.edition_at(path)
        assert (found and found.code, site.edition_for(path).code) == (code, code or "en")
    alone = parse_site(f"language_in_paths = false\n{SOURCE[: SOURCE.index('[editions.ar]')]}")
    assert (alone.root("en"), alone.root("ar"), alone.at_root) == ("", "/ar", alone.editions["en"])
    assert alone.edition_at("/tag/x/") == alone.edition_for("/nothing") == alone.at_root


def test_a_day_starts_at_midnight_in_the_site_s_time_zone() -> None:
    site = parse_site(SOURCE)
    assert site.day(datetime(2026, 3, 13, 22, 30, tzinfo=UTC)) == date(2026, 3, 14)
    assert site.day(datetime(2026, 7, 13, 21, 30, tzinfo=UTC)) == date(2026, 7, 14)


def test_a_day_has_23_or_25_hours_at_a_clock_change() -> None:
    hours = [(end - start).total_seconds() / 3600 for start, end in map(parse_site(SOURCE).bounds, CLOCK_CHANGES)]
    assert hours == [23, 25, 24]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('name = "The Salima Courier"\n# The', 'name = "\n# The', "site.toml: Illegal character"),
        ('time_zone = "Europe/Athens"', "", "site.toml: time_zone must be a text"),
        ('time_zone = "Europe/Athens"', 'time_zone = "Europe/Salima"', "time_zone 'Europe/Salima' is not in the IANA"),
        ('tag_authority = "courier.example,2025"', "tag_authority = 2025", "tag_authority must be a text"),
        ("ads_txt = []", "ads_txt = [1]", "ads_txt must be a list of texts"),
        ("ads_txt = []", 'ads_txt = "a"', "ads_txt must be a list"),
        ('direction = "rtl"', "", "editions.ar.direction must be a text"),
        ('city = "City"', "city = 7", "editions.en.sections.city must be a text"),
        ("[editions.en.sections]", "[editions.en.section]", "editions.en.sections must be a table"),
        ('"/rss/" = "/en/feed.xml"', '"/rss/" = 1', "moved./rss/ must be a text"),
        ("ads_txt = []", "language_in_paths = 0", "language_in_paths must be true or false"),
        ("per_network = 20", "per_network = true", "newsletter.per_network must be a whole number"),
        ("per_hour = 1000", 'per_hour = "many"', "newsletter.per_hour must be a whole number"),
        ("blocked_domains = []", "blocked_domains = [1]", "newsletter.blocked_domains must be a list of texts"),
        ('disposable_domains = "refuse"', "disposable_domains = 0", "newsletter.disposable_domains must be a text"),
    ],
)
def test_the_loader_refuses_missing_keys_and_wrong_types(old: str, new: str, reason: str) -> None:
    assert old in SOURCE
    with pytest.raises(SiteError) as error:
        parse_site(SOURCE.replace(old, new, 1))
    assert reason in str(error.value)


@given(st.text(max_size=60), st.text(max_size=60))
def test_the_tag_uri_of_any_name_is_ascii_and_its_own(one: str, other: str) -> None:
    """feeds#1: the grammar is that of RFC 4151 §2.1, without percent signs, which validators refuse in it."""
    site = parse_site(SOURCE)
    keys = name_key(one), name_key(other)
    tags = [site.tag(f"feeds/ar/tag/{key}") for key in keys]
    assert all(re.fullmatch(r"tag:courier\.example,2025:[A-Za-z0-9._~/-]+", tag) for tag in tags)
    assert (tags[0] == tags[1]) == (keys[0] == keys[1])


def test_the_tag_uri_of_an_arabic_name_never_changes() -> None:
    """feeds#1"""
    assert parse_site(SOURCE).tag("feeds/ar/tag/ميناء") == "tag:courier.example,2025:feeds/ar/tag/xn--ggbl3get"
