"""What a static page may not be called: its path, `/en/about/`, is beside the site's own folders and files.

The folders of channels come from `channel`. Whatever else an edition's folder holds is named here; a test compares that
with the keys of all outputs.
"""

import re

from .channel import FOLDERS
from .errors import Rule

PAGES = frozenset({"archive", "feeds", "fragments"})
# By their names without endings: a reader who leaves out `.xml` should not come to another page.
FILES = frozenset({"feed", "sitemap", "sitemap-newsletter", "site", "index", "404", "410"})
# Folders at the site's root, where a paper without a language in its paths has its pages (`template.yaml` routes some
# elsewhere), and what a site may well have one day.
ELSEWHERE = frozenset({"api", "assets", "images", "media", "newsletter", "preview", "search"})
RESERVED = PAGES | FILES | ELSEWHERE | frozenset(FOLDERS)
YEAR = re.compile(r"\d{4}", re.ASCII)


def is_reserved(slug: str) -> bool:
    """Whether the site itself has, or may have, that segment in an edition's folder: `archive`, `tag`, any year …"""
    return slug in RESERVED or YEAR.fullmatch(slug) is not None


def reserved_rule(slug: str) -> Rule:
    """The rule that a static page with that slug breaks."""
    return Rule("conflict", f"must be another one for a page: /{slug}/ is reserved for the site itself")
