"""`python -m tests.browser.screens`: pictures of every kind of page and mail, with usual and hard content.

They go into build/screens/, with `index.html` to look through. Five widths in light mode, two of them in dark mode.
"""

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from html import escape
from itertools import product
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from infra.local.deployment.local_deployment import ROOT, LocalDeployment
from tests.api.newsletter import mails
from tests.api.newsletter.bed import parsed, part
from tests.browser import hard_content, kinds
from tests.browser.conftest import DESK, FLAGS, TIMEOUT, load_all
from tests.unit.services.test_images import drawn, encoded

SCREENS = ROOT / "build/screens"
LOOKS: Mapping[Literal["light", "dark"], tuple[int, ...]] = {"light": (320, 390, 768, 1280, 1920), "dark": (390, 1280)}
HEIGHT = 900
LONGEST = 8_000
"""Pixels of a page that a picture shows: the rest of a longer one is more of the same."""
QUALITY = 60
INDEX = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Screens</title>
<style>
body {{ font: 1rem/1.4 system-ui; margin: 1rem; }}
section div {{ display: flex; flex-wrap: wrap; gap: .5rem; align-items: start; }}
h2 {{ position: sticky; top: 0; background: white; padding: .25rem 0; }}
a {{ font-size: .75rem; }}
img {{ display: block; height: 20rem; max-width: 24rem; object-fit: cover; object-position: top; border: 1px solid; }}
</style>
{sections}
</html>
"""


def main(folder: Path = SCREENS) -> None:
    """Take each page whole, its pictures loaded and its headlines at rest; what the folder held before goes."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as copy:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        with LocalDeployment(sample=True) as stack:
            usual = {f"{kind}.{code}": path for (code, kind), path in kinds.paths(stack).items()}
            take(browser, stack.url, usual, folder)
            take_mails(browser, folder)
        with LocalDeployment(code=hard_content.code(Path(copy) / "functions")) as stack:
            hard_content.put(stack)
            hard = {
                f"hard-{kind}.{code}": path
                for code in kinds.EDITIONS
                for kind, path in hard_content.pages(code).items()
            }
            take(browser, stack.url, hard, folder)
        browser.close()
    names = sorted(path.name for path in folder.glob("*.jpg"))
    (folder / "index.html").write_text(index(names), encoding="utf-8")
    print(f"{len(names)} pictures: {folder.relative_to(ROOT)}/index.html")  # noqa: T201  for who called it


def take(browser: Browser, url: str, paths: Mapping[str, str], folder: Path) -> None:
    """Open each page once, and take it at every width and in both modes."""
    context = browser.new_context(base_url=url, reduced_motion="reduce")
    context.set_default_timeout(TIMEOUT)
    page = context.new_page()
    for name, path in paths.items():
        page.set_viewport_size(DESK)
        page.goto(path, wait_until="networkidle")
        if page.locator("[data-fragment], img").count():  # the window of a long page without either need not grow
            load_all(page)
        shoot(page, name, folder)
    context.close()


def take_mails(browser: Browser, folder: Path) -> None:
    """Take every mail."""
    page = browser.new_page()
    for mail, code in mails.EVERY:
        page.set_content(part(parsed(mails.sent(mail, code)), "html"))
        shoot(page, f"mail-{mail}.{code}", folder)
    page.close()
    take_issues(browser, folder)


def take_issues(browser: Browser, folder: Path) -> None:
    """Take the mail of an issue, with pictures and without."""
    picture = encoded(drawn(960, 540))
    for code, pictures in product(kinds.EDITIONS, ("on", "off")):
        page = browser.new_page()
        if pictures == "on":
            page.route("**/*", lambda route: route.fulfill(body=picture, content_type="image/jpeg"))
        else:
            page.route("**/*", lambda route: route.abort())
        note = mails.SHOWN[code][0]["summary"]
        page.set_content(part(parsed(mails.sent_issue(mails.issue(code, more=3, note=note))), "html"))
        shoot(page, f"mail-issue-pictures-{pictures}.{code}", folder)
        if pictures == "off":
            page.set_content(part(parsed(mails.mailed_test(code)), "html"))
            shoot(page, f"mail-issue-test.{code}", folder)
        page.close()


def shoot(page: Page, name: str, folder: Path) -> None:
    """The open page in every look, at most `LONGEST` pixels of it."""
    for mode, widths in LOOKS.items():
        page.emulate_media(color_scheme=mode)
        for width in widths:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            height = min(LONGEST, page.evaluate("document.documentElement.scrollHeight"))
            clip: dict[str, float] = {"x": 0, "y": 0, "width": width, "height": height}
            path = folder / f"{name}.{width}.{mode}.jpg"
            page.screenshot(path=path, full_page=True, type="jpeg", quality=QUALITY, clip=clip)  # type: ignore[arg-type]


def index(names: list[str]) -> str:
    """A page with the pictures of these names as thumbnails that lead to them, by their kinds."""
    return INDEX.format(sections="\n".join(_sections(names)))


def _sections(names: list[str]) -> Iterator[str]:
    by_kind: dict[str, list[str]] = defaultdict(list)
    for name in names:
        by_kind[name.split(".")[0]].append(name)
    for kind, pictures in by_kind.items():
        yield f"<section><h2>{escape(kind)}</h2><div>"
        for name in pictures:
            label = " ".join(name.split(".")[1:-1])
            yield f'<a href="{name}"><img src="{name}" alt="{escape(kind)}" loading="lazy">{label}</a>'
        yield "</div></section>"


if __name__ == "__main__":
    main()
