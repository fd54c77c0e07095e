"""What judges pages: axe-core (accessibility), the Nu validator (HTML and CSS), and Lighthouse."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from playwright.sync_api import Page

from tests.browser.conftest import DESK, NODE_MODULES, PHONE
from tests.readers.clients import required

AXE = NODE_MODULES / "axe-core/axe.min.js"
# Target size (WCAG 2.2, 2.5.8) is a rule that axe-core runs only on request.
RUN = """() => axe.run({ rules: { "target-size": { enabled: true } } }).then(({ violations }) => violations.flatMap(
  ({ id, nodes }) => nodes.map(({ html, failureSummary }) => ({ rule: id, html, why: failureSummary })),
))"""
VALIDATOR = NODE_MODULES / "vnu-jar/build/dist/vnu.jar"
LIGHTHOUSE = NODE_MODULES / "lighthouse/cli/index.js"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
CHROMIUM = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
LEAST = 0.99
# What else runs on the machine only ever takes from a score, so the best of a few is nearest to the page's own. It may
# also keep Chromium from starting in the time that Lighthouse gives it, which is no score at all.
ATTEMPTS = 3


def violations(page: Page) -> dict[str, Any]:
    """What axe-core finds in the page that is open, in light and dark mode and two widths; looks without are left out.

    It runs all its rules but those that are experimental or ask for WCAG's highest level: its advice counts as well.
    """
    required(AXE.exists(), "axe-core is not installed; make proof installs it")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = {}
    for scheme in ("light", "dark"):
        for size in (DESK, PHONE):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size(size)
            found[f"{scheme}, {size['width']} pixels wide"] = page.evaluate(RUN)
    return {look: each for look, each in found.items() if each}


def faults(folder: Path) -> list[str]:
    """What the Nu validator finds in the HTML and CSS files of a folder, warnings too, in one run of Java."""
    required(shutil.which("java") is not None, "java is not installed")
    required(VALIDATOR.exists(), "vnu is not installed; make proof installs it")
    done = subprocess.run(  # noqa: S603  nothing in it is from outside
        ["java", "-jar", VALIDATOR, "--format", "json", "--exit-zero-always", "--also-check-css", folder],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    )
    return [
        f"{Path(unquote(one['url'])).name}:{one.get('lastLine')}: {one['message']} {one.get('extract', '')}"
        for one in json.loads(done.stderr)["messages"]
    ]


def low_scores(url: str) -> dict[str, float]:
    """Lighthouse's scores of the page that are under 99 of 100, by category, of 1; the best of a few attempts.

    It looks as it does by default: a phone on a slow network, which it reckons from what a fast one did. So no time
    here is the wall clock's; yet a machine that is busy makes the processor's part of it longer than the page's own.
    """
    required(shutil.which("chromium") is not None, "chromium is not installed")
    required(LIGHTHOUSE.exists(), "Lighthouse is not installed; make proof installs it")
    best = dict.fromkeys(CATEGORIES, 0.0)
    for _ in range(ATTEMPTS):
        try:
            scores = _scores(url)
        except subprocess.CalledProcessError as failed:
            print(failed.stderr)  # noqa: T201  # pytest shows it, if no attempt succeeds
            continue
        best = {category: max(best[category], scores[category]) for category in CATEGORIES}
        if min(best.values()) >= LEAST:
            break
    return {category: score for category, score in best.items() if score < LEAST}


def _scores(url: str) -> dict[str, float]:
    """The page's scores by category, of 1. Whatever they are, Lighthouse succeeds; CalledProcessError if it cannot."""
    wanted = [f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={CHROMIUM}"]
    done = subprocess.run(  # noqa: S603  nothing in it is from outside
        ["node", LIGHTHOUSE, url, "--output=json", "--quiet", "--no-enable-error-reporting", *wanted],  # noqa: S607
        env=os.environ | {"CHROME_PATH": shutil.which("chromium") or ""},
        capture_output=True,
        text=True,
        check=True,
    )
    categories = json.loads(done.stdout)["categories"]
    return {category: float(categories[category]["score"] or 0) for category in CATEGORIES}
