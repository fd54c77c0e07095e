"""The files that pages load: which bytes each one has, and at which paths it is served.

Each asset has its plain path, `/assets/site.css`. Those that pages load for their look have a second one with a hash of
the content, `/assets/site.0123456789.css`, which caches keep for a year. Nothing deletes such an object, so a page that
was rendered with it keeps the look that it was made for.
"""

import hashlib
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ...model.config import Edition
from .locale import feed_notices
from .serving import HASHED, ICO, ICON, PNG, SCRIPT, STYLE, Kind

FILES = Path(__file__).parents[1] / "assets"
# The style sheet's parts, in the order of the cascade.
SITE_STYLES = ("base", "layout", "story", "teasers", "side", "archive", "feeds", "preview", "print")
# Assets that are put together from several files. Colours and fonts are in one file, which is not served itself.
PARTS: Mapping[str, Sequence[str]] = {
    "site.css": ("tokens.css", *(f"site/{part}.css" for part in SITE_STYLES)),
    "feed.css": ("tokens.css", "feed.css"),
    "api.css": ("tokens.css", "api.css"),
}
NAMES = (
    *PARTS,
    "theme.js",
    "site.js",
    "preview.js",
    "icon.svg",
    "icon-192.png",
    "icon-512.png",
    "icon-maskable-512.png",
)
# Served at these paths of the root, where browsers look for them without being told.
AT_ROOT = ("favicon.ico", "apple-touch-icon.png")
# What pages link by its hash, besides the logos.
HASHED_NAMES = ("site.css", "theme.js", "site.js")
KINDS: Mapping[str, Kind] = {
    ".css": STYLE, ".js": SCRIPT, ".svg": ICON, ".png": PNG, ".ico": ICO,
}  # fmt: skip
# The room of a logo in the masthead, in CSS pixels. A narrower screen shows a wide one smaller.
LOGO_WIDTH, LOGO_HEIGHT = 560, 88
HASH_LENGTH = 10  # hexadecimal digits: 40 bits
_VIEW_BOX = re.compile(rb'viewBox="0 0 (\d+(?:\.\d+)?) (\d+(?:\.\d+)?)"')
_HASHED = re.compile(rf"(/assets/[a-z0-9-]+)\.[0-9a-f]{{{HASH_LENGTH}}}(\.[a-z]+)")


class Picture(NamedTuple):
    """A picture that pages show: its path, and its width and height in pixels."""

    path: str
    width: int
    height: int


@cache
def content(name: str) -> bytes:
    """The bytes of an asset. Raises `OSError` where there is no such file."""
    joined = b"".join((FILES / part).read_bytes() for part in PARTS.get(name, (name,)))
    return joined + _notices() if name == "feed.css" else joined


def kind(name: str, *, hashed: bool = False) -> Kind:
    """How an asset is served, by its plain or its hashed path."""
    served = KINDS[Path(name).suffix]
    return replace(served, cache_control=HASHED) if hashed else served


@cache
def hashed(name: str) -> str:
    """The name of an asset with the hash of its content, for the path that caches keep for a year."""
    stem, _, ending = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(content(name)).hexdigest()[:HASH_LENGTH]}.{ending}"


def path(name: str) -> str:
    """The path by which pages load an asset."""
    return f"/assets/{hashed(name)}"


def with_plain_paths(html: str) -> str:
    """The page with the plain paths of assets, for one that may be shown before the publisher wrote the others."""
    return _HASHED.sub(r"\1\2", html)


def logos(edition: Edition) -> Iterator[str]:
    """The names of the edition's logos."""
    return (name for name in (edition.logo, edition.logo_dark) if name)


def logo(name: str) -> Picture:
    """A logo in the size that it has in the masthead, if there is room: its own proportion, whichever that is."""
    width, height = size(name)
    scale = min(LOGO_WIDTH / width, LOGO_HEIGHT / height)
    return Picture(path(name), max(1, round(width * scale)), max(1, round(height * scale)))


def social_picture(edition: Edition) -> Picture:
    """What social networks show beside a link to a page without a picture: the edition's own, or the icon."""
    name = edition.social_picture or "icon-512.png"
    width, height = size(name)
    return Picture(f"/assets/{name}", round(width), round(height))


@cache
def theme_colours() -> tuple[str, str]:
    """The colours of the page's background in light and in dark mode, for browsers to colour what is around it."""
    found = re.search(r"--paper: light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", (FILES / "tokens.css").read_text())
    if not found:
        raise ValueError("tokens.css: --paper must be light-dark() with two colours like #fffdf8")
    return found[1], found[2]


@cache
def size(name: str) -> tuple[float, float]:
    """The width and height of an SVG (by its viewBox) or a PNG. Raises `ValueError` for any other file."""
    data = content(name)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        width, height = struct.unpack(">II", data[16:24])  # the chunk IHDR
        return width, height
    if found := _VIEW_BOX.search(data):
        return float(found[1]), float(found[2])
    raise ValueError(f"{name}: must be a PNG, or an SVG with a viewBox that starts with 0 0")


def _notices() -> bytes:
    """CSS rules for the notice above a feed: in the feed's language, or in all languages where it has several."""
    quoted = {language: _css_string(text) for language, text in feed_notices().items()}
    rules = {"": ' "\\A" '.join(quoted.values())} | {f":lang({language})": text for language, text in quoted.items()}
    css = (f":is(rss, feed){selector}::before {{ content: {text}; }}\n" for selector, text in rules.items())
    return "".join(css).encode()


def _css_string(text: str) -> str:
    return '"{}"'.format(text.replace("\\", "\\\\").replace('"', '\\"'))
