"""A paper without a language in its paths, from the editor's call to the answers for paths that it does not have."""

from dataclasses import replace
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

import pytest

from broadsheet.model.newsletter.tokens import Keyring
from broadsheet.services.previewing.service import PreviewService
from broadsheet.services.previewing.shown import Showing
from broadsheet.services.redirects import MissingPage, resolve
from broadsheet.store.previews import Previews
from broadsheet.store.queries import ArticleQueries
from tests.unit.render.test_one_language import one_language
from tests.world import NOON, World, advertised, fields, small_site


@pytest.fixture
def weekly(world: World) -> World:
    """The world, with one edition whose paths do not begin with its code."""
    world.site = replace(one_language(small_site()), moved={"/rss/": "/feed.xml"})
    return world


def ask(world: World, path: str) -> MissingPage:
    """What the fallback function answers, whom CloudFront asks as it asked the bucket."""
    return resolve(world.articles, world.pages, world.site, path + "index.html" if path.endswith("/") else path)


def test_what_editors_do_is_at_the_root_and_old_paths_redirect_or_are_gone(weekly: World) -> None:
    before = weekly.objects()  # of the site that all tests begin with
    weekly.build()
    first = weekly.put("ferry", tags=["Old Harbour"])
    assert first.path == "/2026/03/14/ferry-returns-to-the-old-harbour/"
    weekly.publish()
    objects = weekly.objects()
    for key in ("index.html", "feed.xml", "section/city/feed.atom", "tag/old-harbour/feed.json", "2026/03/index.html"):
        assert first.path.encode() in objects[key], key
    assert [key for key in objects if key.startswith("en/") and objects[key] != before.get(key)] == []

    moved = weekly.put("ferry", tags=["Quay"], slug="night-ferry")
    weekly.publish()
    assert ask(weekly, first.path) == MissingPage(HTTPStatus.MOVED_PERMANENTLY, moved.path)
    assert unquote(ask(weekly, "/tag/QUAY/feed.xml").location or "") == "/tag/quay/feed.xml"
    assert ask(weekly, "/rss/").location == "/feed.xml"
    assert ask(weekly, "/tag/old-harbour/").status == HTTPStatus.GONE

    weekly.withdraw("ferry")
    weekly.publish()
    objects = weekly.objects()
    assert "2026/03/14/night-ferry/index.html" not in objects
    gone = ask(weekly, moved.path or "")
    assert (gone.status, gone.html.encode()) == (HTTPStatus.GONE, objects["410.html"])
    for path in ("/en/", "/nothing/", "/nothing.txt"):
        missing = ask(weekly, path)
        assert (missing.status, missing.html.encode()) == (HTTPStatus.NOT_FOUND, objects["404.html"])


def test_an_article_keeps_its_path_when_the_setting_changes_and_a_new_one_has_the_new_form(weekly: World) -> None:
    """The setting is for a paper without articles; but one that has some loses none."""
    without = weekly.site
    edition = without.editions["en"]
    weekly.site = replace(without, editions={"en": replace(edition, in_paths=True)})
    old = weekly.put("ferry")
    weekly.site = without
    assert (
        weekly.put("ferry", summary="Changed.").path == old.path == "/en/2026/03/14/ferry-returns-to-the-old-harbour/"
    )
    tram = weekly.put("tram", headline="Tram")
    assert tram.path == "/2026/03/14/tram/"
    assert weekly.put("ferry", slug="night-ferry").path == "/2026/03/14/night-ferry/"
    weekly.publish()
    assert ask(weekly, old.path).location == "/2026/03/14/night-ferry/"
    assert b"/2026/03/14/night-ferry/" in weekly.objects()["index.html"]


def test_a_preview_opens_its_article_and_has_the_front_page_beside_it(weekly: World) -> None:
    previews = Previews(weekly.clients.s3, weekly.deployment.name("Previews"))
    queries = ArticleQueries(weekly.clients.dynamodb, weekly.table, weekly.site)
    showing = Showing(weekly.articles, queries, weekly.bodies, weekly.site)
    keyring = Keyring("1", {"1": "k" * 64})
    service = PreviewService(previews, showing, lambda: keyring, weekly.site, ())

    def opened(url: str) -> str:
        token, _, path = urlsplit(url).path.removeprefix("/preview/").partition("/")
        return service.open(token, f"/{path}" if path else "", NOON).rendered.body.decode()

    made = service.put("ferry", {"id": "ferry", "article": fields(tags=["harbour"])}, NOON)
    root = urlsplit(made.url).path
    assert {kind: url.removeprefix(made.url) for kind, url in made.pages.items() if isinstance(url, str)} == {
        "article": "2026/03/14/ferry-returns-to-the-old-harbour/",
        "front": "index.html",
        "section": "section/city/",
        "day": "2026/03/14/",
    }
    assert made.pages["tags"] == {"harbour": f"{made.url}tag/harbour/"}
    article, front = opened(made.url), opened(made.pages["front"])
    assert '<article class="story' in article
    assert f'<p class="name"><a href="{root}index.html">' in article
    assert f'<a href="{root}index.html" aria-current="page">' in front
    assert f'data-fragment="{root}fragments/ticker.html"' in front
    assert 'href="/section/sport/"' in front
    assert "Ferry returns" in opened(f"{made.url}2026/03/")
    assert "Ferry returns" in opened(f"{made.url}section/city/2026/03/")
    assert service.not_found("/nothing/").body == service.not_found("").body

    ad = service.put("lamps", {"name": "lamps", "ad": advertised(**{"from": "2026-03-20T00:00:00Z"})}, NOON)
    assert ad.pages == {"front": f"{ad.url}index.html"}
    assert opened(ad.url) == opened(ad.pages["front"])
    assert "lamps" in opened(f"{ad.url}fragments/ads.html")
