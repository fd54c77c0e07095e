"""Accessibility: axe-core finds no violation on any kind of page.

It runs all its rules but those that are experimental or ask for WCAG's highest level: its advice counts as well.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from infra.local.deployment.local_deployment import LocalDeployment
from tests.browser.conftest import DESK, NODE_MODULES, PHONE, TIMEOUT, load_all
from tests.browser.kinds import EDITIONS, KINDS
from tests.readers.clients import required

pytestmark = pytest.mark.proof

# Target size (WCAG 2.2, 2.5.8) is a rule that axe-core runs only on request.
RUN = """() => axe.run({ rules: { "target-size": { enabled: true } } }).then(({ violations }) => violations.flatMap(
  ({ id, nodes }) => nodes.map(({ html, failureSummary }) => ({ rule: id, html, why: failureSummary })),
))"""


@pytest.fixture(scope="module")
def axe() -> str:
    script = NODE_MODULES / "axe-core/axe.min.js"
    required(script.exists(), "axe-core is not installed; make proof installs it")
    return script.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(chromium: Browser, paper: LocalDeployment) -> Iterator[Page]:
    # No motion, so no colour is in transition when axe-core runs.
    context = chromium.new_context(base_url=paper.url, reduced_motion="reduce")
    context.set_default_timeout(TIMEOUT)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("code", EDITIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_no_violation(
    page: Page, axe: str, paths: Mapping[tuple[str, str], str], code: str, kind: str
) -> None:
    page.goto(paths[code, kind], wait_until="networkidle")
    load_all(page)
    page.evaluate(axe)
    found: dict[str, Any] = {}
    for scheme in ("light", "dark"):
        for size in (DESK, PHONE):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size(size)
            found[f"{scheme}, {size['width']} pixels wide"] = page.evaluate(RUN)
    assert found == {look: [] for look in found}
