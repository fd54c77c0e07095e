"""The API of front pages, from API Gateway's event to the response; the end of choices; and the page."""

import importlib
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from broadsheet.services.schedule import update_fronts
from broadsheet.store.fronts import FRONT
from tests.api.events import Answer, Context, answer, request
from tests.api.logs import Log
from tests.api.openapi.description import fits
from tests.world import NOON, World

Call = Callable[..., Answer]
EMPTY: dict[str, Any] = {"lead": None, "pinned": [], "order": []}
NEVER, FUTURE, LATER = "2026-03-14T11:00:00Z", "2099-01-01T02:00:00+02:00", "2026-03-16T09:00:00Z"
HEADLINES = re.compile(r"<h2><a [^>]*>([^<]*)</a></h2>")


@pytest.fixture
def call(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    """Call the API as the template configures it. Every response fits its description."""
    environment = world.deployment.environment("FrontFunction")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    module = importlib.import_module("front")
    monkeypatch.setattr(module, "settings", module.Settings(environment))
    module.deps.cache_clear()

    def call(method: str, edition: str = "en", body: object = None, **more: Any) -> Answer:
        path = f"/api/front/{edition}"
        answered = answer(module.handler(request(method, path, body, **more), Context()))
        fits(method, path, answered)
        return answered

    yield call
    module.deps.cache_clear()


@pytest.fixture
def edition(world: World) -> World:
    """Three articles in English, each newer than the one before, one of them a day later; and others."""
    for number, (id, hour) in enumerate((("alpha", "12T08"), ("bravo", "13T08"), ("charlie", "13T09"))):
        world.put(id, headline=f"{id.title()} {number}", published_at=f"2026-03-{hour}:00:00Z", tags=[], authors=[])
    world.put("alif", edition="ar", headline="Alif", tags=[], authors=[])
    world.put("draft", status="draft", headline="Draft", published_at=None)
    world.put("late", headline="Late", published_at=LATER)
    world.put("gone", headline="Gone")
    world.withdraw("gone")
    return world


def page(world: World, edition: str = "en") -> list[str]:
    """The first words of the headlines on the front page, as the publisher makes it of the choice."""
    world.publisher().publish_others(FRONT)
    return [headline.split()[0] for headline in HEADLINES.findall(world.objects()[f"{edition}/index.html"].decode())]


def test_an_edition_that_never_chose_has_an_empty_choice_and_shows_its_newest_articles(
    call: Call, edition: World
) -> None:
    answered = call("GET")
    assert (answered.status, answered.revision) == (200, "0")
    assert {name: answered.json[name] for name in EMPTY} == EMPTY
    assert [each["id"] for each in answered.json["shown"]] == ["charlie", "bravo", "alpha"]
    assert answered.json["waiting"] == []
    assert page(edition) == ["Charlie", "Bravo", "Alpha"]


def test_what_editors_choose_leads_the_page(call: Call, edition: World) -> None:
    sent = {"lead": {"id": "alpha", "until": FUTURE}, "pinned": [{"id": "late"}], "order": ["bravo", "draft"]}
    put = call("PUT", body=sent)
    assert (put.status, put.revision) == (200, "1")
    assert put.json["lead"] == {"id": "alpha", "until": "2099-01-01T00:00:00Z"}
    assert put.json["pinned"] == [{"id": "late", "until": None}]
    assert [each["headline"] for each in put.json["shown"]] == ["Alpha 0", "Bravo 1", "Charlie 2"]
    assert [(each["id"], each["status"]) for each in put.json["waiting"]] == [("late", "scheduled"), ("draft", "draft")]
    assert call("GET").json == put.json
    assert page(edition) == ["Alpha", "Bravo", "Charlie"]
    assert page(edition, "ar") == ["Alif"]


def test_the_same_choice_again_writes_nothing_and_another_replaces_the_whole(call: Call, edition: World) -> None:
    sent = {"pinned": [{"id": "alpha"}], "order": ["bravo"]}
    assert call("PUT", body=sent).revision == call("PUT", body=sent).revision == "1"
    replaced = call("PUT", body={"lead": {"id": "bravo"}})
    assert replaced.revision == "2"
    assert (replaced.json["pinned"], replaced.json["order"]) == ([], [])
    assert call("PUT", body={}).revision == "3"
    assert page(edition) == ["Charlie", "Bravo", "Alpha"]


def test_a_choice_over_another_revision_is_refused_and_a_repeated_one_is_not(call: Call, edition: World) -> None:  # noqa: ARG001
    def put(id: str, tag: str) -> tuple[int, str]:
        answered = call("PUT", body={"lead": {"id": id}}, headers={"If-Match": tag})
        return answered.status, answered.revision

    assert put("alpha", '"1"') == (412, "0")
    assert put("alpha", '"0"') == put("alpha", '"0"') == (200, "1")
    assert put("bravo", '"0"') == put("bravo", 'W/"1"') == (412, "1")
    assert put("bravo", '"0", "1"') == put("bravo", "*") == (200, "2")
    assert call("PUT", body={}, headers={"If-None-Match": "*"}).status == 412


def test_the_entity_tag_changes_with_the_page_and_the_precondition_only_with_the_choice(
    call: Call, edition: World
) -> None:
    edition.choose("en", lead={"id": "late"})
    waiting = call("GET")
    assert call("GET", headers={"If-None-Match": waiting.headers["etag"]}).status == 304
    edition.now += timedelta(days=3)
    edition.release()
    shown = call("GET", headers={"If-None-Match": waiting.headers["etag"]})
    assert (shown.status, shown.revision, shown.json["waiting"]) == (200, "1", [])
    edition.put("alpha", headline="Alpha again", published_at="2026-03-12T08:00:00Z")
    assert call("GET", headers={"If-None-Match": shown.headers["etag"]}).status == 200
    replaced = call("PUT", body={"lead": {"id": "bravo"}}, headers={"If-Match": waiting.headers["etag"]})
    assert (replaced.status, replaced.revision) == (200, "2")
    assert call("GET").headers["etag"] == replaced.headers["etag"]


def test_what_was_read_can_be_put_and_writes_nothing(call: Call, edition: World) -> None:
    """Also when the choice has ended, before the schedule removes it, and when a chosen article is withdrawn."""
    sent = {"lead": {"id": "alpha", "until": LATER}, "pinned": [{"id": "late"}], "order": ["bravo"]}
    edition.choose("en", **sent)
    edition.withdraw("late")
    read, before = call("GET").json, edition.rows()
    assert (call("PUT", body=read).status, edition.rows()) == (200, before)
    assert call("PUT", body=read | {"shown": {}}).fields == {"shown"}


def test_what_was_read_can_be_changed_and_put_whatever_has_become_of_the_chosen_articles(
    call: Call, edition: World
) -> None:
    """A client need not know why it is refused what it was given. What it chooses anew is checked."""
    ended = {"id": "alpha", "until": LATER}
    edition.choose("en", lead=ended, pinned=[{"id": "late"}, {"id": "draft"}], order=["bravo", "charlie"])
    edition.withdraw("late")
    edition.withdraw("bravo")
    edition.put("draft", headline="Draft", edition="ar", status="draft", published_at=None)
    tag, read = call("GET").headers["etag"], call("GET").json
    changed = read | {"order": ["charlie", "bravo"]}
    put = call("PUT", body=changed, headers={"If-Match": tag})
    assert (put.status, put.revision, put.json["order"]) == (200, "2", ["charlie", "bravo"])
    assert page(edition)[0] == "Alpha"
    for refused, fields in (
        ({"pinned": [{"id": "late"}, {"id": "gone"}]}, {"pinned.1.id"}),
        ({"pinned": [{"id": "draft"}, {"id": "alif"}, {"id": "unknown"}]}, {"pinned.1.id", "pinned.2.id"}),
        ({"lead": {"id": "charlie", "until": LATER}}, {"lead.until"}),
        ({"lead": {"id": "alpha", "until": NEVER}}, {"lead.until"}),
    ):
        assert call("PUT", body=read | refused).fields == fields
    assert call("PUT", body=EMPTY).revision == "3"
    assert call("PUT", body={"pinned": [{"id": "late"}]}).fields == {"pinned.0.id"}


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"lead": {"id": "unknown"}}, {"lead.id"}),
        ({"lead": {"id": "gone"}, "order": ["alif", "alpha"]}, {"lead.id", "order.0"}),
        ({"pinned": [{"id": "alpha"}, {"id": "alif"}]}, {"pinned.1.id"}),
        ({"pinned": [{"id": "alpha"}, {"id": "alpha"}]}, {"pinned.1.id"}),
        ({"lead": {"id": "alpha"}, "pinned": [{"id": "bravo"}, {"id": "alpha"}]}, {"pinned.1.id"}),
        ({"order": ["alpha", "bravo", "alpha"]}, {"order.2"}),
        ({"order": ["a/b"]}, {"order.0"}),
        ({"lead": {"id": "alpha", "until": NEVER}}, {"lead.until"}),
        ({"pinned": [{"id": "alpha", "until": "tomorrow"}]}, {"pinned.0.until"}),
        ({"pinned": [{"until": FUTURE}]}, {"pinned.0.id"}),
        ({"order": ["alpha"] * 31}, {"order"}),
        ({"pinned": "alpha"}, {"pinned"}),
        ({"leads": []}, {"leads"}),
    ],
)
def test_a_wrong_choice_is_named_and_nothing_is_stored(
    call: Call, edition: World, changed: dict[str, Any], fields: set[str]
) -> None:
    refused = call("PUT", body=changed)
    assert (refused.status, refused.fields) == (422, fields)
    assert edition.fronts.all() == ()


