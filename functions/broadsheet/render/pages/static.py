"""Static outputs, which depend on code and settings alone: assets, language chooser, robots.txt, error pages …"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from ...model.channel import EVERYTHING, Channel
from ...model.config import Site
from ...model.queries import Snapshot
from ..feeds.channel_feeds import FORMATS
from ..feeds.sitemaps import INDEX, LATEST
from ..shared import urls
from ..shared.locale import feed_notices, locale
from ..shared.serving import API, ICON, PAGE, SCRIPT, STYLE, TEXT, Kind
from ..shared.target import ChangeSet, RenderedObject, Target
from ..shared.templating import fragment
from .layout import labelled, page

FILES = Path(__file__).parents[1] / "assets"
# The style sheet's parts, in the order of the cascade.
SITE_STYLES = ("base", "layout", "story", "teasers", "side", "archive", "feeds", "preview", "print")
# Each asset and the files that it is put together from. Colours and fonts are in one file, which is not served itself.
ASSETS: Mapping[str, tuple[Kind, Sequence[str]]] = {
    "site.css": (STYLE, ("tokens.css", *(f"site/{part}.css" for part in SITE_STYLES))),
    "feed.css": (STYLE, ("tokens.css", "feed.css")),
    "api.css": (STYLE, ("tokens.css", "api.css")),
    "theme.js": (SCRIPT, ("theme.js",)),
    "site.js": (SCRIPT, ("site.js",)),
    "preview.js": (SCRIPT, ("preview.js",)),
    "icon.svg": (ICON, ("icon.svg",)),
}


def assets(_: ChangeSet) -> Iterator[Target]:
    """The files that pages load, and feeds in a browser."""
    for name, (kind, parts) in ASSETS.items():
        yield Target(f"assets/{name}", (), partial(_asset, kind, parts))


def language_chooser(_: ChangeSet) -> Iterator[Target]:
    """The page at `/`, with links to all editions and to their feeds."""
    yield Target("index.html", (), _language_chooser)


def robots_and_ads_txt(_: ChangeSet) -> Iterator[Target]:
    """What crawlers may read (RFC 9309), and who may sell the site's advertising space (IAB Tech Lab, ads.txt 1.1)."""
    yield Target("robots.txt", (), _robots)
    yield Target("ads.txt", (), _ads)


def openapi(_: ChangeSet) -> Iterator[Target]:
    """The API's description (OpenAPI 3.1), and the page that shows it to people."""
    yield Target("api/openapi.json", (), partial(_asset, API, ("openapi.json",)))
    yield Target("api/index.html", (), partial(_asset, PAGE, ("api.html",)))


def error_pages(changes: ChangeSet) -> Iterator[Target]:
    """Each edition's pages for 404 and 410."""
    for edition in changes.site.editions:
        for status in (404, 410):
            yield Target(f"{edition}/{status}.html", (), partial(_error_page, edition, status))


def _asset(kind: Kind, parts: Sequence[str], _site: Site, _snapshot: Snapshot) -> RenderedObject:
    content = b"".join((FILES / part).read_bytes() for part in parts)
    return kind.output(content + _notices() if "feed.css" in parts else content)


def _notices() -> bytes:
    """CSS rules for the notice above a feed: in the feed's language, or in all languages where it has several."""
    quoted = {language: _css_string(text) for language, text in feed_notices().items()}
    rules = {"": ' "\\A" '.join(quoted.values())} | {f":lang({language})": text for language, text in quoted.items()}
    css = (f":is(rss, feed){selector}::before {{ content: {content}; }}\n" for selector, content in rules.items())
    return "".join(css).encode()


def _css_string(text: str) -> str:
    return '"{}"'.format(text.replace("\\", "\\\\").replace('"', '\\"'))


def _robots(site: Site, _snapshot: Snapshot) -> RenderedObject:
    sitemaps = "".join(f"Sitemap: {urls.absolute(site, f'/{name}')}\n" for name in (INDEX, LATEST))
    return TEXT.output(f"User-agent: *\nDisallow: /api/\n\n{sitemaps}")


def _ads(site: Site, _snapshot: Snapshot) -> RenderedObject | None:
    """None without entries: an empty file would say that nobody may sell the space."""
    return TEXT.output("\n".join((*site.ads_txt, ""))) if site.ads_txt else None


def _language_chooser(site: Site, _snapshot: Snapshot) -> RenderedObject:
    linked = [EVERYTHING, *(Channel(edition, "all") for edition in site.editions)]
    first = next(iter(site.editions.values()))
    html = fragment("language_chooser.html", site, first, formats=FORMATS, feeds=labelled(linked, site, ()))
    return PAGE.output(html)


def _error_page(code: str, status: int, site: Site, _snapshot: Snapshot) -> RenderedObject:
    edition = site.editions[code]
    texts = locale(edition)
    message = texts.errors.gone if status == 410 else texts.errors.not_found
    return page("error.html", site, edition, None, message.title, message.text)
