"""The change counts: each committed change of what outputs are rendered from is counted once, and nothing else is."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from broadsheet.store.change_counts import CHANGES, SHARDS, ChangeCounts
from broadsheet.store.conflict import LostRace
from broadsheet.store.rows import to_item
from tests.world import NOON, World

HOUR = timedelta(hours=1)


@pytest.fixture
def read(world: World) -> Callable[[], tuple[tuple[str, int], ...]]:
    return ChangeCounts(world.clients.dynamodb, world.table).read


def test_an_empty_table_has_no_counts(read: Callable[[], tuple[tuple[str, int], ...]]) -> None:
    assert read() == ()


@pytest.mark.parametrize(
    "change",
    [
        lambda world: world.put("bravo"),
        lambda world: world.put("alpha", headline="Other news"),
        lambda world: world.put("draft", status="draft"),
        lambda world: world.withdraw("alpha"),
        lambda world: world.postpone("alpha", NOON + HOUR),
        lambda world: world.put_ad("lamps"),
        lambda world: world.put_ad("ropes", weight=1),
        lambda world: world.delete_ad("ropes"),
        lambda world: world.ads.replace(*[world.ads.get("ropes")] * 2),
        lambda world: world.choose("en", lead={"id": "alpha"}),
    ],
)
def test_a_change_is_counted_once(
    world: World, read: Callable[[], tuple[tuple[str, int], ...]], change: Callable[[World], object]
) -> None:
    world.put("alpha")
    world.put_ad("ropes")
    before = read()
    change(world)
    after = read()
    assert after != before
    assert sum(count for _, count in after) == sum(count for _, count in before) + 1


def test_a_released_article_is_counted(world: World, read: Callable[[], tuple[tuple[str, int], ...]]) -> None:
    world.put("later", published_at="2026-03-14T13:00:00Z")
    before = read()
    world.now += HOUR
    assert world.release() == 1
    assert read() != before


def test_what_is_not_committed_is_not_counted(world: World, read: Callable[[], tuple[tuple[str, int], ...]]) -> None:
    article = world.put("alpha")
    world.put_ad("ropes")
    world.choose("en", lead={"id": "alpha"})
    ad, front = world.ads.get("ropes"), world.fronts.get("en")
    assert ad
    world.put_ad("ropes", alt="Better ropes")
    world.choose("en", pinned=[{"id": "alpha"}])
    before = read()
    world.put("alpha")  # the same again
    world.put_ad("ropes", alt="Better ropes")
    world.delete_ad("sails")  # which does not exist
    with pytest.raises(LostRace):
        world.articles.commit(None, article)
    with pytest.raises(LostRace):
        world.fronts.replace(front, front)
    assert not world.ads.replace(ad, ad)
    assert read() == before


def test_changes_are_counted_in_eight_rows(
    world: World, read: Callable[[], tuple[tuple[str, int], ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter([0, 7, 0])
    monkeypatch.setattr(
        "broadsheet.store.change_counts.randbelow", lambda below: next(drawn) if below == SHARDS else -1
    )
    for name in ("one", "two", "three"):
        world.put_ad(name)
    assert read() == (("0", 2), ("7", 1))


def test_the_counts_are_read_at_once_and_consistently(world: World) -> None:
    calls: list[dict[str, object]] = []
    world.clients.dynamodb.meta.events.register(
        "provide-client-params.dynamodb.Query", lambda params, **_: calls.append(dict(params))
    )
    ChangeCounts(world.clients.dynamodb, world.table).read()
    [call] = calls
    assert call["ConsistentRead"] is True
    assert call["ExpressionAttributeValues"] == to_item({":pk": CHANGES})
