"""`python -m tests.browser.icons`: the icons and the social pictures in `render/assets/`, from its SVG files.

The icons are those of `icon.svg`. A social picture shows an edition's logo and its tagline. They are committed, so that
nothing that builds or publishes needs Chromium.
"""

import io
import re
import shutil

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from broadsheet.model.config import Edition, parse_site
from broadsheet.render.shared.assets import FILES, size, theme_colours
from broadsheet.settings import SITE_FILE
from tests.browser.conftest import FLAGS

ICON = (FILES / "icon.svg").read_text(encoding="utf-8")
SQUARE = re.sub(r' rx="\d+"', "", ICON)  # phones round the corners themselves
# A maskable icon's picture is within a circle of 80 % of its width (W3C Web Application Manifest, "Icon masks").
MASKABLE = SQUARE.replace('<rect width="32" height="32"', '<rect x="-8" y="-8" width="48" height="48"').replace(
    "0 0 32 32", "-6 -6 44 44"
)
SOCIAL = 1200, 630


def main() -> None:
    """Write all of them."""
    site = parse_site(SITE_FILE.read_text(encoding="utf-8"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        icons = {width: drawn(browser, ICON, width, width) for width in (16, 32, 48, 192, 512)}
        for width in (192, 512):
            save(icons[width], f"icon-{width}.png")
        save(drawn(browser, MASKABLE, 512, 512), "icon-maskable-512.png")
        save(drawn(browser, SQUARE, 180, 180), "apple-touch-icon.png")
        icons[48].save(
            FILES / "favicon.ico",
            sizes=[(width, width) for width in (16, 32, 48)],
            append_images=[icons[16], icons[32]],
        )
        for edition in site.editions.values():
            if edition.logo and edition.social_picture:
                save(drawn(browser, social(edition), *SOCIAL).convert("RGB"), edition.social_picture)
        browser.close()


def social(edition: Edition) -> str:
    """The edition's logo over its tagline, on the paper's colour."""
    logo = edition.logo or ""
    width, height = size(logo)
    scale = min(900 / width, 260 / height)
    paper, _ = theme_colours()
    picture = re.sub(
        r"<svg ",
        f'<svg width="{width * scale:.0f}" height="{height * scale:.0f}" ',
        (FILES / logo).read_text(encoding="utf-8"),
        count=1,
    )
    return (
        f'<div lang="{edition.code}" dir="{edition.direction}" style="inline-size: 1200px; block-size: 630px;'
        " display: grid;"
        f" place-content: center; justify-items: center; gap: 44px; background: {paper}; color: #625c52;"
        f' border-block: 14px solid #8c1c13; box-sizing: border-box">{picture}'
        f"<p style=\"margin: 0; font: 36px Palatino, 'Noto Naskh Arabic', serif\">{edition.tagline}</p></div>"
    )


def drawn(browser: Browser, html: str, width: int, height: int) -> Image.Image:
    """What Chromium shows of that HTML, in that size, with what is transparent."""
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_content(f"<style>body {{ margin: 0 }} body > svg {{ display: block; inline-size: 100% }}</style>{html}")
    picture = Image.open(io.BytesIO(page.screenshot(omit_background=True)))
    page.close()
    return picture


def save(picture: Image.Image, name: str) -> None:
    picture.quantize(256, dither=Image.Dither.NONE).save(FILES / name, optimize=True)


if __name__ == "__main__":
    main()
