"""The archive by date, and the months of channels: which pages exist, and the links between them."""

import re
from dataclasses import replace
from datetime import date

import pytest

from broadsheet.model.channel import Channel
from broadsheet.model.queries import ArticlesOfMonth
from broadsheet.render.pages.archive import months
from tests.unit.render.newsroom import Newsroom
from tests.unit.render.test_outputs import IMAGE

DAYS = ("2024-12-31", "2026-02-28", "2026-03-01", "2026-03-14")


def built(*days: str) -> dict[str, str]:
    newsroom = Newsroom()
    for day in days:
        newsroom.put(f"a-{day}", headline=f"Of {day}", published_at=f"{day}T10:00:00+02:00", tags=["harbour"])
    return {key: output.body.decode() for key, output in newsroom.build().items() if key.endswith(".html")}


def adjacent(html: str) -> dict[str, str]:
    """The links of a page to the previous and the next."""
    return dict(re.findall(r'<a rel="(prev|next)" href="([^"]+)">', html))


def breadcrumbs(html: str) -> list[str]:
    part = html.partition('<nav class="breadcrumbs"')[2].partition("</nav>")[0]
    return re.findall(r'<a href="([^"]+)">', part)


@pytest.mark.parametrize(
    ("page", "before", "after"),
    [
        ("en/2024/12/31/", None, "/en/2026/02/28/"),
        ("en/2026/03/01/", "/en/2026/02/28/", "/en/2026/03/14/"),
        ("en/2026/03/14/", "/en/2026/03/01/", None),
        ("en/2024/12/", None, "/en/2026/02/"),
        ("en/2026/02/", "/en/2024/12/", "/en/2026/03/"),
        ("en/2024/", None, "/en/2026/"),
        ("en/2026/", "/en/2024/", None),
        ("en/tag/harbour/2026/02/", "/en/tag/harbour/2024/12/", "/en/tag/harbour/2026/03/"),
        ("en/section/city/2026/03/", "/en/section/city/2026/02/", None),
    ],
)
def test_a_page_links_to_the_nearest_existing_pages_on_both_sides(
    page: str, before: str | None, after: str | None
) -> None:
    wanted = {rel: path for rel, path in (("prev", before), ("next", after)) if path}
    assert adjacent(built(*DAYS)[f"{page}index.html"]) == wanted


def test_days_months_and_years_without_articles_have_no_page() -> None:
    pages = built(*DAYS)
    months = {key for key in pages if re.fullmatch(r"en/\d{4}/(\d\d/)*index.html", key)}
    assert months == {
        f"en/{path}/index.html" for day in DAYS for path in (day[:4], day[:7].replace("-", "/"), day.replace("-", "/"))
    }


def test_each_page_has_breadcrumbs_from_the_front_page_for_people_and_software() -> None:
    pages = built(*DAYS)
    assert breadcrumbs(pages["en/2026/03/14/index.html"]) == ["/en/", "/en/archive/", "/en/2026/", "/en/2026/03/"]
    assert breadcrumbs(pages["en/2026/03/index.html"]) == ["/en/", "/en/archive/", "/en/2026/"]
    assert breadcrumbs(pages["en/2026/index.html"]) == ["/en/", "/en/archive/"]
    assert breadcrumbs(pages["en/archive/index.html"]) == ["/en/"]
    assert breadcrumbs(pages["en/tag/harbour/2026/03/index.html"]) == ["/en/", "/en/tag/harbour/"]
    linked = pages["en/2026/03/index.html"].partition("BreadcrumbList")[2]
    assert re.findall(r'"item": "https://courier.example([^"]+)"', linked) == [
        "/en/",
        "/en/archive/",
        "/en/2026/",
        "/en/2026/03/",
    ]


def test_a_month_has_the_newest_headlines_of_each_day_and_links_to_the_others() -> None:
    newsroom = Newsroom()
    for day, count in ((13, 6), (14, 2)):
        for number in range(count):
            newsroom.put(
                f"{day}-{number}", headline=f"{day} at {number}", published_at=f"2026-03-{day}T0{number}:00:00Z"
            )
    month = newsroom.build()["en/2026/03/index.html"].body.decode().partition('<div class="days">')[2]
    assert re.findall(r">([^<>]+)</a>", month.partition("</div>")[0]) == [
        *("Saturday, 14 March 2026", "14 at 1", "14 at 0"),
        *("Friday, 13 March 2026", "13 at 5", "13 at 4", "13 at 3", "13 at 2", "6 articles"),
    ]


