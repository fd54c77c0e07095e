"""A new site that sends no mail: its pages in Chromium before the first article, without a word of a newsletter."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from infra.local.deployment.local_deployment import LocalDeployment
from tests.browser.conftest import Open, watched

pytestmark = pytest.mark.proof


@pytest.fixture(scope="module")
def silent() -> Iterator[LocalDeployment]:
    """A deployment without articles and without a sender."""
    with LocalDeployment(parameters={"Sender": ""}) as running:
        running.settle()
        yield running


@pytest.fixture
def open_page(chromium: Browser, silent: LocalDeployment) -> Iterator[Open]:
    with watched(chromium, silent) as opened:
        yield opened


def sideways(page: Page) -> bool:
    """Whether the page scrolls to the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@pytest.mark.parametrize(("code", "heading"), [("en", "Our first edition is coming"), ("ar", "العدد الأول قريبًا")])
@pytest.mark.parametrize("width", [320, 1280])
def test_a_new_site_says_that_its_first_edition_is_coming_and_offers_no_newsletter(
    open_page: Open, code: str, heading: str, width: int
) -> None:
    page = open_page(f"/{code}/", viewport={"width": width, "height": 800})
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    for path in ("", "section/city/", "archive/", "feeds/"):
        page.goto(f"/{code}/{path}")
        expect(page.get_by_role("navigation").first).to_be_visible()
        expect(page.locator(".newsletter, form, [href*=subscriptions], input[type=email]")).to_have_count(0)
        assert not sideways(page)


def test_the_page_of_the_form_says_that_the_newsletter_is_paused(chromium: Browser, silent: LocalDeployment) -> None:
    page = chromium.new_page()
    page.goto(f"{silent.url}/api/subscriptions/form")
    expect(page.get_by_role("heading", name="The newsletter is paused")).to_be_visible()
    expect(page.locator("form")).to_have_count(0)
    page.close()
