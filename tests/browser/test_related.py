"""Related articles below an article, in a browser: those that it names, else the newest of its tags and its section."""

import pytest
from playwright.sync_api import Page, expect

from broadsheet_cli.client import connect
from infra.local.deployment.local_deployment import LocalDeployment
from tests.browser.conftest import ICON, PHONE, Open, boxes
from tests.readers import edition

pytestmark = pytest.mark.proof

# The newest of the tag that are not the article itself, which is the second oldest.
NEWEST = ["Regatta: الميناء wins, 2 < 3", "Ferry 🚢 “Nūr” — it’s back 👩🏽‍🚀", "C++ & <script>alert(‘1’)</script> ]]>"]
ALONE = {"section": "sport", "tags": ["Lighthouse"]}


@pytest.fixture(scope="module", autouse=True)
def naming(site: LocalDeployment) -> None:
    """An article in each edition that names others; one that is alone with its tag and section, and one that is not."""
    with connect(site.url) as editor:
        for code, related in (("en", ["latin-first", "unknown", "markup"]), ("ar", ["script", "latin-inside"])):
            slug = {"slug": f"names-{code}", "related": related}
            article = edition.article(code, f"Names {code}", "2026-02-01T10:00:00Z", image=ICON, **slug)
            editor.put(f"names-{code}", article)
        lone = edition.article("en", "Alone", "2026-02-02T10:00:00Z", slug="alone", image=ICON, **ALONE)
        editor.put("alone", lone)
    site.settle()


def headlines(page: Page, count: int) -> list[str]:
    """The headlines of the related articles, once they are loaded. Their room is near the viewport."""
    page.locator(".related").scroll_into_view_if_needed()
    expect(page.locator(".related article")).to_have_count(count)
    return page.locator(".related article h3").all_inner_texts()


def path_of(site: LocalDeployment, id: str) -> str:
    with connect(site.url) as editor:
        return str(editor.get(id)["path"])


def test_an_article_shows_the_newest_of_its_tag_and_never_itself(open_page: Open, site: LocalDeployment) -> None:
    page = open_page(path_of(site, "escaped"))
    assert headlines(page, 3) == NEWEST
    page = open_page(path_of(site, "arabic-inside"))
    assert NEWEST[0] not in headlines(page, 3)


def test_what_an_article_names_is_shown_in_its_order_and_language(open_page: Open) -> None:
    page = open_page("/en/2026/02/01/names-en/")
    assert headlines(page, 2) == [edition.TITLES["ar"]["latin-first"], edition.TITLES["en"]["markup"]]
    links = page.locator(".related h3 a")
    assert (links.first.get_attribute("lang"), links.first.get_attribute("dir")) == ("ar", "rtl")
    assert links.last.get_attribute("lang") is None


def test_in_arabic_the_first_of_them_is_on_the_right(open_page: Open) -> None:
    page = open_page("/ar/2026/02/01/names-ar/")
    assert headlines(page, 2) == [NEWEST[2], edition.TITLES["ar"]["latin-inside"]]
    first, last = boxes(page, ".related article", ".related article + article")
    assert first["x"] > last["x"]
    expect(page.locator(".related h2")).to_have_text("اقرأ أيضًا")


def test_where_nothing_else_is_there_and_without_script_the_links_remain(open_page: Open) -> None:
    page = open_page("/en/2026/02/02/alone/")
    page.locator(".related").scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    assert page.locator(".related a").all_inner_texts() == ["Lighthouse", "Sport"]
    page = open_page("/en/2026/02/01/names-en/", java_script_enabled=False)
    assert page.locator(".related a").all_inner_texts() == ["harbour", "City"]


def test_the_keyboard_opens_a_related_article(open_page: Open) -> None:
    page = open_page("/en/2026/02/01/names-en/")
    headlines(page, 2)
    page.locator(".related h3 a").last.focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(edition.TITLES["en"]["markup"])


def test_on_a_phone_related_articles_are_one_below_the_other(open_page: Open) -> None:
    page = open_page("/en/2026/02/01/names-en/", viewport=PHONE)
    headlines(page, 2)
    first, last = boxes(page, ".related article", ".related article + article")
    assert first["y"] < last["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
