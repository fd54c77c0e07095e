"""The ads API, from API Gateway's event to the response; the start and end of ads; and the fragment that pages show."""

import importlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from broadsheet.services.schedule import update_ads
from broadsheet.store.ads import ADS, DELETED
from broadsheet.store.conflict import LostRace
from tests.api.events import Answer, Context, answer, request
from tests.api.logs import Log
from tests.api.openapi.description import fits
from tests.world import NOON, World, advertised

Call = Callable[..., Answer]
FRAGMENT = "en/fragments/ads.html"


@pytest.fixture
def call(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    """Call the API as the template configures it, with an origin for images. Every response fits its description."""
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


def fragment(world: World, key: str = FRAGMENT) -> str:
    world.publisher().publish_others(ADS)
    return world.objects()[key].decode()


def test_an_ad_is_put_read_listed_and_deleted(call: Call) -> None:
    sent = advertised(until="2099-01-01T02:00:00+02:00", weight=3, edition="ar")
    put = call("PUT", "/side", sent)
    read = {"name": "side", "live": True, "revision": 1, "updated_by": "lina", **sent, "until": "2099-01-01T00:00:00Z"}
    assert (put.status, put.json, put.headers["location"]) == (201, read, "/api/ads/side")
    assert call("GET", "/side").json == read
    assert call("GET").json == {"ads": [read]}
    assert call("DELETE", "/side").status == call("DELETE", "/side").status == 204
    assert call("GET", "/side").status == 404
    assert call("GET").json == {"ads": []}


def test_the_same_ad_again_writes_nothing_and_another_is_the_next_revision(call: Call, world: World) -> None:
    assert (call("PUT", "/side", advertised()).status, call("GET", "/side").revision) == (201, "1")
    before = world.rows()
    again = call("PUT", "/side", advertised())
    assert (again.status, again.revision, world.rows()) == (200, "1", before)
    assert (call("PUT", "/side", call("GET", "/side").json).status, world.rows()) == (200, before)
    replaced = call("PUT", "/side", advertised(weight=3))
    assert (replaced.status, replaced.revision, replaced.json["revision"]) == (200, "2", 2)
    assert call("PUT", "/other", call("GET", "/side").json).fields == {"name"}


def test_the_same_ad_again_after_its_start_leaves_the_start_to_the_schedule(call: Call, world: World) -> None:
    sent = {"from": "2026-03-14T12:05:00Z"}
    world.put_ad("side", **sent)
    again = call("PUT", "/side", advertised(**sent))
    assert (again.status, again.revision, again.json["live"]) == (200, "1", False)
    assert update_ads(world.ads, NOON + timedelta(minutes=5)) == 1


def test_a_precondition_holds_for_a_put_and_a_deletion(call: Call) -> None:
    def status(method: str, body: object = None, **headers: str) -> int:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return call(method, "/side", body, headers=sent).status

    assert status("PUT", advertised(), If_Match='"1"') == 412
    assert status("PUT", advertised(), If_None_Match="*") == 201
    assert status("PUT", advertised(), If_None_Match="*") == 412
    first = call("GET", "/side").headers["etag"]
    for _ in range(2):  # the first answer was lost (RFC 9110 §13.1.1)
        assert status("PUT", advertised(weight=2), If_Match=first) == 200
    stale = call("PUT", "/side", advertised(weight=3), headers={"If-Match": first})
    assert (stale.status, stale.headers["etag"]) == (412, call("GET", "/side").headers["etag"])
    assert status("DELETE", If_Match=first) == status("DELETE", If_Match='W/"2"') == 412
    assert status("PUT", advertised(), If_None_Match='"2"') == 422
    assert status("DELETE", If_Match='"2"') == status("DELETE", If_Match='"2"') == 204


def test_a_tag_of_a_deleted_ad_changes_no_later_one(call: Call, world: World) -> None:
    """RFC 9110 §13.1.1: it would overwrite what its client has not seen."""
    call("PUT", "/side", advertised())
    seen = [call("GET", "/side").headers["etag"], call("PUT", "/side", advertised(weight=2)).headers["etag"]]
    for revision in ("3", "4"):
        assert call("DELETE", "/side").status == 204
        again = call("PUT", "/side", advertised(alt=f"Another {revision}"), headers={"If-None-Match": "*"})
        assert (again.status, again.revision) == (201, revision)
        for tag in (*seen, '"1"', '"2"'):
            assert call("PUT", "/side", advertised(weight=9), headers={"If-Match": tag}).status == 412
            assert call("DELETE", "/side", headers={"If-Match": tag}).status == 412
        seen.append(again.headers["etag"])
        assert not [row for row in world.rows() if row["pk"] == DELETED]
    assert call("PUT", "/side", advertised(weight=9), headers={"If-Match": seen[-1]}).revision == "5"


def test_an_advertiser_who_saw_an_earlier_deletion_loses_the_race(world: World) -> None:
    """Otherwise the ad would have a revision that another one had."""
    world.put_ad("side")
    world.delete_ad("side")
    late = replace(world.put_ad("side"), alt="Late")
    assert late.revision == 2
    world.put_ad("side", weight=2)
    world.delete_ad("side")
    with pytest.raises(LostRace):
        world.ads.put(None, late)
    assert world.put_ad("side").revision == 4


def test_the_entity_tag_changes_when_an_ad_ends_and_the_precondition_does_not(call: Call, world: World) -> None:
    read = world.put_ad("side", until="2026-03-14T13:00:00Z")
    live = call("GET", "/side")
    assert call("GET", "/side", headers={"If-None-Match": f"W/{live.headers['etag']}"}).status == 304
    assert update_ads(world.ads, NOON + timedelta(hours=1)) == 1
    ended = call("GET", "/side", headers={"If-None-Match": live.headers["etag"]})
    assert (ended.status, ended.revision, ended.json["live"]) == (200, "1", not read.live)
    assert call("PUT", "/side", advertised(), headers={"If-Match": live.headers["etag"]}).revision == "2"


def test_an_ad_of_an_earlier_version_is_of_the_first_revision_and_starts_by_itself(call: Call, world: World) -> None:
    for name in ("side", "top"):
        world.put_ad(name, **{"from": "2026-03-14T12:05:00Z"})
        key = {"pk": {"S": ADS}, "sk": {"S": name}}
        world.clients.dynamodb.update_item(
            TableName=world.table, Key=key, UpdateExpression="REMOVE revision, updated_by"
        )
    assert [ad.revision for ad in world.ads.all()] == [1, 1]
    assert update_ads(world.ads, NOON + timedelta(minutes=5)) == 2
    world.clients.dynamodb.update_item(TableName=world.table, Key=key, UpdateExpression="REMOVE revision, updated_by")
    assert call("GET", "/top").json["updated_by"] is None
    put = call("PUT", "/top", advertised(), headers={"If-Match": '"1"'})
    assert (put.revision, put.json["updated_by"]) == ("2", "lina")


def test_an_ad_says_who_changed_it_last(call: Call, world: World) -> None:
    omar = "arn:aws:iam::123456789012:user/omar"
    world.editor_name = "nour"
    world.put_ad("side", **{"from": "2026-03-14T12:05:00Z"})
    update_ads(world.ads, NOON + timedelta(minutes=5))
    read = call("GET", "/side")
    assert (read.json["updated_by"], read.json["live"]) == ("nour", True)
    assert call("PUT", "/side", read.json, caller=omar).json["updated_by"] == "nour"
    assert call("PUT", "/side", read.json | {"weight": 9}, caller=omar).json["updated_by"] == "omar"
    assert call("PUT", "/side", read.json | {"updated_by": 7}).fields == {"updated_by"}


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
        ({"name": "other"}, "name"),
        ({"live": "yes"}, "live"),
    ],
)
def test_an_invalid_field_is_named_and_nothing_is_stored(call: Call, changed: dict[str, Any], field: str) -> None:
    refused = call("PUT", "/side", advertised(**changed))
    assert (refused.status, [error["field"] for error in refused.json["errors"]]) == (422, [field])
    assert call("GET").json == {"ads": []}


