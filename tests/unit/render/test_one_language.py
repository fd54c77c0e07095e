"""A paper in one language, whose paths do not begin with its code: every object, and every link between them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from html import unescape
from itertools import chain
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from lxml import etree  # type: ignore[import-untyped]  # it has no types

from broadsheet.model.channel import Channel
from broadsheet.model.config import MenuEntry, Site
from broadsheet.render.newsletter.forms import sign_up_page
from broadsheet.render.shared import assets
from broadsheet.render.shared.target import RenderedObject
from broadsheet.schemas.ad import parse_ad
from broadsheet.schemas.site_toml import validate
from broadsheet_cli.files import FileArticle, read_files
from broadsheet_cli.static_pages import page_files, read_pages
from tests.papers import WEEKLY
from tests.unit.render.newsroom import NOON, SITE, Newsroom
from tests.world import advertised

IMAGE = {"src": "/media/a.png", "alt": "A", "caption": "", "credit": "", "width": 1200, "height": 800}
# The paths of functions and of files that nothing renders.
ELSEWHERE = ("/api/", "/media/", "/images/")
HTML_LINK = re.compile(r' (?:href|src|content|data-fragment|data-card)="([^"#?]*)')

Objects = Mapping[str, RenderedObject]


def one_language(site: Site = SITE) -> Site:
    """The site with its first edition alone, whose paths begin with nothing."""
    code, edition = next(iter(site.editions.items()))
    return replace(site, editions={code: replace(edition, in_paths=False)})


@cache
def newsroom(*, in_paths: bool = False) -> Newsroom:
    """Three months, one with a whole archive document's articles, and everything that an article can have."""
    site = one_language()
    first = replace(site.editions["en"], in_paths=in_paths, menu=())
    first = replace(first, footer=(MenuEntry("About us", f"{first.root}/about/"),))
    newsroom = Newsroom(replace(site, editions={"en": first}))
    newsroom.put("about", kind="page", section=None, slug="about", headline="About us")
    newsroom.put("old", published_at="2026-01-05T10:00:00Z", tags=["harbour"])
    newsroom.put("older", published_at="2025-12-05T10:00:00Z", tags=["harbour"])
    for number in range(30):
        newsroom.put(f"note-{number}", headline=f"Note {number}", published_at=f"2026-03-{1 + number % 9:02}T10:00:00Z")
    newsroom.put(
        "ferry", image=IMAGE, tags=["harbour", "C++"], authors=["Lina Haddad", "زينو"], related=["old"], summary="S"
    )
    newsroom.put("cartoon", headline="Two minutes", kind="caricature", image=IMAGE, authors=["Zeno Attar"])
    newsroom.put("column", headline="In praise", section="opinion", authors=["Lina Haddad"])
    newsroom.ads = (replace(parse_ad("lamps", advertised(), NOON, newsroom.site, ()), live=True),)
    return newsroom


@cache
def objects() -> Objects:
    return newsroom().build()


def linked(site: Site, key: str, each: RenderedObject) -> Iterator[str]:
    """The paths of the site to which an object links, decoded."""
    text = each.body.decode()
    absolute = re.findall(rf'{re.escape(site.base_url)}[^\s"<>]*', text)
    found = map(unescape, HTML_LINK.findall(text)) if key.endswith(".html") else absolute
    for link in found:
        own = link.removeprefix(site.base_url)
        if own.startswith("/") or link == site.base_url:
            yield unquote(urlsplit(own).path) or "/"


def linking(objects: Objects) -> dict[str, RenderedObject]:
    """The objects that link to others: pages, fragments, feeds, sitemaps and manifests, but not the API's own page."""
    endings = (".html", ".xml", ".atom", ".json", ".opml", ".webmanifest", "robots.txt")
    mine = {key: each for key, each in objects.items() if not key.startswith(("api/", "assets/"))}
    return {key: each for key, each in mine.items() if key.endswith(endings)}


def dead_links(site: Site, objects: Objects) -> set[tuple[str, str]]:
    """The links to what is no object of the site: the key of the object that has the link, and the path."""
    links = {(key, path) for key, each in linking(objects).items() for path in linked(site, key, each)}
    return {
        (key, path)
        for key, path in links
        if (f"{path}index.html" if path.endswith("/") else path)[1:] not in objects and not path.startswith(ELSEWHERE)
    }


def test_every_link_leads_to_an_object() -> None:
    assert dead_links(newsroom().site, objects()) == set()


def test_no_path_begins_with_the_language() -> None:
    assert {key for key in objects() if key.startswith("en/")} == set()
    for key, each in linking(objects()).items():
        assert {path for path in linked(newsroom().site, key, each) if path.startswith("/en")} == set(), key
        assert key.endswith((".atom", ".json", ".opml")) or b'hreflang="' not in each.body, key


def test_it_has_the_objects_of_the_edition_and_no_language_chooser() -> None:
    with_language = {key.removeprefix("en/") for key in with_language_objects()}
    assert {*objects()} == with_language  # the front page and the manifest are in the place of the site's own
    front = objects()["index.html"].body.decode()
    assert '<h1 class="name"><a href="/">' in front
    assert '<link rel="canonical" href="https://courier.example/">' in front