def test_publishing_reads_the_months_of_its_articles_alone() -> None:
    """The months next to them may hold thousands of articles."""
    newsroom = Newsroom()
    for day in DAYS:
        newsroom.put(f"a-{day}", headline=f"Of {day}", published_at=f"{day}T10:00:00+02:00")
    changes = replace(newsroom.changes(), articles=(newsroom.articles["a-2026-03-14"],))
    read = {query.month for target in months(changes) for query in target.queries if isinstance(query, ArticlesOfMonth)}
    assert read == {date(2026, 3, 1)}
    before = ArticlesOfMonth(Channel("en", "all"), date(2026, 2, 1))
    assert before in {query for target in months(replace(changes, months=(before,))) for query in target.queries}


def test_a_month_counts_its_days() -> None:
    newsroom = Newsroom()
    newsroom.put("a")
    newsroom.put("b", headline="Another")
    month = newsroom.build()["en/2026/03/index.html"].body.decode()
    assert '<span class="visually-hidden">14 March 2026 – 2 articles</span>' in month


def test_the_archive_starts_with_the_newest_year_and_links_to_every_month() -> None:
    page = built(*DAYS)["en/archive/index.html"]
    assert re.findall(r'<a href="(/en/\d{4}/)">', page) == ["/en/2026/", "/en/2024/"]
    months = re.findall(r'data-fragment="/en/fragments/([\d-]+).html"><a href="/en/([\d/]+)/">', page)
    assert months == [("2026-02", "2026/02"), ("2026-03", "2026/03"), ("2024-12", "2024/12")]


def test_another_article_of_a_month_changes_its_heatmap_and_not_the_archive_front() -> None:
    newsroom = Newsroom()
    newsroom.put("a")
    newsroom.put("b", published_at="2026-02-14T10:00:00+02:00", headline="Before")
    before = newsroom.build()
    newsroom.put("c", headline="Another")
    after = newsroom.build()
    keys = [key for key in before if "/fragments/2026" in key or "archive" in key]
    assert [key for key in keys if after[key] != before[key]] == ["en/fragments/2026-03.html"]


def test_a_heatmap_is_darker_on_days_with_more_articles_and_has_a_label() -> None:
    newsroom = Newsroom()
    for number in range(8):
        newsroom.put(f"a-{number}", headline=f"Number {number}")
    newsroom.put("b", headline="The first", published_at="2026-03-01T10:00:00+02:00")
    heatmap = newsroom.build()["en/fragments/2026-03.html"].body.decode()
    shades = [int(shade) for shade in re.findall(r'<rect class="s(\d)"', heatmap)]
    assert len(shades) == 31
    assert (shades[0], shades[13], sum(shades)) == (1, 3, 4)
    assert 'role="img" aria-label="9 articles"' in heatmap
    assert "<title>14 March 2026: 8</title>" in heatmap


def test_a_channels_month_lists_every_article_by_day_however_many() -> None:
    newsroom = Newsroom()
    for number in range(70):
        newsroom.put(f"a-{number}", headline=f"Number {number}", published_at=f"2026-03-0{1 + number % 9}T10:00:00Z")
    page = newsroom.build()["en/section/city/2026/03/index.html"].body.decode()
    assert {int(number) for number in re.findall(r">Number (\d+)<", page)} == {*range(70)}
    assert re.findall(r'<h2><a href="(/en/2026/03/\d\d/)">', page) == [
        f"/en/2026/03/0{day}/" for day in range(9, 0, -1)
    ]


def test_a_channel_links_to_the_months_of_its_articles() -> None:
    page = built(*DAYS)["en/tag/harbour/index.html"]
    months = re.findall(r'<a href="/en/tag/harbour/(\d{4}/\d\d)/">([^<]+)<', page)
    assert months == [("2026/03", "March 2026"), ("2026/02", "February 2026"), ("2024/12", "December 2024")]


def test_caricatures_are_a_gallery_and_so_are_their_months() -> None:
    newsroom = Newsroom()
    newsroom.put("a", kind="caricature", image=IMAGE)
    pages = newsroom.build()
    for key in ("en/caricatures/index.html", "en/caricatures/2026/03/index.html"):
        assert 'class="teasers gallery"' in pages[key].body.decode()
        assert 'src="https://courier.example/m/a.svg"' in pages[key].body.decode()
