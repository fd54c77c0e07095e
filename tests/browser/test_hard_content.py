"""The layout holds for hard content: at every width, in both directions, in light and dark mode, and at 200 and 400 %.

Zoom of 200 and 400 % is the width of a window of 1,280 pixels divided by it (WCAG 2.2, 1.4.10).
"""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from infra.local.deployment.local_deployment import LocalDeployment
from tests.browser import hard_content
from tests.browser.conftest import DESK, NODE_MODULES, TIMEOUT, load_all
from tests.browser.kinds import EDITIONS
from tests.readers.clients import required

pytestmark = pytest.mark.proof

WIDTHS = (320, 390, 640, 768, 1280, 1920)
CHECK = (Path(__file__).parent / "layout.js").read_text(encoding="utf-8")
PAGES = [(code, kind) for code in EDITIONS for kind in hard_content.pages(code)]
AXE = """() => axe.run().then(({ violations }) => violations.flatMap(
  ({ id, nodes }) => nodes.map(({ html, failureSummary }) => ({ rule: id, html, why: failureSummary }))))"""
# The sum of all shifts since the page began, as the browser scores them.
SHIFT = """() => new Promise((tell) => {
  let shift = 0;
  const moved = [];
  const add = (entries) => { for (const one of entries) {
    shift += one.value;
    moved.push(...one.sources.map(({ node }) => node?.parentElement?.className || node?.nodeName));
  } };
  const observer = new PerformanceObserver((list) => add(list.getEntries()));
  observer.observe({ type: "layout-shift", buffered: true });
  setTimeout(() => { add(observer.takeRecords()); tell([shift, moved]); }, 100);
})"""
LEAST_SHIFT = 0.01
LATE = 0.4  # seconds that each fragment takes


@pytest.fixture(scope="module")
def page(chromium: Browser, hard_site: LocalDeployment) -> Iterator[Page]:
    context = chromium.new_context(base_url=hard_site.url, reduced_motion="reduce", bypass_csp=True)
    context.set_default_timeout(TIMEOUT)
    yield context.new_page()
    context.close()


def open_whole(page: Page, path: str) -> None:
    page.set_viewport_size(DESK)
    page.goto(path, wait_until="networkidle")
    load_all(page)


@pytest.mark.parametrize(("code", "kind"), PAGES)
def test_nothing_overflows_overlaps_or_is_blown_up(page: Page, code: str, kind: str) -> None:
    open_whole(page, hard_content.pages(code)[kind])
    found: dict[str, list[str]] = {}
    for scheme, widths in {"light": WIDTHS, "dark": (390, 1280)}.items():
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for width in widths:
            page.set_viewport_size({"width": width, "height": 900})
            for trouble in page.evaluate(CHECK):
                found.setdefault(trouble, []).append(f"{scheme}, {width}")
    page.emulate_media(color_scheme="light")
    assert [f"{trouble} ({'; '.join(looks)})" for trouble, looks in found.items()] == []


@pytest.mark.parametrize("code", EDITIONS)
@pytest.mark.parametrize("kind", ["body", "many", "front", "section"])
def test_axe_finds_no_violation_in_hard_content(page: Page, code: str, kind: str) -> None:
    axe = NODE_MODULES / "axe-core/axe.min.js"
    required(axe.exists(), "axe-core is not installed; make proof installs it")
    open_whole(page, hard_content.pages(code)[kind])
    page.evaluate(axe.read_text(encoding="utf-8"))
    found = {}
    for scheme, width in {"light": 1280, "dark": 390}.items():
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": 900})
        found[scheme] = page.evaluate(AXE)
    page.emulate_media(color_scheme="light")
    assert found == {"light": [], "dark": []}


@pytest.mark.parametrize("code", EDITIONS)
@pytest.mark.parametrize("kind", ["many", "cartoon", "front", "section", "month", "archive", "not-found"])
def test_nothing_moves_when_fragments_arrive_late(page: Page, code: str, kind: str) -> None:
    """Nor when a reader scrolls to the end and fragments arrive in time."""

    def late(route: Route) -> None:
        time.sleep(LATE)
        route.continue_()

    found = {}
    for width, height in ((390, 844), (1280, 900), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        page.route("**/fragments/**", late)
        page.goto(hard_content.pages(code)[kind], wait_until="networkidle")
        arrived = page.evaluate(SHIFT)
        page.unroute_all()
        for _ in range(40):
            at = page.evaluate("[scrollY, scrollBy(0, innerHeight / 2), scrollY]")
            if at[0] == at[2]:
                break
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(60)
        found[width] = {"at once": arrived, "scrolled": page.evaluate(SHIFT)}
    assert {width: shifts for width, shifts in found.items() if shifts["scrolled"][0] > LEAST_SHIFT} == {}
