"""A browser for each module, and a site in both languages."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, ViewportSize, expect, sync_playwright

from broadsheet_cli.client import connect
from infra.local.deployment.local_deployment import LocalDeployment
from infra.local.waiting import STALL
from tests.browser import hard_content, kinds
from tests.browser.kinds import API
from tests.conftest import end_after_last_use
from tests.readers import edition
from tests.readers.clients import required

FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",  # CI runs as root, and the browser opens only our own pages
    # A host that is neither https nor localhost, so the browser grants it less.
    "--host-resolver-rules=MAP courier.test 127.0.0.1",
)
# Which article translates another.
TRANSLATIONS = {"markup-ar": "markup"}
TIMEOUT = STALL * 1_000
"""Milliseconds that one step of a browser may take. Playwright reports no progress within a step."""

# Enough tags that the directory of feeds folds them up.
PIERS = [f"Pier {number}" for number in range(61)]
# The only image of the deployment.
ICON = {"src": "/assets/icon.svg", "alt": "A newspaper", "width": 32, "height": 32}
DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 320, "height": 640}
NODE_MODULES = Path(__file__).parent / "node_modules"

Open = Callable[..., Page]
expect.set_options(timeout=TIMEOUT)


# Every fragment is there, and every picture that is shown: the logo of the other mode waits until it is.
COMPLETE = """() => !document.querySelector(":is([data-fragment], .related):not(.loaded, .ads)")
  && [...document.images].every((image) => image.complete || !image.checkVisibility())"""
# Ads wait until the footer is out of sight.
WITH_ADS = """() => { const ads = document.querySelector(".ads"); return !ads || ads.classList.contains("loaded")
  || document.querySelector(".imprint").getBoundingClientRect().top < innerHeight; }"""


def boxes(page: Page, *selectors: str) -> list[dict[str, float]]:
    """Where the first element of each selector is, in CSS pixels of the viewport (`DOMRect`).

    All are measured at one moment, so they agree with each other also while the page still moves.
    """
    found: list[dict[str, float]] = page.evaluate(
        "(selectors) => selectors.map((one) => document.querySelector(one).getBoundingClientRect().toJSON())",
        [*selectors],
    )
    return found


def load_all(page: Page) -> None:
    """Wait for the fragments and pictures below the fold too, which a page fetches only when a reader comes near.

    The window grows with the page, which they make longer.
    """
    size = page.viewport_size
    assert size is not None
    complete = False
    while not complete:
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({**size, "height": height})
        page.wait_for_function(f"() => ({COMPLETE})() || document.documentElement.scrollHeight > {height}")
        complete = page.evaluate(f"({COMPLETE})()")
    page.set_viewport_size(size)
    page.wait_for_function(WITH_ADS)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    required(path is not None, "chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site() -> Iterator[LocalDeployment]:
    """Headlines with markup and mixed scripts, many tags, and authors in both languages, in every kind of feed."""
    with LocalDeployment() as running:
        with connect(running.url) as editor:
            for code, titles in edition.TITLES.items():
                for number, (name, title) in enumerate(titles.items()):
                    authors = ["Lina Haddad", "لينا حداد"]
                    changed = {"authors": authors, "image": ICON, "translation_of": TRANSLATIONS.get(name)}
                    editor.put(name, edition.article(code, title, f"2026-03-1{number}T10:00:00Z", **changed))
            for number in range(0, len(PIERS), 12):
                tags = PIERS[number : number + 12]
                editor.put(
                    f"pier-{number}",
                    edition.article("en", f"Pier {number}", "2026-03-01T10:00:00Z", tags=tags, image=ICON),
                )
        running.settle()
        yield running


@pytest.fixture(scope="module")
def paper() -> Iterator[LocalDeployment]:
    """The sample edition, which has every kind of page."""
    with LocalDeployment(sample=True) as running:
        yield running


@pytest.fixture(scope="session")
def hard_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalDeployment]:
    """Hard content in each edition; for tests that change none of it."""
    with LocalDeployment(code=hard_content.code(tmp_path_factory.mktemp("hard") / "functions")) as running:
        end_after_last_use("hard_site", running)
        hard_content.put(running)
        yield running


@pytest.fixture(scope="module")
def paths(paper: LocalDeployment) -> Mapping[tuple[str, str], str]:
    """The path of a page of each kind in each edition."""
    return kinds.paths(paper)


@pytest.fixture
def open_page(chromium: Browser, site: LocalDeployment) -> Iterator[Open]:
    """Open a path in a fresh profile, with options of Playwright. The test fails when a page logs an error."""
    with watched(chromium, site) as opened:
        yield opened


@contextmanager
def watched(chromium: Browser, site: LocalDeployment) -> Iterator[Open]:
    """Opens paths of the site in fresh profiles; at the end no page may have logged an error or a failed request."""
    contexts = []
    troubles: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"}:
            return
        # Without a link to an icon, as in a feed, the browser requests one; and for an origin that is not https it
        # sometimes logs that it ignores a header.
        if message.location["url"].endswith("/favicon.ico") or "origin was untrustworthy" in message.text:
            return
        # A refused sign-up is no error: the page shows it, and tests check that.
        if message.location["url"].endswith(API) and message.text.startswith("Failed to load resource"):
            return
        # A page under another host than the site's own loads the site's images from another origin.
        if f"'{site.url}/" in message.text and "img-src" in message.text:
            return
        troubles.append(message.text)

    def fail(request: Request) -> None:
        # Downloads end like this, and so do requests of a page that the reader leaves.
        elsewhere = request.failure == "csp" and request.url.startswith(site.url)  # as above
        if request.failure != "net::ERR_ABORTED" and not elsewhere:
            troubles.append(f"{request.url}: {request.failure}")

    def opened(path: str, **options: Any) -> Page:
        context = chromium.new_context(base_url=site.url, **options)
        context.set_default_timeout(TIMEOUT)
        contexts.append(context)
        context.on("console", hear)
        context.on("weberror", lambda error: troubles.append(str(error.error)))
        context.on("requestfailed", fail)
        page = context.new_page()
        page.goto(path, wait_until="networkidle")
        return page

    yield opened
    heard = list(troubles)  # closing a context aborts its requests
    for context in contexts:
        context.close()
    assert heard == []
