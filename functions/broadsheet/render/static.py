"""What hangs on no article: the stylesheet, the script, the door to the editions, the pages for what is not there."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from ..model.article import Article
from ..model.facts import Facts
from ..model.site import Site
from .layout import page
from .serving import ICON, PAGE, SCRIPT, STYLE, Kind
from .target import Output, Target
from .templating import fragment
from .words import words

ASSETS = {"site.css": STYLE, "site.js": SCRIPT, "icon.svg": ICON}


def assets(article: Article, _site: Site) -> Iterator[Target]:
    """The files that every page asks for."""
    if article.path is not None:
        for name, kind in ASSETS.items():
            yield Target(f"assets/{name}", (), partial(_asset, name, kind))


def root(article: Article, _site: Site) -> Iterator[Target]:
    """The doors to the editions, at the site's bare address."""
    if article.path is not None:
        yield Target("index.html", (), _root)


def notices(article: Article, site: Site) -> Iterator[Target]:
    """What every edition answers with 404 and 410."""
    if article.path is None:
        return
    for edition in site.editions:
        for status in (404, 410):
            yield Target(f"{edition}/{status}.html", (), partial(_notice, edition, status))


def _asset(name: str, kind: Kind, _site: Site, _facts: Facts) -> Output:
    return kind.output((Path(__file__).parent / "assets" / name).read_bytes())


def _root(site: Site, _facts: Facts) -> Output:
    first = next(iter(site.editions.values()))
    return PAGE.output(fragment("root.html", site, first))


def _notice(code: str, status: int, site: Site, _facts: Facts) -> Output:
    edition = site.editions[code]
    said = words(edition)
    title, text = (said.gone, said.gone_text) if status == 410 else (said.not_found, said.not_found_text)
    return page("notice.html", site, edition, None, title, text)
