"""Static pages, from an editor's change to the objects of the site."""

from http import HTTPStatus

import pytest

from broadsheet.model.errors import Invalid
from tests.flows.test_publishing import ask
from tests.world import World, static_page

PAGE = "en/who-we-are/index.html"
SITEMAP = "sitemap-pages.xml"


def test_a_page_comes_moves_and_goes(world: World) -> None:
    world.put("ferry")
    world.publish()
    without = world.objects()
    world.put("about", **static_page())
    world.publish()
    objects = world.objects()
    assert {key for key in objects if objects[key] != without.get(key)} == {PAGE, SITEMAP}
    assert b"/en/who-we-are/" in objects[SITEMAP]
    world.put("about", **static_page(slug="about"))
    world.publish()
    moved = world.objects()
    assert PAGE not in moved
    assert "en/about/index.html" in moved
    assert b"/en/who-we-are/" not in moved[SITEMAP]
    assert (ask(world, "/en/who-we-are/").status, ask(world, "/en/who-we-are").location) == (301, "/en/about/")
    world.withdraw("about")
    world.publish()
    assert world.objects() == without
    assert ask(world, "/en/about/").status == ask(world, "/en/who-we-are/").status == HTTPStatus.GONE


def test_a_scheduled_page_is_published_when_it_is_due(world: World) -> None:
    world.put("about", **static_page(published_at="2026-03-15T10:00:00Z"))
    world.publish()
    assert PAGE not in world.objects()
    world.now = world.articles.get("about").published_at  # type: ignore[union-attr]
    assert world.release() == 1
    world.publish()
    assert PAGE in world.objects()


def test_the_site_made_anew_is_the_same(world: World) -> None:
    world.build()
    world.put("ferry")
    world.put("about", **static_page())
    world.put("about-ar", **static_page(edition="ar", headline="من نحن", translation_of="about"))
    world.publish()
    before = world.objects()
    assert b"workTranslation" in before[PAGE]
    assert world.rebuilt() == before


def test_a_page_cannot_lead_the_front_page(world: World) -> None:
    world.put("about", **static_page())
    with pytest.raises(Invalid, match=r"lead\.id must not be a static page"):
        world.choose("en", lead={"id": "about"})
