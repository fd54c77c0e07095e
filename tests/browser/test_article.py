"""The page of an article in a browser: its pictures and players, what stands beside it, and how it is shared."""

import pytest
from playwright.sync_api import ViewportSize, expect

from broadsheet_cli.client import connect
from infra.local.deployment.local_deployment import LocalDeployment
from tests.browser.conftest import DESK, ICON, PHONE, Open, boxes
from tests.readers import edition

pytestmark = pytest.mark.proof

VIDEO = f'<video src="{ICON["src"]}" controls width="200"></video>'  # a file that is there; nothing plays it
PLAYERS = f'<p>{VIDEO}{VIDEO}<audio src="{ICON["src"]}" controls></audio></p>'
PAGE = "/en/2026/03/20/pictures/"
SHARED = "navigator.share = async (shared) => { window.shared = shared; };"


@pytest.fixture(scope="module", autouse=True)
def pictures(site: LocalDeployment) -> None:
    """An article with a small picture above its text and a tall one in it, of the same file, and with players."""
    body = f'<p>One</p><p><img src="{ICON["src"]}" alt="" width="400" height="4000"></p>{PLAYERS}'
    with connect(site.url) as editor:
        article = edition.article("en", "Pictures", "2026-03-20T10:00:00Z", kind="article", slug="pictures", image=ICON)
        editor.put("pictures", article | {"body": {"format": "html", "text": body}})
    site.settle()


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_a_small_picture_stays_small_and_a_tall_one_fits_the_window(open_page: Open, viewport: ViewportSize) -> None:
    page = open_page(PAGE, viewport=viewport)
    small, tall = boxes(page, ".hero img", ".body img")
    assert (small["width"], small["height"]) == (ICON["width"], ICON["height"])
    assert tall["height"] <= viewport["height"]
    assert tall["width"] <= min(400, viewport["width"])


def test_players_are_one_below_the_other(open_page: Open) -> None:
    page = open_page(PAGE)
    first, second, third = boxes(page, "video", "video + video", "audio")
    assert first["bottom"] <= second["top"]
    assert second["bottom"] <= third["top"]


def test_the_latest_news_beside_an_article_are_others(open_page: Open) -> None:
    page = open_page(PAGE)
    expect(page.locator(".latest.loaded li, .latest .loaded li")).to_have_count(8)
    assert "Pictures" not in page.locator(".latest a").all_inner_texts()
    page = open_page("/en/section/city/")
    expect(page.locator(".latest .loaded li")).to_have_count(8)
    expect(page.locator(".latest a").first).to_have_text("Pictures")


def test_a_device_with_a_menu_for_sharing_opens_it_in_place_of_the_links(open_page: Open) -> None:
    page = open_page(PAGE)
    assert page.locator(".share :is(a, button)").all_inner_texts() == ["Email", "WhatsApp", "Telegram", "Copy link"]
    page.add_init_script(SHARED)
    page.reload()
    assert page.locator(".share :is(a, button)").all_inner_texts() == ["Share", "Copy link"]
    page.get_by_role("button", name="Share").click()
    address = page.locator("link[rel=canonical]").get_attribute("href")
    assert page.evaluate("window.shared") == {"title": "Pictures", "url": address}
