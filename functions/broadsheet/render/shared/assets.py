"""The files that pages load: which bytes each one has, and at which paths it is served.

Each asset has its plain path, `/assets/site.css`. Those that pages load for their look have a second one with a hash of
the content, `/assets/site.0123456789.css`, which caches keep for a year. Nothing deletes such an object, so a page that
was rendered with it keeps the look that it was made for.

The paper's own folder comes first: its pictures take the places of those that are built in, its `tokens.css` follows
the built-in one, and the files of its folder `static/` are assets too.
"""

import hashlib
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ... import paper
from ...model.config import Edition
from .locale import feed_notices
from .serving import HASHED, ICO, ICON, PNG, SCRIPT, STATIC, STYLE, Kind

FILES = Path(__file__).parents[1] / "assets"
TOKENS = "tokens.css"
# The style sheet's parts, in the order of the cascade.
SITE_STYLES = ("base", "layout", "story", "teasers", "side", "archive", "feeds", "preview", "print")
# Assets that are put together from several files. Colours and fonts are in one file, which is not served itself.
PARTS: Mapping[str, Sequence[str]] = {
    "site.css": (TOKENS, *(f"site/{part}.css" for part in SITE_STYLES)),
    "feed.css": (TOKENS, "feed.css"),
    "api.css": (TOKENS, "api.css"),
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
    ".css": STYLE, ".js": SCRIPT, ".svg": ICON, ".png": PNG, ".ico": ICO, **STATIC,
}  # fmt: skip
PICTURES = frozenset([".svg", ".png", ".ico"])
# The paper's folder of files that are served as they are, and their names: what a URL shows without escapes.
STATIC_FOLDER = "static"
STATIC_NAME = re.compile(rf"{STATIC_FOLDER}(?:/[A-Za-z0-9][A-Za-z0-9_-]*)+(?:\.[A-Za-z0-9_-]+)*\.[a-z0-9]+")
# The room of a logo in the masthead, in CSS pixels. A narrower screen shows a wide one smaller.
LOGO_WIDTH, LOGO_HEIGHT = 560, 88
HASH_LENGTH = 10  # hexadecimal digits: 40 bits
_VIEW_BOX = re.compile(rb'viewBox="0 0 (\d+(?:\.\d+)?) (\d+(?:\.\d+)?)"')
_HASHED = re.compile(rf"(/assets/[A-Za-z0-9_./-]+?)\.[0-9a-f]{{{HASH_LENGTH}}}(\.[a-z0-9]+)")
# A file of the paper's in its tokens.css, such as a font. Quotes are left out or equal.
STATIC_URL = re.compile(rf"""url\(\s*(["']?)({STATIC_FOLDER}/[^"')\s]+)\1\s*\)""")
PAPER_COLOUR = re.compile(r"--paper:\s*light-dark\(\s*(#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\s*\)", re.IGNORECASE)


class Picture(NamedTuple):
    """A picture that pages show: its path, and its width and height in pixels."""

    path: str
    width: int
    height: int


@cache
def content(name: str) -> bytes:
    """The bytes of an asset. Raises `OSError` where there is no such file."""
    joined = b"".join(_part(part) for part in PARTS.get(name, (name,)))
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


def static_files() -> tuple[str, ...]:
    """The names of the paper's own assets that can be served: `static/poster.webp`."""
    return tuple(name for name in paper.files(STATIC_FOLDER) if servable(name))


def servable(name: str) -> bool:
    """Whether a file of the paper's folder `static/` has a name for URLs, and an ending with a known media type."""
    return bool(STATIC_NAME.fullmatch(name)) and Path(name).suffix in KINDS


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
    found = PAPER_COLOUR.findall(tokens().decode())
    if not found:
        raise ValueError("tokens.css: --paper must be light-dark() with two colours like #fffdf8")
    light, dark = found[-1]
    return light, dark


def tokens() -> bytes:
    """The colours and fonts: those that are built in, then the paper's own, which override them.

    A file of `static/` that the paper's have as `url(static/…)` is loaded by its hashed path.
    """
    built_in = (FILES / TOKENS).read_bytes()
    own = paper.own(TOKENS)
    return built_in + STATIC_URL.sub(_static_url, own.read_text(encoding="utf-8")).encode() if own else built_in


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


def _part(name: str) -> bytes:
    """A file: the paper's own where it is a picture or of the folder `static/`. Its code is not replaced."""
    if name == TOKENS:
        return tokens()
    own = paper.own(name) if Path(name).suffix in PICTURES or name.startswith(f"{STATIC_FOLDER}/") else None
    return (own or FILES / name).read_bytes()


def _static_url(found: re.Match[str]) -> str:
    return f'url("{path(found[2])}")' if found[2] in static_files() else found[0]


def _notices() -> bytes:
    """CSS rules for the notice above a feed: in the feed's language, or in all languages where it has several."""
    quoted = {language: _css_string(text) for language, text in feed_notices().items()}
    rules = {"": ' "\\A" '.join(quoted.values())} | {f":lang({language})": text for language, text in quoted.items()}
    css = (f":is(rss, feed){selector}::before {{ content: {text}; }}\n" for selector, text in rules.items())
    return "".join(css).encode()


def _css_string(text: str) -> str:
    return '"{}"'.format(text.replace("\\", "\\\\").replace('"', '\\"'))
