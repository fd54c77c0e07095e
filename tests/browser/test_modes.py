"""Other ways to read a page: on paper, in forced colours, without styles, without JavaScript, and on another day."""

import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from broadsheet.render.shared.locale import locale
from infra.local.deployment.local_deployment import LocalDeployment
from tests.browser import hard_content
from tests.browser.conftest import DESK, PHONE, Open, boxes, load_all, watched
from tests.browser.kinds import SITE

pytestmark = pytest.mark.proof

LAYOUT = {code: locale(edition).layout for code, edition in SITE.editions.items()}
each_edition = pytest.mark.parametrize("code", SITE.editions)
printed_page = pytest.mark.parametrize("kind", ["body", "front", "day"])
A4 = {"width": 794 - 2 * 38, "height": 1123 - 2 * 38}
"""The printed area of a page of A4 with margins of 1 cm, in CSS pixels."""
MARGIN = "1cm"
# The pixels of an element that differ from its corner, of all.
CONTRASTING = """async (url) => {
  const image = await createImageBitmap(await (await fetch(url)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  const { data } = canvas.getImageData(0, 0, image.width, image.height);
  let differing = 0;
  for (let at = 0; at < data.length; at += 4) {
    if ([0, 1, 2].some((one) => Math.abs(data[at + one] - data[one]) > 60)) differing++;
  }
  return (4 * differing) / data.length;
}"""


@pytest.fixture
def open_page(chromium: Browser, hard_site: LocalDeployment) -> Iterator[Open]:
    """Open a path of the site with hard content; missing pictures are no errors."""
    contexts = []

    def opened(path: str, **options: object) -> Page:
        context = chromium.new_context(base_url=hard_site.url, bypass_csp=True, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.goto(path, wait_until="networkidle")
        return page

    yield opened
    for context in contexts:
        context.close()


@each_edition
@printed_page
def test_a_printed_page_has_its_address_and_nothing_to_press(open_page: Open, code: str, kind: str) -> None:
    page = open_page(hard_content.pages(code)[kind], viewport=A4, reduced_motion="reduce")
    load_all(page)
    expect(page.locator(".printed")).to_be_hidden()
    page.emulate_media(media="print")
    shown = page.evaluate("document.body.innerText")
    canonical = page.locator("link[rel=canonical]").get_attribute("href") or ""
    assert canonical in shown or unquote(canonical) in shown
    pressed = "nav, form, button, audio, video, .ticker, .ads, .share, .related, .skip"
    assert [one.inner_text() for one in page.locator(pressed).all() if one.is_visible()] == []
    expect(page.get_by_role("heading", level=1).first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= A4["width"]


@each_edition
@printed_page
def test_a_printed_page_splits_no_teaser_and_no_picture(open_page: Open, code: str, kind: str) -> None:
    page = open_page(hard_content.pages(code)[kind], viewport=A4, reduced_motion="reduce")
    load_all(page)
    page.emulate_media(media="print")
    kept = "[...document.querySelectorAll('.teaser, figure')].filter((one) => one.checkVisibility())"
    assert set(page.evaluate(f"{kept}.map((one) => getComputedStyle(one).breakInside)")) <= {"avoid"}
    heights = page.evaluate("[...document.images].map((image) => image.getBoundingClientRect().height)")
    assert max(heights, default=0) < A4["height"]
    pdf = page.pdf(format="A4", margin={"top": MARGIN, "right": MARGIN, "bottom": MARGIN, "left": MARGIN})
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
    content = page.evaluate("document.documentElement.scrollHeight") / A4["height"]
    assert 1 <= pages <= 2 * content + 1


@each_edition
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_forced_colours_the_switch_and_the_archive_are_visible(open_page: Open, code: str, scheme: str) -> None:
    page = open_page(f"/{code}/archive/", viewport=DESK, forced_colors="active", color_scheme=scheme)
    load_all(page)
    for selector, least in ((".switch", 0.05), (".months li a svg", 0.05)):
        part = page.locator(selector).first
        expect(part).to_be_visible()
        picture = "data:image/png;base64," + b64encode(part.screenshot()).decode()
        assert page.evaluate(CONTRASTING, picture) > least, selector


@each_edition
def test_without_styles_the_page_reads_in_order(open_page: Open, code: str) -> None:
    page = open_page(hard_content.pages(code)["body"], viewport=DESK)
    load_all(page)
    page.evaluate("document.querySelectorAll('link[rel=stylesheet]').forEach((sheet) => sheet.remove())")
    order = [".skip", ".name", ".sections", "h1", ".body p", ".related", ".newsletter", ".imprint"]
    tops = {selector: box["top"] for selector, box in zip(order, boxes(page, *order), strict=True)}
    assert order == sorted(order, key=lambda selector: tops[selector])


@each_edition
@pytest.mark.parametrize("kind", ["body", "front", "section", "month"])
def test_without_script_everything_is_there_and_no_room_is_kept(open_page: Open, code: str, kind: str) -> None:
    page = open_page(hard_content.pages(code)[kind], viewport=PHONE, java_script_enabled=False)
    for part in ("h1", ".imprint a", ".newsletter button"):
        expect(page.locator(part).first).to_be_visible()
    expect(page.locator(".switch")).to_be_hidden()
    expect(page.locator("[data-today]").first).to_be_empty()
    for fragment in page.locator("[data-fragment]:not(.ads)").all():
        if fragment.is_visible():  # a link is in each fragment's place, and no room for more
            expect(fragment.locator("a").first).to_be_visible()
            box = fragment.bounding_box()
            assert box is not None
            assert box["height"] < 120
    if kind == "body":
        expect(page.locator(".wide[tabindex='0']").first).to_be_visible()


@each_edition
def test_a_page_of_last_week_has_todays_date_in_the_papers_zone_and_language(
    chromium: Browser, hard_site: LocalDeployment, code: str
) -> None:
    """At 23:30 in UTC it is tomorrow in Athens; the reader's own zone does not matter."""
    with watched(chromium, hard_site) as opened:
        page = opened(hard_content.pages(code)["brief"], timezone_id="America/Los_Angeles", locale="de-DE")
        now = datetime.now(UTC).replace(hour=23, minute=30) + timedelta(days=8)
        page.clock.set_fixed_time(now)
        page.reload(wait_until="networkidle")
        day = now.astimezone(ZoneInfo(SITE.time_zone.key)).date()
        dates = locale(SITE.editions[code]).dates
        expected = f"{dates.weekdays[day.weekday()]} {dates.day(day)}"
        shown = page.locator("[data-today]").inner_text()
        words = re.compile(r"[\w]+")
        assert words.findall(shown) == words.findall(expected)
