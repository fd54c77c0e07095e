"""Advertising slots: whatever an ad does, it leaves no hole and moves nothing that a reader sees."""

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect

from infra.local.deployment.local_deployment import LocalDeployment
from tests.browser import hard_content
from tests.browser.conftest import PHONE
from tests.browser.kinds import EDITIONS
from tests.browser.test_hard_content import LEAST_SHIFT, SHIFT

pytestmark = pytest.mark.proof

WIDE: ViewportSize = {"width": 1280, "height": 900}
# Only the slot's own ads, of the sizes of `hard_content.ADS`.
AD = '<div class="ad" role="group" aria-label="Ad"><p>Ad</p><a href="#"><img src="{src}" alt="x" width="{width}" height="{height}"></a></div>'  # noqa: E501
each_edition = pytest.mark.parametrize("code", EDITIONS)
each_window = pytest.mark.parametrize("viewport", [PHONE, WIDE], ids=["phone", "desk"])


def html(*names: str) -> str:
    sizes = hard_content.ADS
    parts = [(f"{hard_content.FOLDER}/{name}.png", *sizes.get(name, (300, 250))) for name in names]
    return "".join(AD.format(src=src, width=width, height=height) for src, width, height in parts)


@pytest.fixture
def page(chromium: Browser, hard_site: LocalDeployment) -> Iterator[Page]:
    context = chromium.new_context(base_url=hard_site.url, reduced_motion="reduce", bypass_csp=True)
    yield context.new_page()
    context.close()


def slow(seconds: float) -> Callable[[Route], None]:
    def wait(route: Route) -> None:
        time.sleep(seconds)
        route.continue_()

    return wait


def read_to_the_end(page: Page, path: str, viewport: ViewportSize, ads: str) -> float:
    """Scroll from the top to the end and back as a reader does. The layout shift of it all."""
    page.set_viewport_size(viewport)
    page.route("**/fragments/ads.html", lambda route: route.fulfill(body=ads, content_type="text/html"))
    page.goto(path, wait_until="networkidle")
    for step in (1, -1):
        for _ in range(60):
            at = page.evaluate(f"[scrollY, scrollBy(0, {step} * innerHeight / 2), scrollY]")
            if at[0] == at[2]:
                break
            page.wait_for_timeout(50)
    shift: float
    shift, moved = page.evaluate(SHIFT)
    assert shift <= LEAST_SHIFT, moved
    return shift


def hole(page: Page) -> float:
    """The room between what is above the slot and what is below it, without the ads in it."""
    found: float = page.evaluate("document.querySelector('.ads').getBoundingClientRect().height")
    return found


@each_edition
@each_window
@pytest.mark.parametrize("names", [("box",), ("box", "banner")], ids=["one", "two"])
@pytest.mark.parametrize("kind", ["brief", "section"])
def test_ads_are_shown_and_nothing_moves(
    page: Page, code: str, kind: str, viewport: ViewportSize, names: tuple[str, ...]
) -> None:
    assert read_to_the_end(page, hard_content.pages(code)[kind], viewport, html(*names)) <= LEAST_SHIFT
    expect(page.locator(".ad img")).to_have_count(len(names))
    for one in page.locator(".ad img").all():
        width, height = one.evaluate("(image) => [image.clientWidth, image.clientHeight]")
        declared = one.evaluate("(image) => [image.width, image.height]")
        assert abs(width / height - declared[0] / declared[1]) < 0.05


@each_edition
@each_window
def test_without_ads_there_is_no_hole(page: Page, code: str, viewport: ViewportSize) -> None:
    assert read_to_the_end(page, hard_content.pages(code)["brief"], viewport, "") <= LEAST_SHIFT
    assert hole(page) == 0
    gap = page.evaluate("""() => {
      const [slot, side] = [".ads", ".side"].map((one) => document.querySelector(one));
      return side.getBoundingClientRect().bottom - slot.previousElementSibling.getBoundingClientRect().bottom;
    }""")
    assert gap < 1 or viewport is WIDE


@each_window
def test_an_ad_whose_picture_fails_leaves_no_hole(page: Page, viewport: ViewportSize) -> None:
    shift = read_to_the_end(page, hard_content.pages("en")["brief"], viewport, html("missing"))
    assert (hole(page), shift <= LEAST_SHIFT) == (0, True)
    shift = read_to_the_end(page, hard_content.pages("en")["brief"], viewport, html("missing", "box"))
    expect(page.locator(".ad img")).to_have_count(1)
    assert shift <= LEAST_SHIFT


@each_window
def test_an_ad_whose_picture_is_slow_waits_until_the_footer_is_out_of_sight(page: Page, viewport: ViewportSize) -> None:
    page.set_viewport_size(viewport)
    page.route("**/hard/box.png", slow(1.5))
    page.route("**/fragments/ads.html", lambda route: route.fulfill(body=html("box"), content_type="text/html"))
    page.goto(hard_content.pages("en")["brief"], wait_until="domcontentloaded")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(page.locator(".latest .loaded")).to_have_count(1)
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    shifted = page.evaluate(SHIFT)[0]  # by the other fragments, since this reader was faster than they
    before = page.locator(".imprint").evaluate("(one) => one.getBoundingClientRect().top")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)
    after = page.locator(".imprint").evaluate("(one) => one.getBoundingClientRect().top")
    assert abs(after - before) < 1
    page.evaluate("scrollTo(0, 0)")
    expect(page.locator(".ad img")).to_have_count(1)
    assert page.evaluate(SHIFT)[0] - shifted <= LEAST_SHIFT
