"""`python -m tests.browser.screens`: pictures of each kind of page and mail in every edition, into build/screens/."""

import shutil
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from infra.local.deployment.local_deployment import ROOT, LocalDeployment
from tests.api.newsletter import mails
from tests.api.newsletter.bed import parsed, part
from tests.browser import kinds
from tests.browser.conftest import DESK, FLAGS, TIMEOUT, load_all

SCREENS = ROOT / "build/screens"
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": DESK, "color_scheme": "light"},
    "dark": {"viewport": DESK, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light", "is_mobile": True},
}


def main(folder: Path = SCREENS) -> None:
    """Take each page whole, its pictures loaded and its headlines at rest; what the folder held before goes."""
    shutil.rmtree(folder, ignore_errors=True)
    with LocalDeployment(sample=True) as stack, sync_playwright() as playwright:
        paths = kinds.paths(stack)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for look, options in LOOKS.items():
            context = browser.new_context(base_url=stack.url, reduced_motion="reduce", **options)
            context.set_default_timeout(TIMEOUT)
            page = context.new_page()
            for (code, kind), path in paths.items():
                page.goto(path, wait_until="networkidle")
                load_all(page)
                page.screenshot(path=folder / f"{kind}.{code}.{look}.png", full_page=True)
            for mail, code in mails.EVERY:
                page.set_content(part(parsed(mails.sent(mail, code)), "html"))
                page.screenshot(path=folder / f"mail-{mail}.{code}.{look}.png", full_page=True)
            context.close()
        browser.close()
    print(f"{(len(paths) + len(mails.EVERY)) * len(LOOKS)} pictures, in {folder.relative_to(ROOT)}/")  # noqa: T201  for who called it


if __name__ == "__main__":
    main()
