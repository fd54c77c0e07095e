"""A preview in a browser: it reloads itself after each change, and keeps the reader's place on the page."""

import pytest
from playwright.sync_api import Browser, expect

from broadsheet_cli.client import connect
from broadsheet_cli.previews import end_preview, put_preview
from infra.local.deployment.local_deployment import LocalDeployment
from tests.browser.conftest import DESK, PHONE, TIMEOUT
from tests.readers import edition

pytestmark = pytest.mark.proof

LONG = {"format": "markdown", "text": "\n\n".join(f"Paragraph {number}." for number in range(80))}


@pytest.mark.parametrize("code", ["en", "ar"])
def test_a_preview_follows_its_article_to_its_end(chromium: Browser, site: LocalDeployment, code: str) -> None:
    errors: list[str] = []
    name = f"followed-{code}"
    with connect(site.url) as editor:

        def put(headline: str, summary: str) -> str:
            article = edition.article(code, headline, "", kind="article", summary=summary, body=LONG)
            return put_preview(editor, name, article | {"published_at": None}).url

        page = chromium.new_page(viewport=DESK)
        page.set_default_timeout(TIMEOUT)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(put("Ferries wait", "The first summary."), wait_until="networkidle")
        expect(page.locator(".standfirst")).to_have_text("The first summary.")
        page.locator(".latest").scroll_into_view_if_needed()
        expect(page.locator(".latest li a").first).to_be_visible()
        assert "Ferries wait" not in page.locator(".latest li a").all_inner_texts()  # the reader has it open
        page.evaluate("scrollTo(0, 900)")
        put("Ferries wait", "The second summary.")
        expect(page.locator(".standfirst")).to_have_text("The second summary.")
        page.wait_for_function("Math.abs(scrollY - 900) < 2")
        page.locator(".related").scroll_into_view_if_needed()
        expect(page.locator(".related .teaser").first).to_be_visible()
        assert "Ferries wait" not in page.locator(".related h3").all_inner_texts()  # no article is related to itself

        # The bar leads to the front page, on which the article is first; it follows too.
        page.locator(".preview li a").nth(1).click()
        expect(page.locator(".teaser h2").first).to_have_text("Ferries wait")
        put("Ferries sail", "The second summary.")
        expect(page.locator(".teaser h2").first).to_have_text("Ferries sail")
        page.set_viewport_size(PHONE)
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]

        # Another headline moves the article, and the preview follows.
        page.locator(".teaser h2 a").first.click()
        expect(page.locator("h1")).to_have_text("Ferries sail")
        put("Ferries are back", "The second summary.")
        expect(page.locator("h1")).to_have_text("Ferries are back")

        end_preview(editor, name)
        expect(page.locator(".preview")).to_have_count(0)
        page.close()
    assert errors == []
