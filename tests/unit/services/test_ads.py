"""What editors of ads are told when other clients and lost answers get in their way."""

import pytest

from broadsheet.model.ad import Ad
from broadsheet.model.errors import Stale
from broadsheet.model.precondition import Precondition
from broadsheet.schemas.ad import parse_ad
from broadsheet.services import ads
from broadsheet.store.conflict import LostRace
from tests.world import ANY, NOON, World, advertised

ABSENT, SEEN = Precondition(absent=True), Precondition(frozenset({"1"}))


def sent(world: World, **changed: object) -> Ad:
    return parse_ad("side", advertised(**changed), NOON, world.site, ())


def test_a_new_ad_whose_answer_from_the_table_was_lost_is_created(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = world.ads.put

    def unheard(before: Ad | None, after: Ad) -> None:
        put(before, after)
        raise LostRace

    monkeypatch.setattr(world.ads, "put", unheard)
    assert ads.put(world.ads, sent(world), ABSENT, "lina") == (world.ads.get("side"), "created")
    assert ads.put(world.ads, sent(world, weight=2), SEEN, "lina") == (world.ads.get("side"), "replaced")


def test_an_ad_that_another_editor_changes_meanwhile_is_refused_or_overwritten(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = world.ads.put

    def second(before: Ad | None, after: Ad) -> None:
        monkeypatch.setattr(world.ads, "put", put)
        world.put_ad("side", weight=world.ads.all()[0].weight + 1)
        put(before, after)

    world.put_ad("side")
    monkeypatch.setattr(world.ads, "put", second)
    with pytest.raises(Stale):
        ads.put(world.ads, sent(world, weight=9), SEEN, "lina")
    monkeypatch.setattr(world.ads, "put", second)
    assert ads.put(world.ads, sent(world, weight=9), ANY, "lina").ad.revision == 4
