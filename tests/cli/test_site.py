"""The site as its API describes it: times in its time zone, its URLs, and tables that editors read."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from broadsheet_cli.errors import UnknownUrl
from broadsheet_cli.references import path_of
from broadsheet_cli.site import InvalidTime, Site, readable
from broadsheet_cli.tables import aligned

ATHENS = ZoneInfo("Europe/Athens")
SITE = Site("The Salima Courier", "https://courier.example", ATHENS, {"en": frozenset(), "ar": frozenset()})


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-12-01 18:00", "2026-12-01T18:00:00+02:00"),
        ("2026-07-01T18:00", "2026-07-01T18:00:00+03:00"),
        (" 2026-12-01 18:00:30 ", "2026-12-01T18:00:30+02:00"),
        ("2026-12-01T18:00:00Z", "2026-12-01T18:00:00+00:00"),
        ("2026-12-01 18:00 -05:30", "2026-12-01T18:00:00-05:30"),
        ("2026-10-25T03:30+02:00", "2026-10-25T03:30:00+02:00"),
    ],
)
def test_a_time_has_its_offset_or_is_one_of_the_sites_time_zone(text: str, time: str) -> None:
    assert SITE.time(text).isoformat() == time


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("tomorrow", "must be a time such as"),
        ("2026-12-01", "must be a time such as"),
        ("18:00", "must be a time such as"),
        ("2026-02-30 18:00", "must be a time such as"),
        ("2026-12-01 25:00", "must be a time such as"),
        ("٢٠٢٦-١٢-٠١ ١٨:٠٠", "must be a time such as"),
        ("2026-03-29 03:30", "the clocks of Europe/Athens skip 03:30 on that day"),
        ("2026-10-25 03:30", "must have its offset from UTC, +03:00 or +02:00: Europe/Athens has 03:30 twice"),
    ],
)
def test_what_is_no_time_or_no_single_one_is_refused_with_the_rule(text: str, rule: str) -> None:
    with pytest.raises(InvalidTime) as refused:
        SITE.time(text)
    assert rule in str(refused.value)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  # bounds
def test_a_time_that_is_printed_means_the_same_when_it_is_typed(at: datetime) -> None:
    printed = SITE.short(at.isoformat())
    try:
        assert SITE.time(printed) == at.replace(second=0, microsecond=0)
    except InvalidTime:
        local = at.astimezone(ATHENS)
        assert local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def test_times_are_printed_in_the_sites_time_zone() -> None:
    assert SITE.short("2026-11-30T22:30:00Z") == "2026-12-01 00:30"
    assert SITE.short(None) == "-"
    assert SITE.long("2026-11-30T22:30:00Z") == "Tuesday 1 December 2026, 00:30 (Europe/Athens)"


@pytest.mark.parametrize(
    "url",
    [
        "/ar/2026/12/01/المنارة/",
        "/ar/2026/12/01/المنارة",
        "https://courier.example/ar/2026/12/01/%D8%A7%D9%84%D9%85%D9%86%D8%A7%D8%B1%D8%A9/",
        "http://courier.example:8080/ar/2026/12/01/المنارة/?utm_source=x#text-top",
        "courier.example/ar/2026/12/01/المنارة/",
        "HTTPS://Courier.Example/ar/2026/12/01/المنارة/#",
        "/ar/2026/12/01/المنارة/?share=1#x",
    ],
)
def test_every_spelling_of_a_pages_url_has_its_path(url: str) -> None:
    assert path_of(SITE, url) == "/ar/2026/12/01/المنارة/"


@pytest.mark.parametrize(
    "url", ["https://other.example/en/", "other.example/en/", "https://courier.example.org/en/", "https://[/en/"]
)
def test_a_url_of_another_site_is_refused(url: str) -> None:
    with pytest.raises(UnknownUrl, match=r"is not a URL of https://courier\.example"):
        path_of(SITE, url)


def test_urls_are_printed_with_their_letters_unless_that_could_mislead() -> None:
    assert readable("https://courier.example/ar/%D8%A8/") == "https://courier.example/ar/ب/"
    for url in ("https://courier.example/%20/", "https://courier.example/%E2%80%AE/", "https://courier.example/%FF/"):
        assert readable(url) == url


def test_columns_are_aligned_in_cells_whatever_the_script() -> None:
    lines = list(aligned([("بريد", "a", "b"), ("日本語", "مُدَّة", "c\x1b"), ("x", "", "d")]))
    assert [cell_len(line) for line in lines] == [6 + 2 + 3 + 2 + 1 + extra for extra in (0, 1, 0)]
    assert lines[2] == "x            d"
    assert list(aligned([])) == []
