"""A feed that is opened in a browser is readable, by its stylesheet."""

import pytest
from playwright.sync_api import Browser

from infra.local.deployment.local_deployment import LocalDeployment
from infra.local.web import Server, text
from tests.browser.conftest import PHONE, Open
from tests.readers.edition import TITLES

pytestmark = pytest.mark.proof

# What a person sees of a feed: the text of what is on the page, the stylesheet's own words, and which way it runs.
SEEN = """() => ({
  titles: [...document.querySelectorAll("item > title, entry > title")]
    .filter((title) => title.checkVisibility() && title.getBoundingClientRect().height > 20)
    .map((title) => title.textContent),
  text: [...document.querySelectorAll("*")]
    .filter((element) => element.checkVisibility() && !element.children.length)
    .map((element) => element.textContent).join("\\n"),
  notice: getComputedStyle(document.documentElement, "::before").content,
  direction: getComputedStyle(document.documentElement).direction,
  width: document.documentElement.scrollWidth,
  paper: getComputedStyle(document.documentElement).backgroundColor,
})"""
DIRECTIONS = {"en": "ltr", "ar": "rtl"}
NOTICES = {"en": "This is a feed.", "ar": "هذه خلاصة أخبار"}
PAPER = {"light": "rgb(255, 253, 248)", "dark": "rgb(21, 20, 15)"}

each_edition = pytest.mark.parametrize("code", DIRECTIONS)
each_format = pytest.mark.parametrize("ending", ["xml", "atom"])


@each_edition
@each_format
def test_a_feed_shows_its_headlines_as_typed_and_no_markup(open_page: Open, code: str, ending: str) -> None:
    """feeds#34, together with the page that lists the feeds."""
    seen = open_page(f"/{code}/feed.{ending}").evaluate(SEEN)
    assert set(TITLES[code].values()) <= set(seen["titles"])
    assert "<p>" not in seen["text"]
    assert "tag:courier.example" not in seen["text"]
    assert NOTICES[code] in seen["notice"]
    assert seen["direction"] == DIRECTIONS[code]


@each_format
@pytest.mark.parametrize("scheme", PAPER)
def test_a_feed_follows_the_systems_colours_and_fits_a_phone(open_page: Open, ending: str, scheme: str) -> None:
    seen = open_page(f"/feed.{ending}", viewport=PHONE, color_scheme=scheme).evaluate(SEEN)
    assert {title for titles in TITLES.values() for title in titles.values()} <= set(seen["titles"])
    assert all(notice in seen["notice"] for notice in NOTICES.values())
    assert seen["paper"] == PAPER[scheme]
    assert seen["width"] == PHONE["width"]


def test_a_script_of_another_site_learns_that_a_feed_has_not_changed(chromium: Browser, site: LocalDeployment) -> None:
    """aws#19"""
    reader = Server(lambda _: text(200, "<!doctype html><title>A reader</title>", "text/html"))
    page = chromium.new_page()
    try:
        page.goto(f"http://127.0.0.1:{reader.port}/")
        seen = page.evaluate(
            """async (url) => {
              const first = await fetch(url);
              const headers = { "If-None-Match": first.headers.get("ETag"), "X-Reader": "1" };
              return [first.status, (await fetch(url, { headers })).status];
            }""",
            f"{site.url}/en/feed.json",
        )
    finally:
        page.close()
        reader.close()
    assert seen == [200, 304]
