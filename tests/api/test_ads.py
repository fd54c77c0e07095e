"""The advertising API, from API Gateway's event to its answer; what comes and goes by itself; and what readers see."""

import importlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from broadsheet.services.schedule import update_ads
from tests.api.events import Answer, Context, answer, request
from tests.api.openapi.description import fits
from tests.world import NOON, World, advertised

Call = Callable[..., Answer]
FRAGMENT = "en/fragments/ads.html"


@pytest.fixture
def call(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    """Call the API as the template sets it up, with one more origin for pictures; every answer is a described one."""
    environment = world.deployment.environment("AdsFunction") | {"IMAGE_ORIGINS": "https: https://ads.example"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    module = importlib.import_module("ads")
    monkeypatch.setattr(module, "settings", module.Settings(environment))
    module.deps.cache_clear()

    def call(method: str, path: str = "", body: object = None, **more: Any) -> Answer:
        answered = answer(module.handler(request(method, f"/api/ads{path}", body, **more), Context()))
        fits(method, f"/api/ads{path}", answered)
        return answered

    yield call
    module.deps.cache_clear()


def shown(world: World, key: str = FRAGMENT) -> str:
    world.publisher().publish_ads()
    return world.objects()[key].decode()


def test_an_ad_is_put_read_listed_and_taken_away(call: Call) -> None:
    sent = advertised(until="2099-01-01T02:00:00+02:00", weight=3, edition="ar")
    put = call("PUT", "/side", sent)
    read = {"name": "side", "live": True, **sent, "until": "2099-01-01T00:00:00Z"}
    assert (put.status, put.json) == (200, read)
    assert call("GET", "/side").json == read
    assert call("GET").json == {"ads": [read]}
    assert call("DELETE", "/side").status == call("DELETE", "/side").status == 204
    assert call("GET", "/side").status == 404
    assert call("GET").json == {"ads": []}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"edition": "fr"}, "edition"),
        ({"link": "http://lamps.example/"}, "link"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"link": "https://["}, "link"),
        ({"alt": ""}, "alt"),
        ({"image": {"src": "https://elsewhere.example/a.png", "width": 1, "height": 1}}, "image.src"),
        ({"image": {"src": "//ads.example/a.png", "width": 1, "height": 1}}, "image.src"),
        ({"image": {"src": "https://ads.example.evil/a.png", "width": 1, "height": 1}}, "image.src"),
        ({"image": {"src": "/a.png", "width": 0, "height": 1}}, "image.width"),
        ({"image": None}, "image"),
        ({"from": None}, "from"),
        ({"from": "yesterday"}, "from"),
        ({"until": "2026-03-13T00:00:00Z"}, "until"),
        ({"weight": 101}, "weight"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_put(call: Call, changed: dict[str, Any], field: str) -> None:
    refused = call("PUT", "/side", advertised(**changed))
    assert (refused.status, [error["field"] for error in refused.json["errors"]]) == (422, [field])
    assert call("GET").json == {"ads": []}


def test_a_picture_may_come_from_an_origin_that_is_named(call: Call) -> None:
    picture = {"src": "https://ads.example/a.png", "width": 1, "height": 1}
    assert call("PUT", "/side", advertised(image=picture)).status == 200


def test_an_ad_with_an_impossible_name_or_another_type_is_refused(call: Call) -> None:
    assert call("PUT", "/a%2Fb", advertised()).status == 422
    assert call("PUT", "/side", advertised(), headers={"Content-Type": "text/plain"}).status == 415


def test_readers_see_the_heaviest_ads_of_their_edition_labelled_and_escaped(world: World) -> None:
    ads: dict[str, dict[str, Any]] = {
        "light": {"weight": 1},
        "heavy": {"weight": 9, "alt": 'A "quoted" <b>'},
        "arabic": {"edition": "ar", "alt": "مصابيح"},
        "second": {"weight": 2},
        "least": {},
        "later": {"from": "2026-03-15T00:00:00Z", "weight": 99},
    }
    for name, more in ads.items():
        world.put_ad(name, **{"alt": name, **more})
    html = shown(world)
    assert html.count('<section class="ad" aria-label="Advertisement">') == 3
    places = [html.index(alt) for alt in ('alt="A &#34;quoted&#34; &lt;b&gt;"', 'alt="second"', 'alt="light"')]
    assert places == sorted(places)
    assert 'href="https://lamps.example/?from=courier&amp;to=you" rel="sponsored nofollow noopener"' in html
    assert 'width="300" height="250"' in html
    assert "مصابيح" not in html
    assert 'aria-label="إعلان"' in shown(world, "ar/fragments/ads.html")


def test_an_ad_comes_and_goes_at_its_times(world: World) -> None:
    world.put_ad("side", **{"from": "2026-03-14T12:05:00Z", "until": "2026-03-14T13:00:00Z"})
    assert "lamps" not in shown(world)
    for minutes, turned, there in ((4, 0, False), (5, 1, True), (6, 0, True), (60, 1, False), (61, 0, False)):
        assert update_ads(world.ads, NOON + timedelta(minutes=minutes)) == turned
        assert ("lamps" in shown(world)) == there


def test_a_turn_leaves_what_an_editor_changes_at_this_moment(world: World) -> None:
    world.put_ad("side", **{"from": "2026-03-14T12:05:00Z"})
    [before] = world.ads.all()
    world.put_ad("side", **{"from": "2027-01-01T00:00:00Z"})
    assert not world.ads.replace(before, before.at(NOON + timedelta(hours=1)))
    [kept] = world.ads.all()
    assert not kept.live


def test_a_site_begins_with_empty_advertising_and_articles_leave_it_alone(world: World) -> None:
    world.put("ferry")
    world.publish()
    assert world.objects()[FRAGMENT] == b""
    world.put_ad("side")
    before = shown(world)
    world.put("ferry", headline="Another")
    world.publish()
    assert world.objects()[FRAGMENT].decode() == before


def test_the_stream_wakes_the_publisher_for_an_ad_and_nothing_else_of_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in world.deployment.environment("PublishFunction").items():
        monkeypatch.setenv(name, value)
    module = importlib.import_module("publish")
    monkeypatch.setattr(module, "settings", module.Settings(dict(world.deployment.environment("PublishFunction"))))
    module.publisher.cache_clear()
    world.put_ad("side")
    keys = {"pk": {"S": "ADS"}, "sk": {"S": "side"}}
    event = {"Records": [{"dynamodb": {"SequenceNumber": "1", "Keys": keys}}]}
    assert module.handler(event, Context()) == {"batchItemFailures": []}
    module.publisher.cache_clear()
    assert [*world.objects()] == ["ar/fragments/ads.html", FRAGMENT]
    assert b"lamps" in world.objects()[FRAGMENT]