def test_a_page_of_each_kind_is_where_the_documentation_says() -> None:
    assert {
        "2026/03/14/index.html",
        "2026/03/index.html",
        "2026/index.html",
        "2026/03/14/ferry-returns-to-the-old-harbour/index.html",
        "archive/index.html",
        "section/city/index.html",
        "section/city/2026/03/index.html",
        "tag/harbour/feed.xml",
        "author/lina-haddad/index.html",
        "caricatures/index.html",
        "feeds/index.html",
        "feed.xml",
        "feed.atom",
        "feed.json",
        "feed.2025-12.json",
        "feed.2026-01.xml",
        "fragments/ads.html",
        "fragments/latest.html",
        "fragments/2026-03.html",
        "fragments/related/old.html",
        "sitemap-2026-03.xml",
        "sitemap.xml",
        "404.html",
        "410.html",
        "site.webmanifest",
    } <= {*objects()}


@pytest.mark.parametrize("listing", ["all", "section/city", "tag/harbour", "author/زينو", "caricatures"])
def test_a_feed_names_its_url_and_keeps_its_id(listing: str) -> None:
    """Only URLs depend on the setting: a reader who follows a feed sees no entry twice."""
    with_language = newsroom(in_paths=True)
    code = Channel("en", listing)
    for ending in ("xml", "atom", "json"):
        key, old_key = (f"{code.folder(site)}feed.{ending}"[1:] for site in (newsroom().site, with_language.site))
        feed, old = objects()[key].body, with_language_objects()[old_key].body
        assert ids(feed, ending) == ids(old, ending) != []
        [url] = urls(feed, ending, "self")
        assert unquote(url) == f"https://courier.example/{key}"


def test_archive_documents_name_each_other() -> None:
    base = "https://courier.example/feed"
    for ending in ("atom", "json"):
        assert urls(objects()[f"feed.{ending}"].body, ending, "prev-archive") == [f"{base}.2026-01.{ending}"]
        january = objects()[f"feed.2026-01.{ending}"].body
        assert urls(january, ending, "prev-archive") == [f"{base}.2025-12.{ending}"]
        assert urls(january, ending, "current") == [f"{base}.{ending}"]
        assert urls(objects()[f"feed.2025-12.{ending}"].body, ending, "next-archive") == [f"{base}.2026-01.{ending}"]


def test_the_sitemap_of_pages_lists_the_front_page_once() -> None:
    tree = etree.fromstring(objects()["sitemap-pages.xml"].body)
    pages = tree.xpath("//*[local-name()='loc']/text()")
    assert pages[:2] == ["https://courier.example/", "https://courier.example/section/city/"]
    assert len(pages) == len({*pages})


def test_the_manifest_starts_at_the_front_page() -> None:
    manifest = json.loads(objects()["site.webmanifest"].body)
    assert (manifest["id"], manifest["start_url"], manifest["lang"]) == ("/", "/", "en")
    assert manifest["name"] == newsroom().site.editions["en"].name


def test_the_newsletter_s_pages_lead_to_the_front_page() -> None:
    site = newsroom().site
    shown = sign_up_page(site.editions["en"], site, "token", {})
    assert '<a href="/">The Salima Courier</a>' in shown
    assert 'href="/en' not in shown


def test_the_sample_of_such_a_paper_is_whole() -> None:
    """Its settings, articles, pictures and links. Without its logo, which is in a folder of its own."""
    site = validate((WEEKLY / "site.toml").read_text(encoding="utf-8"))
    edition = site.editions["en"]
    weekly = Newsroom(replace(site, editions={"en": replace(edition, logo=None, logo_dark=None)}))
    pages = chain.from_iterable(read_pages(page_files(WEEKLY / "pages", site.editions)))
    for file in (*read_files([WEEKLY / "sample/en"]), *pages):
        assert isinstance(file, FileArticle), file
        weekly.put(file.id, now=datetime(2026, 11, 29, tzinfo=UTC), **{"section": None, **file.article})
    built = weekly.build()
    assert dead_links(site, built) == set()
    assert len([key for key in built if re.fullmatch(r"2026/11/../[^/]+/index.html", key)]) == 8
    links = {path for key, each in built.items() if key.endswith(".html") for path in linked(site, key, each)}
    pictures = {path.removeprefix("/media/sample/") for path in links if path.startswith("/media/")}
    assert pictures == {file.name for file in (WEEKLY / "sample/media").iterdir()}
    assert all((WEEKLY / name).exists() for name in (edition.logo or "", edition.logo_dark or ""))
    tokens = re.compile(r"^  (--[a-z]+): ", re.MULTILINE)
    own, built_in = (tokens.findall((folder / "tokens.css").read_text()) for folder in (WEEKLY, assets.FILES))
    assert {*own} <= {*built_in}


@cache
def with_language_objects() -> Objects:
    return newsroom(in_paths=True).build()


def ids(feed: bytes, ending: str) -> list[str]:
    """The ids of a feed and its entries, as far as the format has them."""
    if ending == "json":
        return [item["id"] for item in json.loads(feed)["items"]]
    found: list[str] = etree.fromstring(feed).xpath("//*[local-name()='id' or local-name()='guid']/text()")
    return found


def urls(feed: bytes, ending: str, relation: str) -> list[str]:
    """The links of a feed as a whole to what has this relation to it."""
    if ending != "json":
        links: list[str] = etree.fromstring(feed).xpath(
            f"/*/*[local-name()='link' and @rel='{relation}']/@href | "
            f"/rss/channel/*[local-name()='link' and @rel='{relation}']/@href"
        )
        return links
    held: dict[str, Any] = json.loads(feed)
    history = held.get("_history", {})
    found = {
        "self": held["feed_url"],
        "prev-archive": held.get("next_url"),
        "current": history.get("current"),
        "next-archive": history.get("next_archive"),
    }[relation]
    return [found] if found else []
