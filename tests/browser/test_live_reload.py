"""`make run`: a page that is open in the browser follows what is edited."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from infra.local.deployment.local_deployment import ROOT, LocalDeployment
from infra.local.services.live_reload import SCRIPT
from tests.browser.conftest import TIMEOUT
from tests.local.conftest import Reader
from tests.waiting import wait_for

pytestmark = pytest.mark.proof


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[LocalDeployment, Path]]:
    code = tmp_path / "functions"
    shutil.copytree(ROOT / "functions", code, ignore=shutil.ignore_patterns("__pycache__"))
    with LocalDeployment(code=code, live_reload=True) as stack:
        stack.settle()
        yield stack, code


def test_an_open_page_shows_an_edited_template_where_it_was_scrolled_to(
    running: tuple[LocalDeployment, Path], chromium: Browser
) -> None:
    stack, code = running
    template = code / "broadsheet/render/templates/site/base.html"
    page = chromium.new_page(viewport={"width": 800, "height": 300})
    page.set_default_timeout(TIMEOUT)
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(f"{stack.url}/en/")
    page.evaluate("window.scrollTo(0, 120)")
    source = template.read_text("utf-8")
    template.write_text(source.replace("</body>", "<p id=edited>Edited</p></body>"), "utf-8")
    page.wait_for_selector("#edited")
    wait_for(lambda: abs(page.evaluate("scrollY") - 120) < 2)
    page.close()
    assert errors == []
    stored = stack.clients.s3.get_object(Bucket=stack.site_bucket, Key="en/index.html")["Body"].read()
    assert b"edited" in stored
    assert SCRIPT.encode() not in stored
    assert Reader(int(stack.url.rpartition(":")[2]))("/en/").body == stored


def test_a_broken_template_is_an_error_and_the_mended_one_is_published(
    running: tuple[LocalDeployment, Path], chromium: Browser
) -> None:
    stack, code = running
    template = code / "broadsheet/render/templates/site/base.html"
    page = chromium.new_page()
    page.set_default_timeout(TIMEOUT)
    page.goto(f"{stack.url}/en/")
    source = template.read_text("utf-8")
    console = chromium.new_page()
    console.set_default_timeout(TIMEOUT)
    template.write_text(source.replace("</body>", "{% if %}</body>"), "utf-8")
    while not console.get_by_text("TemplateSyntaxError").count():
        console.goto(f"{stack.url}/_local/")
    console.get_by_text("Traceback").first.click()
    assert "base.html" in console.locator("details[open] pre").first.inner_text()
    template.write_text(source.replace("</body>", "<p id=mended>Mended</p></body>"), "utf-8")
    page.wait_for_selector("#mended")
