"""Accessibility: axe-core finds no violation on any kind of page."""

from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import Browser, Page

from infra.local.deployment.local_deployment import LocalDeployment
from tests.browser import judges
from tests.browser.conftest import TIMEOUT, load_all
from tests.browser.kinds import EDITIONS, KINDS

pytestmark = pytest.mark.proof


@pytest.fixture(scope="module")
def page(chromium: Browser, paper: LocalDeployment) -> Iterator[Page]:
    # No motion, so no colour is in transition when axe-core runs.
    context = chromium.new_context(base_url=paper.url, reduced_motion="reduce")
    context.set_default_timeout(TIMEOUT)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("code", EDITIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_no_violation(page: Page, paths: Mapping[tuple[str, str], str], code: str, kind: str) -> None:
    page.goto(paths[code, kind], wait_until="networkidle")
    load_all(page)
    assert judges.violations(page) == {}
