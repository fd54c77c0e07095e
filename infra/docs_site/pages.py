"""Which files the site has, and how their links are written there."""

import re
import tomllib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "docs"
SITE = ROOT / "build" / "site-docs"
PATTERNS = ("*.md", "docs/**/*.md", "docs/pictures/*", "docs/site.css", "tests/faults/*.md", "benchmarks/*.md")
CONFIG = tomllib.loads((ROOT / "zensical.toml").read_text("utf-8"))["project"]
FILES = f"{CONFIG['extra']['social'][0]['link']}/blob/main"

LINK = re.compile(r"(?<=\]\()(?!https?:|#)([^)\s#]+)")


@cache
def sources() -> tuple[Path, ...]:
    """The pages and pictures of the site."""
    return tuple(sorted({path for pattern in PATTERNS for path in ROOT.glob(pattern)}))


def on_site(text: str, page: Path) -> str:
    """A page's text, in which links to files that the site does not have are URLs in the repository."""

    def link(match: re.Match[str]) -> str:
        target = (page.parent / match[1]).resolve()
        if target in sources() or not target.exists():
            return match[1]
        return f"{FILES}/{target.relative_to(ROOT)}"

    return LINK.sub(link, text)


def built(page: Path) -> Path:
    """The file that Zensical writes for a page."""
    path = page.relative_to(ROOT)
    name = "index" if path.stem == "README" else path.stem
    return SITE / path.parent / f"{name}.html"
