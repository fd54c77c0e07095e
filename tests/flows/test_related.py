"""Related articles: the cards of those that an article names, and what a new article changes."""

import re
from typing import Any

import pytest

from broadsheet.model.errors import Invalid
from broadsheet.schemas.article import MOST_TAGS_WITH_RELATED
from tests.world import World, fields

CARDS = re.compile(r"\w+/fragments/related/(.*)\.html")
PAGE = re.compile(r"\w+/\d{4}/\d\d/\d\d/[^/]+/index\.html")
PICTURE = {"src": "/media/a.svg", "alt": "A", "width": 4, "height": 3}


def put(world: World, id: str, **changed: Any) -> None:
    world.put(id, **{"headline": f"The {id}", "tags": [], "authors": []} | changed)


def cards(world: World) -> dict[str, str]:
    """The cards on the site after everything is published, by key."""
    world.publish()
    return {key: html.decode() for key, html in world.objects().items() if CARDS.fullmatch(key)}


def page(world: World, path: str) -> str:
    return world.objects()[f"en/2026/03/14/{path}/index.html"].decode()


def test_an_article_loads_the_cards_of_those_that_it_names_in_their_order(world: World) -> None:
    put(world, "bridge", image=PICTURE)
    put(world, "abbara", edition="ar", headline="عودة العبّارة", slug="ferry")
    put(world, "tram", related=["abbara", "bridge"])
    made = cards(world)
    assert [*made] == ["en/fragments/related/abbara.html", "en/fragments/related/bridge.html"]
    bridge, abbara = made["en/fragments/related/bridge.html"], made["en/fragments/related/abbara.html"]
    assert '<h3><a href="/en/2026/03/14/the-bridge/">The bridge</a></h3>' in bridge
    assert 'src="https://courier.example/media/a.svg"' in bridge
    assert '<time datetime="2026-03-14T10:00:00+02:00">14 March 2026</time>' in bridge
    assert 'hreflang="ar" lang="ar" dir="rtl">عودة العبّارة</a>' in abbara
    assert "14 March 2026" in abbara
    named = re.findall(r'data-card="([^"]*)"', page(world, "the-tram"))
    assert named == ["/en/fragments/related/abbara.html", "/en/fragments/related/bridge.html"]


def test_a_card_follows_its_article_and_the_page_that_names_it_stays(world: World) -> None:
    put(world, "tram", related=["bridge"])
    key = "en/fragments/related/bridge.html"
    assert cards(world) == {key: ""}
    before = page(world, "the-tram")
    put(world, "bridge", published_at="2026-03-14T15:00:00+02:00")
    assert cards(world) == {key: ""}
    world.now = world.now.replace(hour=14)
    world.release()
    assert "The bridge" in cards(world)[key]
    put(world, "bridge", headline="A bridge", slug="a-bridge", published_at="2026-03-13T15:00:00+02:00")
    assert '<a href="/en/2026/03/13/a-bridge/">A bridge</a>' in cards(world)[key]
    put(world, "bridge", headline="جسر", edition="ar", slug="bridge")
    assert 'href="/ar/2026/03/14/bridge/" hreflang="ar" lang="ar"' in cards(world)[key]
    world.withdraw("bridge")
    assert cards(world) == {key: ""}
    assert page(world, "the-tram") == before


def test_a_card_exists_while_a_live_article_of_the_edition_names_it(world: World) -> None:
    put(world, "bridge")
    put(world, "tram", related=["bridge"])
    put(world, "ferry", related=["bridge"])
    put(world, "tarram", edition="ar", related=["bridge"])
    english, arabic = "en/fragments/related/bridge.html", "ar/fragments/related/bridge.html"
    assert cards(world).keys() == {english, arabic}
    put(world, "tram")
    world.withdraw("tarram")
    assert cards(world).keys() == {english}
    put(world, "ferry", related=["bridge"], edition="ar")
    assert cards(world).keys() == {arabic}
    put(world, "ferry", status="draft", related=["bridge"])
    assert cards(world) == {}


def test_an_article_without_related_ones_links_to_its_tags_and_its_section(world: World) -> None:
    put(world, "tram", tags=["Harbour", "Ferries", "Gulls"])
    world.publish()
    block = page(world, "the-tram").partition('<section class="related"')[2].partition("</section>")[0]
    assert re.findall('href="([^"]*)"', block) == ["/en/tag/harbour/", "/en/tag/ferries/", "/en/section/city/"]
    assert "data-card" not in block


def test_one_more_article_renders_no_other_articles_page_and_makes_no_other_object(world: World) -> None:
    for id in ("bridge", "tram", "ferry"):
        put(world, id, tags=["harbour"], related=["bridge"] if id == "tram" else [])
    world.publish()
    before, calls = world.objects(), PagesPut(world)
    put(world, "lighthouse", tags=["harbour"])
    world.publish()
    assert {key for key in calls.keys if PAGE.fullmatch(key)} == {"en/2026/03/14/the-lighthouse/index.html"}
    assert world.objects().keys() - before.keys() == {"en/2026/03/14/the-lighthouse/index.html"}


class PagesPut:
    """The keys of all objects that are put from now on."""

    def __init__(self, world: World) -> None:
        self.keys: list[str] = []
        world.clients.s3.meta.events.register("provide-client-params.s3.PutObject", self._note)

    def _note(self, params: dict[str, Any], **_: Any) -> None:
        self.keys.append(params["Key"])


def test_an_update_that_names_related_articles_is_no_news_for_readers(world: World) -> None:
    before = world.put("tram")
    world.now = world.now.replace(hour=18)
    after = world.put("tram", related=["bridge"])
    assert (after.revision, after.updated_at) == (2, before.updated_at)


def test_an_article_cannot_name_itself(world: World) -> None:
    with pytest.raises(Invalid, match=r"related\.1 must name another article than itself"):
        world.put("tram", related=["bridge", "tram"])


def test_the_longest_change_of_an_article_fits_into_a_transaction(world: World) -> None:
    """Another edition, year, date, original, and all tags, authors and related articles."""

    def whole(word: str, **changed: Any) -> dict[str, Any]:
        tags = [f"{word} tag {number}" for number in range(MOST_TAGS_WITH_RELATED)]
        authors = [f"{word} author {number}" for number in range(8)]
        related = [f"{word}-{number}" for number in range(3)]
        return fields(tags=tags, authors=authors, related=related, translation_of=word, **changed)

    world.put("tram", **whole("one", kind="caricature", image=PICTURE))
    world.put("tram", **whole("two", kind="caricature", image=PICTURE, edition="ar", section="sport", published_at=OLD))
    related = {row["pk"]: row for row in world.rows() if row["sk"] == "RELATED"}
    assert {pk: (row.get("en", 0), row.get("ar", 0)) for pk, row in related.items()} == {
        f"ARTICLE#{word}-{number}": counts for word, counts in (("one", (0, 0)), ("two", (0, 1))) for number in range(3)
    }


OLD = "2025-01-01T10:00:00+02:00"


def test_a_rebuilt_site_has_the_same_cards(world: World) -> None:
    put(world, "bridge")
    put(world, "tram", related=["bridge", "ferry"])
    put(world, "ferry", related=["tram"])
    cards(world)
    put(world, "ferry", related=[])
    after = cards(world)
    assert after.keys() == {"en/fragments/related/bridge.html", "en/fragments/related/ferry.html"}
    assert {key: html.decode() for key, html in world.rebuilt().items() if CARDS.fullmatch(key)} == after
