"""What hangs on no article: stylesheets, scripts, the door to the editions, the API's description, pages of errors."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from ...model.config import Site
from ...model.queries import Snapshot
from ..feeds.sitemaps import INDEX, LATEST
from ..shared import urls
from ..shared.serving import API, ICON, SCRIPT, STYLE, TEXT, Kind
from ..shared.target import ChangeSet, RenderedObject, Target
from ..shared.words import words
from .layout import feed_links, page

FILES = Path(__file__).parents[1] / "assets"
# Each file that is served, and those that it is made of: the look is in one of them, and no page asks for it alone.
ASSETS: Mapping[str, tuple[Kind, Sequence[str]]] = {
    "site.css": (STYLE, ("tokens.css", "site.css")),
    "feed.css": (STYLE, ("tokens.css", "feed.css")),
    "theme.js": (SCRIPT, ("theme.js",)),
    "site.js": (SCRIPT, ("site.js",)),
    "icon.svg": (ICON, ("icon.svg",)),
}


def assets(_: ChangeSet) -> Iterator[Target]:
    """The files that every page, and a feed in a browser, asks for."""
    for name, (kind, parts) in ASSETS.items():
        yield Target(f"assets/{name}", (), partial(_asset, kind, parts))


def language_chooser(_: ChangeSet) -> Iterator[Target]:
    """The doors to the editions, at the site's bare address."""
    yield Target("index.html", (), _root)


def robots_and_ads_txt(_: ChangeSet) -> Iterator[Target]:
    """What crawlers ask for (RFC 9309), and who may sell the site's advertising space (IAB Tech Lab, ads.txt 1.1)."""
    yield Target("robots.txt", (), _robots)
    yield Target("ads.txt", (), _ads)


def openapi(_: ChangeSet) -> Iterator[Target]:
    """What programs read to learn the API (OpenAPI 3.1)."""
    yield Target("api/openapi.json", (), partial(_asset, API, ("openapi.json",)))


def error_pages(changes: ChangeSet) -> Iterator[Target]:
    """What every edition answers with 404 and 410."""
    for edition in changes.site.editions:
        for status in (404, 410):
            yield Target(f"{edition}/{status}.html", (), partial(_notice, edition, status))


def _asset(kind: Kind, parts: Sequence[str], _site: Site, _facts: Snapshot) -> RenderedObject:
    return kind.output(b"".join((FILES / part).read_bytes() for part in parts))


def _robots(site: Site, _facts: Snapshot) -> RenderedObject:
    maps = "".join(f"Sitemap: {urls.absolute(site, f'/{name}')}\n" for name in (INDEX, LATEST))
    return TEXT.output(f"User-agent: *\nDisallow: /api/\n\n{maps}")


def _ads(site: Site, _facts: Snapshot) -> RenderedObject | None:
    """Without an entry there is no file: an empty one would say that nobody may."""
    return TEXT.output("\n".join((*site.ads_txt, ""))) if site.ads_txt else None


def _root(site: Site, _facts: Snapshot) -> RenderedObject:
    return feed_links(site)


def _notice(code: str, status: int, site: Site, _facts: Snapshot) -> RenderedObject:
    edition = site.editions[code]
    said = words(edition)
    title, text = (said.gone, said.gone_text) if status == 410 else (said.not_found, said.not_found_text)
    return page("notice.html", site, edition, None, title, text)
