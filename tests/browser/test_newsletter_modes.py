"""The newsletter's pages follow the reader's choice of light or dark mode, and the box's states keep its shape."""

from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import Browser, expect

from infra.local.deployment.local_deployment import LocalDeployment
from tests.browser.conftest import DESK, PHONE, Open, boxes, watched
from tests.browser.kinds import API, EDITIONS
from tests.browser.test_look import FIRST, LAYOUT, PAPER, paper

pytestmark = pytest.mark.proof

KINDS = ("form", "confirm", "preferences", "unsubscribed")
each_edition = pytest.mark.parametrize("code", EDITIONS)


@pytest.fixture
def open_page(chromium: Browser, paper: LocalDeployment) -> Iterator[Open]:
    """Open a path of the sample edition in a fresh profile."""
    with watched(chromium, paper) as opened:
        yield opened


@each_edition
@pytest.mark.parametrize("system", PAPER)
def test_the_newsletters_pages_follow_the_readers_choice_before_the_first_paint(
    open_page: Open, paths: Mapping[tuple[str, str], str], code: str, system: str
) -> None:
    other = "light" if system == "dark" else "dark"
    page = open_page(f"/{code}/", color_scheme=system)
    page.get_by_role("button", name=LAYOUT[code].dark_mode).click()
    page.add_init_script(FIRST)
    for kind in KINDS:
        page.goto(paths[code, kind], wait_until="networkidle")
        assert (kind, page.evaluate("window.firstPaper"), paper(page)) == (kind, PAPER[other], PAPER[other])


@each_edition
@pytest.mark.parametrize("viewport", [PHONE, DESK])
@pytest.mark.parametrize("state", ["sent", "wrong", "failed"])
def test_each_state_of_the_box_is_told_inside_it(open_page: Open, code: str, viewport: object, state: str) -> None:
    page = open_page(f"/{code}/", viewport=viewport, reduced_motion="reduce")
    answers = {
        "sent": (202, {"message": "Check your inbox. " * 12}),
        "wrong": (422, {"detail": "Invalid.", "errors": [{"field": "email", "code": "x", "detail": "x"}]}),
        "failed": (500, {}),
    }
    page.route(f"**{API}/form", lambda route: route.fulfill(json={"form_token": "t", "wait_seconds": 0}))
    status, body = answers[state]
    page.route(f"**{API}", lambda route: route.fulfill(status=status, json=body))
    page.locator("#newsletter-email").fill("nadia@courier.example")
    page.locator("#newsletter-email").press("Enter")
    expect(page.locator(".newsletter [role=status]")).not_to_be_empty()
    box, inside = boxes(page, ".newsletter", ".newsletter [role=status]")
    assert box["left"] <= inside["left"] <= inside["right"] <= box["right"]
    assert box["top"] <= inside["top"] <= inside["bottom"] <= box["bottom"]
