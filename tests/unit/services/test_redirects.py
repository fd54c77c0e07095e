"""What the site answers for a path that it does not have."""

from collections import Counter
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from urllib.parse import unquote

from broadsheet.model.slug import name_key
from broadsheet.services.redirects import MissingPage, resolve
from infra.local.services.edge_headers import cached_seconds
from tests.world import World

ROOT = Path(__file__).parents[3]
OPERATIONS, FALLBACK = ROOT / "docs/operations.md", ROOT / "functions/fallback.py"
PRICES = {"S3 request": 0.40, "API call": 1.00, "run": 0.20, "GB second": 13.3334, "read": 0.125}
"""Dollars a million in us-east-1; S3's is of a GET, the read a consistent one of at most 4 KB on demand."""
LONG = "The committee for the harbour, the old town, the nine steps and the lighthouse that stood before it"


def ask(world: World, path: str) -> MissingPage:
    return resolve(world.articles, world.pages, world.site, path)


def test_every_spelling_of_a_name_redirects_to_its_one_path(world: World) -> None:
    world.put("lamp", tags=["Old Harbour", "Sea/Land", "الميناء", LONG], authors=["Ines Ferrão"])
    for written, canonical in (
        ("/en/tag/Old Harbour/index.html", "/en/tag/old-harbour/"),
        ("/en/tag/old_harbour/feed.xml", "/en/tag/old-harbour/feed.xml"),
        ("/en/tag/Old Harbour/feed.2026-03-1.atom", "/en/tag/old-harbour/feed.2026-03-1.atom"),
        ("/en/tag/Sea/Land/feed.json", "/en/tag/sea-land/feed.json"),
        ("/en/tag/المِينَاء/feed.xml", "/en/tag/الميناء/feed.xml"),
        ("/en/author/INES FERRÃO/feed.xml", "/en/author/ines-ferrao/feed.xml"),
        (f"/en/tag/{LONG}/feed.xml", f"/en/tag/{name_key(LONG)}/feed.xml"),
    ):
        moved = ask(world, written)
        assert (moved.status, unquote(moved.location or "")) == (HTTPStatus.MOVED_PERMANENTLY, canonical)
        assert (moved.location or "").isascii()
        assert ask(world, canonical).status == HTTPStatus.NOT_FOUND  # not published yet, and not redirected


def test_a_tag_is_gone_with_its_last_article_and_returns_with_the_next(world: World) -> None:
    path = "/en/tag/harbour/feed.atom"
    assert ask(world, path).status == HTTPStatus.NOT_FOUND
    for id in ("one", "two"):
        world.put(id, tags=["Harbour"])
    world.withdraw("one")
    assert ask(world, path).status == HTTPStatus.NOT_FOUND
    world.put("two", tags=["Ferries"])
    assert ask(world, path).status == ask(world, "/en/tag/harbour/index.html").status == HTTPStatus.GONE
    assert ask(world, "/en/tag/HARBOUR/feed.atom").location == path
    world.put("three", tags=["harbour"])
    assert ask(world, path).status == HTTPStatus.NOT_FOUND


def test_a_tag_of_a_draft_alone_is_not_found(world: World) -> None:
    world.put("secret", tags=["Resignation"], status="draft")
    world.put("later", tags=["Resignation"], published_at="2026-03-20T10:00:00Z")
    for path in ("/en/tag/resignation/feed.xml", "/en/tag/Resignation/feed.xml", "/ar/tag/resignation/feed.xml"):
        assert ask(world, path).status == HTTPStatus.NOT_FOUND


def test_an_odd_path_is_not_found(world: World) -> None:
    world.put("lamp", tags=["Harbour"])
    for path in (
        "/en/tag/" + "a" * 8000 + "/feed.xml",
        "/en/tag/" + "م" * 600 + "/feed.xml",
        "/en/tag/\0/feed.xml",
        "/en/tag/\ufffd/feed.xml",
        "/en/tag//feed.xml",
        "/en/tag/harbour/feed.css/x",
        "/xx/tag/harbour/feed.xml",
        "/tag/harbour/feed.xml",
        "feed.xml",
        "",
    ):
        assert ask(world, path).status == HTTPStatus.NOT_FOUND, path[:40]


def test_paths_that_the_settings_moved_are_redirected(world: World) -> None:
    world.site = replace(world.site, moved={"/rss/": "/en/feed.xml", "/الأخبار/": "/ar/", "/atom.xml": "/en/feed.atom"})
    assert ask(world, "/rss/index.html").location == "/en/feed.xml"
    assert ask(world, "/الأخبار/index.html").location == "/ar/"
    assert ask(world, "/atom.xml").location == "/en/feed.atom"
    assert ask(world, "/rss.xml").status == HTTPStatus.NOT_FOUND


def test_requests_for_a_withdrawn_article_cost_what_operations_md_says(world: World) -> None:
    """aws#18"""
    world.put("lamp")
    world.publish()
    world.withdraw("lamp")
    world.publish()
    path = world.articles.get("lamp").path  # type: ignore[union-attr]  # it was put above
    calls: Counter[str] = Counter()
    for client in (world.clients.dynamodb, world.clients.s3):
        client.meta.events.register("before-call", lambda model, **_: calls.update([model.name]))
    assert ask(world, f"{path}index.html").status == HTTPStatus.GONE
    assert calls == {"GetItem": 2, "GetObject": 1}

    # CloudFront does not cache a 410, whatever its headers, so every request reaches bucket, API and function.
    assert cached_seconds(HTTPStatus.GONE, fallback_cache(), {}, 60) == 0
    run = PRICES["run"] + PRICES["GB second"] * 0.5 * 0.03  # 512 MB for about 30 ms
    dollars = (
        (1 + calls["GetObject"]) * PRICES["S3 request"] + PRICES["API call"] + run + calls["GetItem"] * PRICES["read"]
    )
    [row] = [line for line in OPERATIONS.read_text("utf-8").splitlines() if "a request for a withdrawn article" in line]
    assert "two requests of S3, one API call, one run, two reads" in row
    assert f"${dollars:.2f} a million" in row


def test_cloudfront_caches_404_and_301() -> None:
    for status in (HTTPStatus.NOT_FOUND, HTTPStatus.MOVED_PERMANENTLY):
        assert cached_seconds(status, fallback_cache(), {404: 0}, 60) == 10


def fallback_cache() -> str:
    """The Cache-Control of the fallback function, which cannot be imported without its settings."""
    [line] = [line for line in FALLBACK.read_text("utf-8").splitlines() if line.startswith("CACHE = ")]
    return line.partition('"')[2].removesuffix('"')
