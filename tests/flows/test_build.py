"""After a deployment the site has everything that code and settings make, without an article."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from unittest import mock

import feedparser  # type: ignore[import-untyped]  # it has no types
import pytest
from lxml import etree  # type: ignore[import-untyped]  # it has no types

from broadsheet import build
from broadsheet.model.config import Site
from broadsheet.render import outputs
from broadsheet.services.schedule import request_build
from broadsheet.store.unsettled import BUILD, UnsettledCauses
from infra.local.resources import Deployment
from tests.moto_state import restored
from tests.world import NOON, World


@pytest.fixture
def world(deployment: Deployment) -> Iterator[World]:
    """A deployment whose site has nothing yet."""
    with restored():
        yield World(deployment)


def requested(world: World, site: Site | None = None, minutes: int = 0) -> bool:
    """Whether the schedule of a deployment with these settings has the publisher write its build."""
    causes = UnsettledCauses(world.clients.dynamodb, world.table)
    return request_build(world.pages, causes, site or world.site, NOON + timedelta(minutes=minutes))


def written(world: World) -> set[str]:
    """The keys that a publisher of a new process writes for the build."""
    before = world.objects()
    world.publisher().publish_others(BUILD)
    return {key for key, content in world.objects().items() if before.get(key) != content}


def test_a_new_site_has_front_pages_style_robots_feeds_forms_and_error_pages(world: World) -> None:
    assert requested(world)
    world.publisher().publish_others(BUILD)
    site = world.objects()
    assert {"index.html", "robots.txt", "assets/site.css", "favicon.ico", "sitemap.xml", "news.xml", "feeds.opml"} < {
        *site
    }
    for edition in world.site.editions:
        assert b'action="/api/subscriptions"' in site[f"{edition}/index.html"]
        for page in ("404", "410", "archive/index", "feeds/index", "section/city/index", "fragments/ads"):
            assert f"{edition}/{page}.html" in site
        feed = feedparser.parse(site[f"{edition}/feed.xml"])
        assert not feed.bozo
        assert (feed.feed.title, feed.entries) == (world.site.editions[edition].name, [])
    etree.fromstring(site["sitemap.xml"])
    assert not requested(world)


def test_the_build_is_requested_once_in_five_minutes_until_the_site_has_it(world: World) -> None:
    other = replace(world.site, name="The Other")
    assert [requested(world, minutes=minutes) for minutes in (0, 1, 4, 6)] == [True, False, False, True]
    assert requested(world, other, minutes=7)  # another deployment
    assert not requested(world, other, minutes=8)


def test_a_build_that_the_site_has_is_published_by_one_look(world: World) -> None:
    assert written(world)
    with mock.patch.object(world.clients.s3, "put_object", side_effect=AssertionError):
        publisher = world.publisher()
        with mock.patch.object(publisher, "_run", side_effect=AssertionError):
            publisher.publish_others(BUILD)


def test_another_build_renders_again_what_depends_on_no_article_and_the_front_pages(world: World) -> None:
    world.put("a")
    world.publish()
    page = next(key for key in world.objects() if key.startswith("en/2026/03/14/f"))
    feed = world.objects()["en/feed.xml"]
    renamed = {code: replace(edition, name="The Other") for code, edition in world.site.editions.items()}
    world.site = replace(world.site, editions=renamed)
    assert requested(world)
    again = {build.MANIFEST, "index.html", "en/index.html", "en/section/city/index.html", "ar/404.html"}
    assert again <= written(world)
    assert "The Other" in world.objects()["en/index.html"].decode()
    assert world.objects()["en/feed.xml"] == feed  # as the article's page: both follow when articles change
    assert page in world.objects()
    assert not requested(world)
    assert not written(world)


def test_the_first_article_after_a_deployment_brings_the_build_with_it(world: World) -> None:
    world.put("a")
    world.publish()
    assert not requested(world)
    assert not written(world)


def test_the_manifest_depends_on_code_and_settings(world: World) -> None:
    manifest = build.manifest(world.site)
    assert outputs.build_manifest(world.site).body.decode() == manifest
    assert build.manifest(replace(world.site, sends_mail=False)) != manifest
    with mock.patch.object(build, "_code", return_value="other code"):
        assert build.manifest(world.site) != manifest