def test_a_wrong_precondition_and_a_wrong_choice_are_named_at_once(call: Call, edition: World) -> None:
    refused = call("PUT", body={"order": ["a/b"]}, headers={"If-None-Match": '"1"'})
    assert (refused.status, refused.fields) == (422, {"If-None-Match", "order.0"})
    assert edition.fronts.all() == ()


def test_an_edition_that_does_not_exist_has_no_front_page(call: Call) -> None:
    assert call("GET", "fr").status == call("PUT", "fr", {}).status == 404


def test_a_choice_ends_at_its_time_and_the_next_revision_is_stored_once(call: Call, edition: World) -> None:
    edition.choose("en", lead={"id": "alpha", "until": "2026-03-14T13:00:00Z"}, pinned=[{"id": "bravo"}])
    edition.choose("ar", lead={"id": "alif"})
    assert page(edition) == ["Alpha", "Bravo", "Charlie"]
    for minutes, updated in ((59, 0), (60, 1), (61, 0)):
        assert update_fronts(edition.fronts, NOON + timedelta(minutes=minutes)) == updated
    assert page(edition) == ["Bravo", "Charlie", "Alpha"]
    assert call("GET").revision == "2"
    assert call("GET", "ar").revision == "1"


def test_a_choice_says_who_made_it_until_it_ends_by_itself(call: Call, edition: World) -> None:
    assert call("GET").json["updated_by"] is None
    edition.choose("en", lead={"id": "alpha", "until": "2026-03-14T13:00:00Z"})
    omar = "arn:aws:iam::123456789012:user/omar"
    again = call("PUT", body=call("GET").json, caller=omar)
    assert (again.revision, again.json["updated_by"]) == ("1", "lina")
    update_fronts(edition.fronts, NOON + timedelta(hours=1))
    assert call("GET").json["updated_by"] is None
    assert call("PUT", body={"order": ["bravo"]}, caller=omar).json["updated_by"] == "omar"


