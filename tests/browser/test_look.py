"""The layout of every page: themes, the ticker, the keyboard and phones."""

from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from broadsheet.model.config import parse_site
from broadsheet.render.shared.locale import locale
from broadsheet.settings import SITE_FILE
from tests.browser.conftest import PHONE, Open, load_all
from tests.readers import edition
from tests.waiting import wait_for

pytestmark = pytest.mark.proof

PAPER = {"light": "rgb(255, 253, 248)", "dark": "rgb(21, 20, 15)"}
LAYOUT = {code: locale(edition).layout for code, edition in parse_site(SITE_FILE.read_text("utf-8")).editions.items()}

each_edition = pytest.mark.parametrize("code", LAYOUT)

# Which paper the first frame was painted on: the observer runs before the page has a body.
FIRST = """new PerformanceObserver(() => {
  window.firstPaper ??= getComputedStyle(document.body).backgroundColor;
}).observe({ type: "paint", buffered: true });"""
# The colour that browsers draw around the page: of the first element whose media query matches (HTML, section 4.2.5.1).
AROUND = """[...document.querySelectorAll("meta[name=theme-color]")]
  .find((one) => matchMedia(one.media).matches).content"""
# How far the ticker has moved, in either direction.
MOVED = "Math.abs(document.querySelector('.ticker ul').scrollLeft)"

# How many elements the keyboard should come by, and which one it is at: where that starts in the direction of the text,
# in all that its line holds, however far the focus has moved that.
REACHABLE = """[...document.querySelectorAll("a[href], button, input")].filter((one) => one.checkVisibility()
  && one.type !== "hidden" && one.tabIndex >= 0).length"""
FOCUSED = """(() => {
  const one = document.activeElement;
  const { top, bottom, left, right } = one.getBoundingClientRect();
  const all = [...document.querySelectorAll("a[href], button, input")];
  let moved = 0;
  for (let around = one.parentElement; around; around = around.parentElement) moved += around.scrollLeft;
  return {
    number: all.indexOf(one),
    href: one.getAttribute("href"),
    outline: getComputedStyle(one).outlineStyle,
    top: top + scrollY,
    bottom: bottom + scrollY,
    start: document.documentElement.dir === "rtl" ? -right - moved : left + moved,
  };
})()"""


def paper(page: Page) -> str:
    found: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return found


def around(page: Page) -> str:
    """The colour that browsers draw around the page, as CSS computes it."""
    found: str = page.evaluate(AROUND)
    red, green, blue = bytes.fromhex(found.removeprefix("#"))
    return f"rgb({red}, {green}, {blue})"


def moves_past(page: Page, pixels: int) -> None:
    """Wait until the ticker has moved that far. The page's policy forbids Playwright's own `wait_for_function`."""

    def moved() -> float:
        found: float = page.evaluate(MOVED)
        return found

    wait_for(lambda: moved() > pixels, moved)


@each_edition
@pytest.mark.parametrize("system", PAPER)
def test_the_reader_chooses_day_or_night_and_the_choice_is_there_before_the_first_paint(
    open_page: Open, code: str, system: str
) -> None:
    other = "light" if system == "dark" else "dark"
    page = open_page(f"/{code}/", color_scheme=system)
    switch = page.get_by_role("button", name=LAYOUT[code].dark_mode)
    assert (paper(page), around(page)) == (PAPER[system], PAPER[system])
    expect(switch).to_have_attribute("aria-pressed", "true" if system == "dark" else "false")
    switch.click()
    assert (paper(page), around(page)) == (PAPER[other], PAPER[other])
    expect(switch).to_have_attribute("aria-pressed", "true" if other == "dark" else "false")
    page.add_init_script(FIRST)
    page.goto(f"/{code}/section/city/", wait_until="networkidle")
    assert (page.evaluate("window.firstPaper"), around(page)) == (PAPER[other], PAPER[other])
    page.get_by_role("button", name=LAYOUT[code].dark_mode).click()
    assert (paper(page), around(page)) == (PAPER[system], PAPER[system])
    page.emulate_media(color_scheme="light" if system == "dark" else "dark")
    assert around(page) == PAPER[other]
    assert page.evaluate("localStorage.getItem('theme')") is None


def test_without_script_the_page_follows_the_system_and_shows_no_switch(open_page: Open) -> None:
    page = open_page("/en/", java_script_enabled=False, color_scheme="dark")
    expect(page.locator(".switch")).to_be_hidden()
    expect(page.locator(".ticker button")).to_be_hidden()
    expect(page.locator(".ticker a")).to_have_attribute("href", "/en/")


@each_edition
def test_the_ticker_moves_and_can_be_paused(open_page: Open, code: str) -> None:
    page = open_page(f"/{code}/", viewport=PHONE)
    moves_past(page, 10)
    page.locator(".ticker button").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".ticker button")).to_have_text(LAYOUT[code].resume)
    stopped = page.evaluate(MOVED)
    page.wait_for_timeout(300)
    assert page.evaluate(MOVED) == stopped
    page.keyboard.press("Enter")
    expect(page.locator(".ticker button")).to_have_text(LAYOUT[code].pause)
    moves_past(page, stopped + 5)


