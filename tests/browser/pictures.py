"""`python -m tests.browser.pictures`: the pictures of pages in docs/pictures/, from the sample edition.

Two whole windows for the README, and one picture of each part of a page for docs/pages.md.
"""

import io
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from PIL import Image
from playwright.sync_api import Browser, FloatRect, Page, ViewportSize, sync_playwright

from broadsheet_cli.client import connect
from infra.local.deployment.local_deployment import ROOT, LocalDeployment
from tests.browser.conftest import FLAGS, TIMEOUT, boxes, load_all

PICTURES = ROOT / "docs" / "pictures"
SIZE: ViewportSize = {"width": 1120, "height": 900}
LIMIT = 80_000
"""Bytes of a window's picture, at most: the README has two."""
PART_LIMIT = 30_000
"""Bytes of a part's picture, at most: docs/pages.md has all."""
MARGIN = 12
"""Pixels around a part."""


@dataclass(frozen=True)
class Picture:
    """The page that it shows: an article, or the front page; and the part of it, or the whole window."""

    name: str
    edition: str
    article: str = ""
    mode: Literal["light", "dark"] = "light"
    part: str = ""
    to: str = ""
    """Where the part ends, if it is more than one element."""


HERO = "harbour-cranes-other"
SHOWN = (
    Picture("front-page", "en"),
    Picture("arabic-article", "ar", "harbour-cranes-ar", "dark"),
    Picture("part-header", "en", part=".masthead", to=".sections"),
    Picture("part-header-dark", "ar", mode="dark", part=".masthead", to=".sections"),
    Picture("part-ticker", "en", part=".ticker"),
    Picture("part-article", "en", HERO, part=".story > header", to=".hero"),
    Picture("part-caricature", "en", "cartoon-gull-reads", part=".hero"),
    Picture("part-related", "en", "harbour-cranes-night-shift", part=".related"),
    Picture("part-ad", "en", "harbour-cranes-night-shift", part=".ads"),
    Picture("part-newsletter", "en", "harbour-cranes-night-shift", part=".newsletter"),
)


def main(folder: Path = PICTURES) -> None:
    """Take every picture of `SHOWN`."""
    with LocalDeployment(sample=True) as stack, sync_playwright() as playwright:
        with connect(stack.url) as editor:
            cranes = editor.get("harbour-cranes-night-shift")
            sent = ("edition", "headline", "summary", "section", "tags", "authors", "kind", "body", "published_at")
            caption = {"caption": "الرصيف الشرقي مع أول الضوء: سفينة تنتظر رافعتين.", "lang": "ar"}
            article = {name: cranes[name] for name in sent} | {"image": {**dict(cranes["image"]), **caption}}  # type: ignore[call-overload]
            editor.put(
                HERO, article | {"slug": "harbour-cranes-other", "published_at": "2026-02-01T08:00:00Z", "tags": []}
            )
            stack.settle()
            paths = {str(one["id"]): str(one["path"]) for code in ("en", "ar") for one in editor.list(edition=code)}
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for picture in SHOWN:
            path = quote(paths[picture.article]) if picture.article else f"/{picture.edition}/"
            (folder / f"{picture.name}.webp").write_bytes(taken(browser, stack.url + path, picture))
        browser.close()


def taken(browser: Browser, url: str, picture: Picture) -> bytes:
    """The picture as WebP."""
    page = browser.new_page(reduced_motion="reduce", viewport=SIZE, color_scheme=picture.mode)
    page.set_default_timeout(TIMEOUT)
    page.goto(url, wait_until="networkidle")
    load_all(page)
    if not picture.part:
        found = compressed(page.screenshot(), LIMIT)
    else:
        page.locator(picture.part).scroll_into_view_if_needed()
        page.wait_for_load_state("networkidle")
        load_all(page)
        found = compressed(page.screenshot(full_page=True, clip=around(page, picture)), PART_LIMIT)
    page.close()
    return found


def around(page: Page, picture: Picture) -> FloatRect:
    """The place of a part on its page, with a margin."""
    first, last = boxes(page, picture.part, picture.to or picture.part)
    left, top = max(0, min(first["left"], last["left"]) - MARGIN), max(0, first["top"] - MARGIN)
    right = max(first["right"], last["right"]) + MARGIN
    return {"x": left, "y": top, "width": right - left, "height": last["bottom"] + MARGIN - top}


def compressed(screenshot: bytes, limit: int) -> bytes:
    """The picture as WebP, at the highest quality that fits the limit."""
    with Image.open(io.BytesIO(screenshot)) as picture:
        for quality in range(90, 20, -5):
            picture.save(out := io.BytesIO(), "WEBP", quality=quality, method=6)
            if out.tell() <= limit:
                return out.getvalue()
    raise ValueError(f"the picture does not fit {limit} bytes")


if __name__ == "__main__":
    main()