def test_a_chosen_article_appears_when_it_goes_live_and_leaves_when_it_is_withdrawn_or_moves(edition: World) -> None:
    edition.choose("en", lead={"id": "late"}, pinned=[{"id": "alpha"}, {"id": "draft"}])

    def shown(code: str = "en") -> list[str]:
        edition.publish()
        return HEADLINES.findall(edition.objects()[f"{code}/index.html"].decode())[:3]

    assert shown() == ["Alpha 0", "Charlie 2", "Bravo 1"]
    edition.now += timedelta(days=3)
    edition.release()
    edition.put("draft", headline="No draft", published_at=None)
    assert shown() == ["Late", "Alpha 0", "No draft"]
    edition.put("late", headline="Late", edition="ar", published_at=LATER)
    edition.put("alpha", headline="Alpha again", published_at="2026-03-12T08:00:00Z")
    assert shown() == ["Alpha again", "No draft", "Charlie 2"]
    assert shown("ar")[0] == "Late"
    edition.withdraw("alpha")
    assert shown() == ["No draft", "Charlie 2", "Bravo 1"]


def test_a_front_pages_stream_record_publishes_front_pages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.put("alpha")
    world.put("bravo", headline="Bravo")
    world.publish()
    world.choose("en", lead={"id": "alpha"})
    for name, value in world.deployment.environment("PublishFunction").items():
        monkeypatch.setenv(name, value)
    module = importlib.import_module("publish")
    monkeypatch.setattr(module, "settings", module.Settings(dict(world.deployment.environment("PublishFunction"))))
    module.publisher.cache_clear()
    keys = {"pk": {"S": FRONT}, "sk": {"S": "en"}}
    before = world.objects()
    event = {"Records": [{"dynamodb": {"SequenceNumber": "1", "Keys": keys}}]}
    assert module.handler(event, Context()) == {"batchItemFailures": []}
    module.publisher.cache_clear()
    after = world.objects()
    assert {key for key in after if after[key] != before.get(key)} == {"en/index.html", "ar/index.html"}
    assert HEADLINES.findall(after["en/index.html"].decode())[0].startswith("Ferry")


def test_the_log_has_a_line_for_each_choice_and_for_each_that_ends(
    call: Call, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put("ferry")
    log = Log(monkeypatch)
    for _ in range(2):
        call("PUT", "en", EMPTY | {"lead": {"id": "ferry", "until": FUTURE}})
    call("PUT", "en", EMPTY | {"lead": {"id": "nothing"}})  # refused
    call("GET", "en")
    for _ in range(2):
        update_fronts(world.fronts, datetime.fromisoformat(FUTURE))
    assert log.changes() == [
        {"message": "an editor chose for a front page", "edition": "en", "revision": 1, "updated_by": "lina"},
        {"message": "a choice for a front page has ended", "edition": "en", "revision": 2},
    ]


@pytest.mark.usefixtures("edition")
def test_what_is_read_can_be_put_and_must_be_of_the_same_edition(call: Call) -> None:
    call("PUT", body=EMPTY | {"order": ["bravo"]})
    read = call("GET").json
    assert (read["edition"], read["revision"]) == ("en", 1)
    assert call("PUT", body=read).json == read
    assert call("PUT", "ar", body=read | {"order": []}).fields == {"edition"}
