"""Articles that are one in two languages: their pages name each other, whichever of them changes."""

import re
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
    """The translations that a page names to software, itself among them."""
    html = world.objects()[key].decode()
    return dict(re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="https://courier.example/([^"]+)">', html))


def switch(world: World, key: str) -> str:
    """Where a page leads readers of the other language."""
    [path] = re.findall(r'<nav class="editions".*?<a href="([^"]+)"', world.objects()[key].decode(), re.DOTALL)
    return str(path)


def translated(world: World, **changed: Any) -> None:
    world.put("abbara", **ARABIC | {"translation_of": "ferry"} | changed)


@pytest.mark.parametrize("order", [("original", "translation"), ("translation", "original")])
def test_two_pages_name_each_other_whichever_comes_first(world: World, order: tuple[str, str]) -> None:
    for each in order:
        if each == "original":
            world.put("ferry")
        else:
            translated(world)
        world.publish()
    both = {"en": ORIGINAL.removesuffix("index.html"), "ar": TRANSLATION.removesuffix("index.html")}
    assert named(world, ORIGINAL) == named(world, TRANSLATION) == both
    assert switch(world, ORIGINAL) == f"/{both['ar']}"
    assert switch(world, TRANSLATION) == f"/{both['en']}"
    objects = world.objects()
    assert b'"workTranslation": [{"@id": "https://courier.example/ar/2026/02/20/ferry/#article"}]' in objects[ORIGINAL]
    assert b'"translationOfWork": {"@id"' in objects[TRANSLATION]


def test_an_article_alone_names_nothing_and_leads_to_the_other_front(world: World) -> None:
    translated(world)
    world.publish()
    assert named(world, TRANSLATION) == {}
    assert switch(world, TRANSLATION) == "/en/"
    assert "translation" not in world.objects()[TRANSLATION].decode()


def test_a_withdrawn_translation_is_named_no_longer_nor_is_one_of_something_else(world: World) -> None:
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


def test_an_address_that_moves_is_followed(world: World) -> None:
    world.put("ferry")
    translated(world)
    world.publish()
    translated(world, slug="night-ferry")
    world.publish()
    assert named(world, ORIGINAL)["ar"] == "ar/2026/02/20/night-ferry/"


def test_publishing_a_translation_touches_the_originals_page_and_nothing_else_of_it(world: World) -> None:
    world.put("ferry")
    world.publish()
    before = world.objects()
    translated(world)
    world.publish()
    after = world.objects()
    assert [key for key in before if key.startswith("en/") and after[key] != before[key]] == [ORIGINAL]


def test_a_translations_sitemap_names_both_and_follows_the_original(world: World) -> None:
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


def test_a_row_tells_of_a_translation_as_long_as_it_is_live(world: World) -> None:
    translated(world)
    assert [row["pk"] for row in world.rows() if row["sk"] == "TRANSLATION#ar#abbara"] == ["ARTICLE#ferry"]
    translated(world, translation_of=None)
    translated(world, status="draft")
    assert not [row for row in world.rows() if row["sk"].startswith("TRANSLATION#")]


def test_an_article_is_no_translation_of_itself(world: World) -> None:
    with pytest.raises(Invalid):
        world.put("ferry", translation_of="ferry")
    assert world.rows() == []


def test_the_largest_change_of_one_article_fits_into_a_transaction(world: World) -> None:
    """DynamoDB takes 100 writes in one."""
    sizes: list[int] = []
    world.cloud.dynamodb.meta.events.register(
        "provide-client-params.dynamodb.TransactWriteItems",
        lambda params, **_: sizes.append(len(params["TransactItems"])),
    )
    for year, letter in (("2024", "a"), ("2025", "b")):
        world.put(
            "ferry",
            kind="caricature",
            image={"src": "/a.png", "alt": "", "width": 1, "height": 1},
            edition="en" if letter == "a" else "ar",
            section="city" if letter == "a" else "sport",
            tags=[f"{letter}{number}" for number in range(12)],
            authors=[f"{letter}{number}" for number in range(8)],
            published_at=f"{year}-03-14T10:00:00Z",
            translation_of=f"original-{letter}",
        )
    assert 95 <= max(sizes) <= 100
