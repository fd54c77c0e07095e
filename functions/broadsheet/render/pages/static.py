"""Static outputs, which depend on code and settings alone: assets, language chooser, robots.txt, error pages …"""

import json
from collections.abc import Iterator
from functools import partial

from ...model.channel import EVERYTHING, Channel
from ...model.config import Site
from ...model.queries import Snapshot
from ..feeds.channel_feeds import FORMATS
from ..feeds.sitemaps import INDEX, LATEST
from ..shared import assets, urls
from ..shared.locale import locale
from ..shared.serving import API, MANIFEST, PAGE, TEXT, Kind
from ..shared.target import ChangeSet, RenderedObject, Target
from ..shared.templating import fragment
from .layout import labelled, page
from .meta import site_meta


def asset_files(changes: ChangeSet) -> Iterator[Target]:
    """The files that pages load, and feeds in a browser: by plain paths, and by hashed ones, which stay for ever."""
    editions = changes.site.editions.values()
    logos = dict.fromkeys(name for edition in editions for name in assets.logos(edition))
    pictures = dict.fromkeys(edition.social_picture for edition in editions if edition.social_picture)
    own = assets.static_files()
    for name in (*assets.NAMES, *logos, *pictures, *own):
        yield Target(f"assets/{name}", (), partial(_asset, name))
    for name in (*assets.HASHED_NAMES, *logos, *own):
        yield Target(f"assets/{assets.hashed(name)}", (), partial(_asset, name, hashed=True))
    for name in assets.AT_ROOT:
        yield Target(name, (), partial(_asset, name))


def manifests(changes: ChangeSet) -> Iterator[Target]:
    """What phones need to put the site on the home screen (W3C Web Application Manifest): each edition, and `/`."""
    if changes.site.at_root is None:
        yield Target("site.webmanifest", (), partial(_manifest, None))
    for code, edition in changes.site.editions.items():
        yield Target(urls.key(f"{edition.root}/site.webmanifest"), (), partial(_manifest, code))


def language_chooser(changes: ChangeSet) -> Iterator[Target]:
    """The page at `/`, with links to all editions and to their feeds, unless a front page is there."""
    if changes.site.at_root is None:
        yield Target("index.html", (), _language_chooser)


def robots_and_ads_txt(_: ChangeSet) -> Iterator[Target]:
    """What crawlers may read (RFC 9309), and who may sell the site's advertising space (IAB Tech Lab, ads.txt 1.1)."""
    yield Target("robots.txt", (), _robots)
    yield Target("ads.txt", (), _ads)


def indexnow_key(changes: ChangeSet) -> Iterator[Target]:
    """The file by which search engines know that submissions with this key are the site's (IndexNow)."""
    if changes.site.indexnow_key:
        yield Target(urls.indexnow_key_file(changes.site.indexnow_key)[1:], (), _indexnow_key)


def openapi(_: ChangeSet) -> Iterator[Target]:
    """The API's description (OpenAPI 3.1), and the page that shows it to people."""
    yield Target("api/openapi.json", (), partial(_file, API, "openapi.json"))
    yield Target("api/index.html", (), partial(_file, PAGE, "api.html"))


def error_pages(changes: ChangeSet) -> Iterator[Target]:
    """Each edition's pages for 404 and 410."""
    for code, edition in changes.site.editions.items():
        for status in (404, 410):
            yield Target(urls.key(f"{edition.root}/{status}.html"), (), partial(_error_page, code, status))


def _asset(name: str, _site: Site, _snapshot: Snapshot, *, hashed: bool = False) -> RenderedObject:
    return assets.kind(name, hashed=hashed).output(assets.content(name))


def _file(kind: Kind, name: str, _site: Site, _snapshot: Snapshot) -> RenderedObject:
    return kind.output((assets.FILES / name).read_bytes())


def _manifest(code: str | None, site: Site, _snapshot: Snapshot) -> RenderedObject:
    edition = site.editions[code] if code else next(iter(site.editions.values()))
    front = f"{edition.root}/" if code else "/"
    paper, _ = assets.theme_colours()
    sizes = {"icon-192.png": (192, "any"), "icon-512.png": (512, "any"), "icon-maskable-512.png": (512, "maskable")}
    icons = [
        {"src": f"/assets/{name}", "sizes": f"{width}x{width}", "type": "image/png", "purpose": purpose}
        for name, (width, purpose) in sizes.items()
    ]
    fields = {
        "name": edition.name if code else site.name,
        "short_name": edition.name if code else site.name,
        "description": edition.tagline,
        "lang": edition.code,
        "dir": edition.direction,
        "id": front,
        "start_url": front,
        "scope": "/",
        "display": "browser",
        "background_color": paper,
        "theme_color": paper,
        "icons": icons,
    }
    return MANIFEST.output(json.dumps(fields, ensure_ascii=False, indent=1))


def _robots(site: Site, _snapshot: Snapshot) -> RenderedObject:
    sitemaps = "".join(f"Sitemap: {urls.absolute(site, f'/{name}')}\n" for name in (INDEX, LATEST))
    return TEXT.output(f"User-agent: *\nDisallow: /api/\n\n{sitemaps}")


def _ads(site: Site, _snapshot: Snapshot) -> RenderedObject | None:
    """None without entries: an empty file would say that nobody may sell the space."""
    return TEXT.output("\n".join((*site.ads_txt, ""))) if site.ads_txt else None


def _indexnow_key(site: Site, _snapshot: Snapshot) -> RenderedObject:
    return TEXT.output(site.indexnow_key or "")


def _language_chooser(site: Site, _snapshot: Snapshot) -> RenderedObject:
    linked = [EVERYTHING, *(Channel(edition, "all") for edition in site.editions)]
    first = next(iter(site.editions.values()))
    html = fragment(
        "language_chooser.html",
        site,
        first,
        formats=FORMATS,
        feeds=labelled(linked, site, ()),
        path="/",
        title=site.name,
        description=first.tagline,
        site_name=site.name,
        translated=[*site.editions.values()][1:],
        meta=site_meta(site),
    )
    return PAGE.output(html)


def _error_page(code: str, status: int, site: Site, _snapshot: Snapshot) -> RenderedObject:
    edition = site.editions[code]
    texts = locale(edition)
    message = texts.errors.gone if status == 410 else texts.errors.not_found
    return page("error.html", site, edition, None, message.title, message.text)
