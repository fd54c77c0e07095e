"""The directory of feeds, as people use it."""

import re
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from lxml import etree  # type: ignore[import-untyped]  # it has no types
from playwright.sync_api import Page, expect

from infra.local.deployment.local_deployment import LocalDeployment
from tests.browser.conftest import PHONE, PIERS, Open

pytestmark = pytest.mark.proof

WORDS = {"en": ("Copy address", "Copied"), "ar": ("نسخ الرابط", "نُسخ الرابط")}
CLIPBOARD = ["clipboard-read", "clipboard-write"]

each_edition = pytest.mark.parametrize("code", WORDS)

# Each row's links, and what its feed holds: the row says it itself, or the line below the heading says it of all.
LISTED = """() => [...document.querySelectorAll("main li")].map((row) => {
  let holds = row.querySelector("span") ?? row.closest("details") ?? row.parentElement;
  while (!holds.matches("p, span")) holds = holds.previousElementSibling;
  const links = [...row.querySelectorAll("a")];
  return {
    name: links[0].innerText,
    holds: holds.innerText,
    paths: links.map((link) => decodeURIComponent(link.pathname)),
    shown: [...links, holds].every((element) => element.checkVisibility()),
  };
})"""


def listed(page: Page) -> list[dict[str, Any]]:
    """What the page shows of each feed, with all lists unfolded."""
    for summary in page.locator("summary").all():
        summary.click()
    found: list[dict[str, Any]] = page.evaluate(LISTED)
    return found


def feeds(site: LocalDeployment) -> set[str]:
    """The paths of the feeds of the site."""
    found = site.clients.s3.get_paginator("list_objects_v2").paginate(Bucket=site.site_bucket)
    paths = [f"/{entry['Key']}" for each in found for entry in each["Contents"]]
    return {path for path in paths if re.search(r"/feed\.(xml|atom|json)$", path)}


def outlined(page: Page) -> set[str]:
    """The feeds in the OPML document that the page links to."""
    href = page.locator("main a[href$='.opml']").get_attribute("href")
    assert href
    return {unquote(urlsplit(url).path) for url in etree.fromstring(page.request.get(href).body()).xpath("//@xmlUrl")}


@each_edition
def test_the_page_shows_every_feed_of_the_site_and_what_it_holds(
    open_page: Open, site: LocalDeployment, code: str
) -> None:
    """feeds#34, together with its buttons and with a feed in a browser."""
    page = open_page(f"/{code}/feeds/")
    rows = listed(page)
    assert all(row["shown"] and row["name"] and row["holds"] for row in rows)
    for home, *paths in (row["paths"] for row in rows):
        assert paths == [f"{home}feed.{ending}" for ending in ("xml", "atom", "json")]
    own = {path for path in feeds(site) if path.startswith((f"/{code}/", "/feed."))}
    assert sorted(path for row in rows for path in row["paths"][1:]) == sorted(own)
    assert outlined(page) == {path for path in feeds(site) if path.endswith(".xml")}


@each_edition
@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_a_button_copies_the_url_of_its_feed_and_confirms_it_in_place(
    open_page: Open, site: LocalDeployment, code: str, by: str
) -> None:
    page = open_page(f"/{code}/feeds/", permissions=CLIPBOARD)
    page.clock.install(time=datetime(2026, 3, 1))  # noqa: DTZ001  Playwright takes it as it is
    page.clock.pause_at(datetime(2026, 3, 2))  # noqa: DTZ001
    copy, copied = WORDS[code]
    status = page.get_by_role("main").get_by_role("status")
    rows = [row for row in page.locator("[data-copy] li").all() if row.is_visible()]
    assert len(rows) == page.locator("[data-copy] > ul > li").count() > 10
    for row in rows:
        name, button = row.locator("a").first.inner_text(), row.get_by_role("button")
        expect(button).to_have_accessible_name(f"{copy}: {name}")
        if by == "mouse":
            button.click()
        else:
            row.locator("a").last.focus()
            page.keyboard.press("Tab")
            expect(button).to_be_focused()
            page.keyboard.press("Enter")
        expect(button).to_have_text(copied)
        expect(button).to_be_focused()
        expect(status).to_have_text(f"{copied}: {name}")
        path = row.locator("a").nth(1).get_attribute("href")
        assert page.evaluate("navigator.clipboard.readText()") == f"{site.url}{path}"
        page.clock.run_for(2000)
        expect(button).to_have_text(copy)
        expect(status).to_be_empty()


def test_a_folded_list_opens_by_keyboard_and_has_its_buttons(open_page: Open, site: LocalDeployment) -> None:
    page = open_page("/en/feeds/", permissions=CLIPBOARD)
    folded = page.locator("details", has_text=PIERS[0])
    expect(folded.get_by_role("button")).to_have_count(0)
    folded.locator("summary").focus()
    page.keyboard.press("Enter")
    row = folded.locator("li", has_text=PIERS[60])
    row.get_by_role("button").press("Enter")
    expect(page.get_by_role("main").get_by_role("status")).to_have_text(f"Copied: {PIERS[60]}")
    assert page.evaluate("navigator.clipboard.readText()") == f"{site.url}/en/tag/pier-60/feed.xml"


def test_a_button_copies_where_the_browser_has_no_clipboard_api(open_page: Open, site: LocalDeployment) -> None:
    address = f"http://courier.test:{urlsplit(site.url).port}"
    page = open_page(f"{address}/en/feeds/")
    assert page.evaluate("navigator.clipboard === undefined")
    button = page.get_by_role("button", name="Copy address: City")
    button.press("Enter")
    expect(page.get_by_role("main").get_by_role("status")).to_have_text("Copied: City")
    expect(page.get_by_role("button", name="Copied: City")).to_be_focused()
    field = page.get_by_label("Email address")
    field.press("Control+V")
    expect(field).to_have_value(f"{address}/en/section/city/feed.xml")


@each_edition
def test_without_script_every_link_works_and_there_are_no_buttons(open_page: Open, code: str) -> None:
    page = open_page(f"/{code}/feeds/", java_script_enabled=False)
    expect(page.locator("main button")).to_have_count(0)
    links = page.locator("main a")
    for summary in page.locator("summary").all():
        summary.click()
    assert all(link.is_visible() for link in links.all())
    hrefs = [link.get_attribute("href") for link in links.all()]
    assert {page.request.head(href).status for href in hrefs if href} == {200}
    page.locator("main li a").first.click()
    expect(page).to_have_url(re.compile(rf"/{code}/$"))


@each_edition
def test_the_page_fits_a_phone(open_page: Open, code: str) -> None:
    page = open_page(f"/{code}/feeds/", viewport=PHONE)
    listed(page)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    for one in page.locator("main").locator("a, button, span, p").all():
        box = one.bounding_box()
        if box and not one.evaluate("element => element.matches('.visually-hidden')"):
            assert 0 <= box["x"] <= box["x"] + box["width"] <= PHONE["width"]
