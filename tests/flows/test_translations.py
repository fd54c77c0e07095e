"""Translations: their pages link to each other, whichever of them changes."""

import re
from datetime import timedelta
from typing import Any

import pytest

from broadsheet.model.errors import Invalid
from tests.world import World

ENGLISH = "en/2026/03/14/ferry-returns-to-the-old-harbour/index.html"
ARABIC: dict[str, Any] = {
    "edition": "ar",
    "headline": "عودة العبّارة",
    "slug": "ferry",
    "published_at": "2026-02-20T10:00:00+02:00",
}
ORIGINAL, TRANSLATION = ENGLISH, "ar/2026/02/20/ferry/index.html"


def named(world: World, key: str) -> dict[str, str]:
    """The `hreflang` links of a page, by language; its own is among them."""
    html = world.objects()[key].decode()
    return dict(re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="https://courier.example/([^"]+)">', html))


def switch(world: World, key: str) -> str:
    """Where the language switch of a page links to."""
    [path] = re.findall(r'<nav class="editions".*?<a href="([^"]+)"', world.objects()[key].decode(), re.DOTALL)
    return str(path)


def translated(world: World, **changed: Any) -> None:
    world.put("abbara", **ARABIC | {"translation_of": "ferry"} | changed)


@pytest.mark.parametrize(
    "order", [("translation", "original"), pytest.param(("original", "translation"), marks=pytest.mark.proof)]
)
def test_two_translations_link_to_each_other_whichever_is_first(world: World, order: tuple[str, str]) -> None:
    for each in order:
        if each == "original":
            world.put("ferry")
        else:
            translated(world)
        world.publish()
    both = {"en": ORIGINAL.removesuffix("index.html"), "ar": TRANSLATION.removesuffix("index.html")}
    # Readers of all other languages get the original.
    assert named(world, ORIGINAL) == named(world, TRANSLATION) == both | {"x-default": both["en"]}
    assert switch(world, ORIGINAL) == f"/{both['ar']}"
    assert switch(world, TRANSLATION) == f"/{both['en']}"
    objects = world.objects()
    assert b'"workTranslation": [{"@id": "https://courier.example/ar/2026/02/20/ferry/#article"}]' in objects[ORIGINAL]
    assert b'"translationOfWork": {"@id"' in objects[TRANSLATION]


def test_an_article_without_a_translation_links_to_the_other_front_page(world: World) -> None:
    translated(world)
    world.publish()
    assert named(world, TRANSLATION) == {}
    assert switch(world, TRANSLATION) == "/en/"
    assert "translation" not in world.objects()[TRANSLATION].decode()


def test_a_translation_that_is_withdrawn_or_of_another_article_is_not_linked(world: World) -> None:
    world.put("ferry")
    translated(world)
    world.publish()
    world.withdraw("abbara")
    world.publish()
    assert named(world, ORIGINAL) == {}
    translated(world)
    world.publish()
    assert named(world, ORIGINAL)
    translated(world, translation_of="another")
    world.publish()
    assert named(world, ORIGINAL) == named(world, TRANSLATION) == {}


def test_a_link_follows_a_translation_that_moves(world: World) -> None:
    world.put("ferry")
    translated(world)
    world.publish()
    translated(world, slug="night-ferry")
    world.publish()
    assert named(world, ORIGINAL)["ar"] == "ar/2026/02/20/night-ferry/"


def test_publishing_a_translation_changes_only_the_page_of_the_original_in_its_edition(world: World) -> None:
    world.put("ferry")
    world.publish()
    before = world.objects()
    translated(world)
    world.publish()
    after = world.objects()
    assert [key for key in before if key.startswith("en/") and after[key] != before[key]] == [ORIGINAL]


def test_the_sitemap_of_a_translation_names_both_and_follows_the_original(world: World) -> None:
    world.put("ferry")
    translated(world)
    world.publish()

    def links() -> list[tuple[str, str]]:
        sitemap = world.objects()["ar/sitemap-2026-02.xml"].decode()
        return re.findall(
            r'<xhtml:link rel="alternate" hreflang="(\w+)" href="https://courier.example/([^"]+)"', sitemap
        )

    pair = [("en", ORIGINAL.removesuffix("index.html")), ("ar", TRANSLATION.removesuffix("index.html"))]
    assert links() == pair * 2
    world.put("ferry", slug="night-ferry")
    world.publish()
    assert ("en", "en/2026/03/14/night-ferry/") in links()
    world.withdraw("ferry")
    world.publish()
    assert links() == []


def test_a_live_translation_has_a_row_at_its_original(world: World) -> None:
    translated(world)
    assert [row["pk"] for row in world.rows() if row["sk"] == "TRANSLATION#ar#abbara"] == ["ARTICLE#ferry"]
    translated(world, translation_of=None)
    translated(world, status="draft")
    assert not [row for row in world.rows() if row["sk"].startswith("TRANSLATION#")]


def test_an_article_cannot_be_a_translation_of_itself(world: World) -> None:
    with pytest.raises(Invalid):
        world.put("ferry", translation_of="ferry")
    assert world.rows() == []


def test_the_largest_changes_of_one_article_fit_into_a_transaction(world: World) -> None:
    """A DynamoDB transaction has at most 100 writes."""
    sizes: list[int] = []
    world.clients.dynamodb.meta.events.register(
        "provide-client-params.dynamodb.TransactWriteItems",
        lambda params, **_: sizes.append(len(params["TransactItems"])),
    )

    def put(letter: str, published_at: str) -> None:
        world.put(
            "ferry",
            kind="caricature",
            image={"src": "/a.png", "alt": "", "width": 1, "height": 1},
            edition="en" if letter == "a" else "ar",
            section="city" if letter == "a" else "sport",
            tags=[f"{letter}{number}" for number in range(12)],
            authors=[f"{letter}{number}" for number in range(7)],
            published_at=published_at,
            translation_of=f"original-{letter}",
        )

    put("a", "2024-03-14T10:00:00Z")
    put("b", "2025-03-14T10:00:00Z")
    world.postpone("ferry", world.now + timedelta(days=1))
    world.now += timedelta(days=2)
    world.release()
    put("a", "2026-03-18T10:00:00Z")  # scheduled in the other edition
    world.withdraw("ferry")
    put("b", "2025-03-14T10:00:00Z")
    assert len(sizes) == 7
    assert 95 <= max(sizes) <= 100