@each_edition
def test_the_ticker_waits_under_the_pointer_and_for_the_keyboard_which_reaches_each_headline(
    open_page: Open, code: str
) -> None:
    page = open_page(f"/{code}/", viewport=PHONE)
    ticker = page.get_by_role("complementary", name=LAYOUT[code].headlines)
    moves_past(page, 10)
    ticker.locator("ul").hover()
    page.wait_for_timeout(100)
    stopped = page.evaluate(MOVED)
    page.wait_for_timeout(300)
    assert page.evaluate(MOVED) == stopped
    page.mouse.move(5, 500)
    moves_past(page, stopped + 5)
    links = ticker.locator("li a")
    links.first.focus()
    for number in range(links.count()):
        link = links.nth(number)
        expect(link).to_be_focused()
        expect(link).to_be_in_viewport()
        stopped = page.evaluate(MOVED)
        page.wait_for_timeout(100)
        assert page.evaluate(MOVED) == stopped
        page.keyboard.press("Tab")
    # It is no news to a screen reader that the headlines move.
    assert page.locator(".ticker [aria-live], .ticker[aria-live], .ticker [role=status], .ticker marquee").count() == 0
    expect(ticker.get_by_role("button")).to_have_accessible_name(LAYOUT[code].pause)


@each_edition
def test_with_reduced_motion_the_ticker_stands_still(open_page: Open, code: str) -> None:
    page = open_page(f"/{code}/", viewport=PHONE, reduced_motion="reduce")
    page.wait_for_timeout(4_000)
    assert page.evaluate(MOVED) == 0
    expect(page.locator(".ticker button")).to_be_hidden()


def test_the_language_switch_links_to_the_translation_or_to_the_other_front_page(open_page: Open) -> None:
    page = open_page("/en/")
    switch, headline = page.locator(".editions a"), page.locator("h1")
    expect(switch).to_have_attribute("href", "/ar/")
    page.locator("main").get_by_role("link", name=edition.TITLES["en"]["markup"], exact=True).click()
    switch.click()
    expect(headline).to_have_text(edition.TITLES["ar"]["markup-ar"])
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    switch.click()
    expect(headline).to_have_text(edition.TITLES["en"]["markup"])


def test_without_ads_no_space_is_reserved(open_page: Open) -> None:
    page = open_page("/en/section/city/")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    assert page.locator(".ads").evaluate("(one) => one.getBoundingClientRect().height") == 0


@each_edition
@pytest.mark.parametrize("path", ["", "section/city/", "2026/03/10/", "2026/03/", "2026/", "caricatures/", "404.html"])
def test_no_page_is_wider_than_a_phone(open_page: Open, code: str, path: str) -> None:
    page = open_page(f"/{code}/{path}", viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_a_section_shows_where_the_reader_is(open_page: Open) -> None:
    page = open_page("/en/section/city/")
    expect(page.locator(".sections [aria-current=page]")).to_have_text("City")
    page.locator("main .teaser h2 a").first.click()
    expect(page.locator(".sections [aria-current=true]")).to_have_text("City")


@each_edition
@pytest.mark.parametrize("path", ["", "section/city/", "2026/03/", "404.html"])
def test_the_keyboard_reaches_everything_in_reading_order_with_a_visible_focus(
    open_page: Open, code: str, path: str
) -> None:
    page = open_page(f"/{code}/{path}", reduced_motion="reduce")
    load_all(page)
    expected = page.evaluate(REACHABLE)
    met = []
    for _ in range(expected):
        page.keyboard.press("Tab")
        met.append(page.evaluate(FOCUSED))
    assert len({each["number"] for each in met}) == expected
    assert {each["outline"] for each in met} == {"solid"}
    assert met[0]["href"] == "#content"
    # The skip link shows itself above all else, so the order of reading begins behind it.
    for last, following in pairwise(met[1:]):
        above = following["bottom"] <= last["top"]
        before = following["start"] < last["start"]
        beside = following["top"] < last["bottom"] and not above
        assert not (before and (above or beside)), (last, following)
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED)["number"] in {-1, met[0]["number"]}  # out of the page, or round it: no trap


@each_edition
def test_the_first_link_skips_to_the_content(open_page: Open, code: str) -> None:
    page = open_page(f"/{code}/section/city/")
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_a_button_copies_the_link_of_an_article(open_page: Open) -> None:
    page = open_page("/en/section/city/", permissions=["clipboard-read", "clipboard-write"])
    page.locator("main .teaser h2 a").first.click()
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator(".share [role=status]")).to_have_text("Copied")
    canonical = page.locator("link[rel=canonical]").get_attribute("href")
    assert page.evaluate("navigator.clipboard.readText()") == canonical