def test_a_wrong_name_a_wrong_precondition_and_wrong_fields_are_named_at_once(call: Call) -> None:
    stale = {"If-None-Match": '"1"'}
    refused = call("PUT", "/-", advertised(weight=101), headers=stale)
    assert (refused.status, refused.fields) == (422, {"name", "If-None-Match", "weight"})
    assert call("DELETE", "/-", headers=stale).fields == {"name", "If-None-Match"}


def test_an_image_may_be_at_an_origin_of_the_settings(call: Call) -> None:
    image = {"src": "https://ads.example/a.png", "width": 1, "height": 1}
    assert call("PUT", "/side", advertised(image=image)).status == 201


def test_an_ad_with_an_invalid_name_or_media_type_is_refused(call: Call) -> None:
    assert call("PUT", "/a%2Fb", advertised()).status == 422
    assert call("PUT", "/side", advertised(), headers={"Content-Type": "text/plain"}).status == 415


def test_an_edition_shows_its_ads_with_the_greatest_weights_labelled_and_escaped(world: World) -> None:
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
    html = fragment(world)
    assert html.count('<section class="ad" aria-label="Advertisement: ') == 3
    places = [html.index(alt) for alt in ('alt="A &#34;quoted&#34; &lt;b&gt;"', 'alt="second"', 'alt="light"')]
    assert places == sorted(places)
    assert 'href="https://lamps.example/?from=courier&amp;to=you" rel="sponsored nofollow noopener"' in html
    assert 'width="300" height="250"' in html
    assert "مصابيح" not in html
    assert 'aria-label="إعلان: ' in fragment(world, "ar/fragments/ads.html")


