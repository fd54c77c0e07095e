"""`python -m tests.browser.pictures`: the two pictures of the README, from the sample edition, into docs/pictures/."""

import io
import shutil
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from PIL import Image
from playwright.sync_api import ViewportSize, sync_playwright

from broadsheet_cli.client import connect
from infra.local.deployment.local_deployment import ROOT, LocalDeployment
from tests.browser.conftest import FLAGS, TIMEOUT, load_all

PICTURES = ROOT / "docs" / "pictures"
SIZE: ViewportSize = {"width": 1120, "height": 900}
LIMIT = 80_000
"""Bytes of a picture, at most: the README has both."""
# Each picture's id of an article, or none for the front page; its edition and mode.
SHOWN: tuple[tuple[str, str, str, Literal["light", "dark"]], ...] = (
    ("front-page", "en", "", "light"),
    ("arabic-article", "ar", "harbour-cranes-ar", "dark"),
)


def main(folder: Path = PICTURES) -> None:
    """Take the top of each page, as large as a window."""
    with LocalDeployment(sample=True) as stack, sync_playwright() as playwright:
        with connect(stack.url) as editor:
            paths = {str(article["id"]): str(article["path"]) for article in editor.list(edition="ar")}
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name, edition, article, mode in SHOWN:
            page = browser.new_page(base_url=stack.url, reduced_motion="reduce", viewport=SIZE, color_scheme=mode)
            page.set_default_timeout(TIMEOUT)
            page.goto(quote(paths[article]) if article else f"/{edition}/", wait_until="networkidle")
            load_all(page)
            (folder / f"{name}.webp").write_bytes(compressed(page.screenshot()))
        browser.close()


def compressed(screenshot: bytes) -> bytes:
    """The picture as WebP, at the highest quality that fits the limit."""
    with Image.open(io.BytesIO(screenshot)) as picture:
        for quality in range(90, 20, -5):
            picture.save(out := io.BytesIO(), "WEBP", quality=quality, method=6)
            if out.tell() <= LIMIT:
                return out.getvalue()
    raise ValueError(f"the picture does not fit {LIMIT} bytes")


if __name__ == "__main__":
    main()