def test_an_ad_starts_and_ends_at_its_times(world: World) -> None:
    world.put_ad("side", **{"from": "2026-03-14T12:05:00Z", "until": "2026-03-14T13:00:00Z"})
    assert "lamps" not in fragment(world)
    for minutes, updated, live in ((4, 0, False), (5, 1, True), (6, 0, True), (60, 1, False), (61, 0, False)):
        assert update_ads(world.ads, NOON + timedelta(minutes=minutes)) == updated
        assert ("lamps" in fragment(world)) == live


def test_the_schedule_does_not_overwrite_an_editors_concurrent_change(world: World) -> None:
    world.put_ad("side", **{"from": "2026-03-14T12:05:00Z"})
    [before] = world.ads.all()
    world.put_ad("side", **{"from": "2027-01-01T00:00:00Z"})
    assert not world.ads.replace(before, before.at(NOON + timedelta(hours=1)))
    [kept] = world.ads.all()
    assert not kept.live


def test_a_new_site_has_no_ads_and_publishing_articles_does_not_change_them(world: World) -> None:
    world.put("ferry")
    world.publish()
    assert world.objects()[FRAGMENT] == b""
    world.put_ad("side")
    before = fragment(world)
    world.put("ferry", headline="Another")
    world.publish()
    assert world.objects()[FRAGMENT].decode() == before


def test_an_ads_stream_record_publishes_the_fragments_and_nothing_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in world.deployment.environment("PublishFunction").items():
        monkeypatch.setenv(name, value)
    module = importlib.import_module("publish")
    monkeypatch.setattr(module, "settings", module.Settings(dict(world.deployment.environment("PublishFunction"))))
    module.publisher.cache_clear()
    world.put_ad("side")
    before = world.objects()
    keys = {"pk": {"S": ADS}, "sk": {"S": "side"}}
    event = {"Records": [{"dynamodb": {"SequenceNumber": "1", "Keys": keys}}]}
    assert module.handler(event, Context()) == {"batchItemFailures": []}
    module.publisher.cache_clear()
    assert [key for key, body in world.objects().items() if before.get(key) != body] == [
        "ar/fragments/ads.html",
        FRAGMENT,
    ]
    assert b"lamps" in world.objects()[FRAGMENT]


def test_the_log_has_a_line_for_each_change_of_an_ad(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    log = Log(monkeypatch)
    starts = (NOON + timedelta(days=1)).isoformat()
    for body in (advertised(), advertised(), advertised(alt="Nobody knows yet", **{"from": starts})):
        call("PUT", "/side", body)
    call("PUT", "/side", advertised(weight=7000))  # refused
    call("GET", "/side")
    call("DELETE", "/side")
    call("DELETE", "/side")
    changed = [("created", 1), ("replaced", 2), ("deleted", 2)]
    assert log.changes() == [
        {
            "message": "an editor changed an ad",
            "ad": "side",
            "outcome": outcome,
            "revision": revision,
            "updated_by": "lina",
        }
        for outcome, revision in changed
    ]
    assert "obody" not in log.text


def test_the_log_has_a_line_for_each_ad_that_the_schedule_starts_or_ends(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put_ad("side", **{"from": (NOON + timedelta(hours=1)).isoformat()})
    log = Log(monkeypatch)
    for _ in range(2):
        update_ads(world.ads, NOON + timedelta(hours=2))
    assert log.changes() == [{"message": "an ad started or ended", "ad": "side", "live": True}]
