"""The administration of API keys, from API Gateway's event to the response."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.keyed import GRANT, Call, administer, function
from tests.world import World

SECRET = re.compile(r"broadsheet_ghost-desk_[0-9a-f]{64}")


@pytest.fixture
def call(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    module = function("keys", world, monkeypatch)
    yield administer(module)
    module.deps.cache_clear()


def rows(world: World) -> list[dict[str, Any]]:
    return world.clients.dynamodb.scan(TableName=world.deployment.name("Keys"))["Items"]


def test_a_new_key_has_a_secret_that_nothing_shows_again(call: Call, world: World) -> None:
    made = call("PUT", "/ghost-desk", GRANT)
    assert made.status == 201
    assert SECRET.fullmatch(made.json["secret"])
    assert made.headers["cache-control"] == "no-store"
    [listed] = call("GET").json["keys"]
    assert listed == {name: value for name, value in made.json.items() if name != "secret"}
    assert (listed["created_by"], listed["editions"], listed["expires_at"]) == ("lina", ["en"], None)
    assert made.json["secret"].rpartition("_")[2] not in str(rows(world))


def test_two_keys_have_different_secrets(call: Call) -> None:
    first, second = (call("PUT", f"/{name}", GRANT).json["secret"] for name in ("ghost-desk", "other"))
    assert first.rpartition("_")[2] != second.rpartition("_")[2]


def test_the_same_key_again_writes_nothing_and_makes_no_secret(call: Call, world: World) -> None:
    call("PUT", "/ghost-desk", GRANT)
    before = rows(world)
    again = call("PUT", "/ghost-desk", GRANT)
    assert (again.status, again.json["secret"]) == (200, None)
    assert rows(world) == before


def test_a_change_of_what_a_key_allows_keeps_its_secret(call: Call, world: World) -> None:
    call("PUT", "/ghost-desk", GRANT)
    hashes = rows(world)[0]["hashes"]
    changed = call("PUT", "/ghost-desk", {"scopes": ["withdraw", "read"], "editions": ["ar", "*"]})
    assert (changed.status, changed.json["secret"]) == (200, None)
    assert (changed.json["scopes"], changed.json["editions"]) == (["read", "withdraw"], ["*"])
    assert rows(world)[0]["hashes"] == hashes


def test_with_a_precondition_a_key_is_only_created(call: Call) -> None:
    only = {"If-None-Match": "*"}
    assert call("PUT", "/ghost-desk", GRANT, headers=only).status == 201
    refused = call("PUT", "/ghost-desk", GRANT, headers=only)
    assert (refused.status, refused.json["detail"]) == (412, "the key exists already")


def test_a_wrong_name_a_wrong_precondition_and_wrong_fields_are_named_at_once(call: Call) -> None:
    refused = call("PUT", "/A", GRANT | {"editions": ["fr"]}, headers={"If-None-Match": '"1"'})
    assert (refused.status, refused.fields) == (422, {"name", "If-None-Match", "editions.0"})
    assert call("POST", "/A/rotate", query={"overlap_hours": "-1"}).fields == {"name", "overlap_hours"}


def test_a_key_is_read_as_it_is_listed_and_its_tag_saves_the_next_answer(call: Call) -> None:
    made = call("PUT", "/ghost-desk", GRANT)
    read = call("GET", "/ghost-desk")
    assert [read.json] == call("GET").json["keys"]
    assert read.headers["etag"] == made.headers["etag"]
    assert call("GET", "/ghost-desk", headers={"If-None-Match": read.headers["etag"]}).status == 304
    assert call("GET", "/nobody").status == 404
    assert call("GET", "/Ghost").fields == {"name"}


def test_what_is_read_can_be_put_and_must_be_of_the_same_key(call: Call, world: World) -> None:
    call("PUT", "/ghost-desk", GRANT)
    read, before = call("GET", "/ghost-desk").json, rows(world)
    again = call("PUT", "/ghost-desk", read)
    assert (again.status, rows(world)) == (200, before)
    refused = call("PUT", "/other", read)
    assert (refused.status, refused.fields) == (422, {"name"})


def test_a_change_that_others_did_not_see_is_not_overwritten(call: Call) -> None:
    read = call("PUT", "/ghost-desk", GRANT).headers["etag"]
    changed = call("PUT", "/ghost-desk", GRANT | {"editions": ["ar"]}, headers={"If-Match": read})
    assert changed.status == 200
    late = call("PUT", "/ghost-desk", GRANT | {"scopes": ["read"]}, headers={"If-Match": read})
    assert (late.status, late.headers["etag"]) == (412, changed.headers["etag"])
    rotated = call("POST", "/ghost-desk/rotate")
    assert call("GET", "/ghost-desk").headers["etag"] == rotated.headers["etag"] != changed.headers["etag"]


def test_a_tag_matches_no_key_that_was_made_anew(call: Call) -> None:
    earlier = call("PUT", "/ghost-desk", GRANT).headers["etag"]
    call("DELETE", "/ghost-desk")
    call("PUT", "/ghost-desk", GRANT)
    changed = GRANT | {"editions": ["ar"]}
    for tag in (earlier, '"1"', f"W/{call('GET', '/ghost-desk').headers['etag']}"):
        assert call("PUT", "/ghost-desk", changed, headers={"If-Match": tag}).status == 412
    assert call("PUT", "/ghost-desk", changed, headers={"If-Match": "*"}).status == 200


def test_a_key_that_is_rotated_has_another_secret_and_an_overlap(call: Call) -> None:
    first = call("PUT", "/ghost-desk", GRANT).json
    rotated = call("POST", "/ghost-desk/rotate").json
    assert SECRET.fullmatch(rotated["secret"])
    assert rotated["secret"] != first["secret"]
    assert rotated["earlier_until"] > first["created_at"]
    assert call("POST", "/ghost-desk/rotate", query={"overlap_hours": "0"}).json["earlier_until"] is None


def test_revoking_is_idempotent_and_the_name_is_free_again(call: Call, world: World) -> None:
    first = call("PUT", "/ghost-desk", GRANT).json["secret"]
    assert [call("DELETE", "/ghost-desk").status for _ in range(2)] == [204, 204]
    assert rows(world) == []
    assert call("PUT", "/ghost-desk", GRANT).json["secret"] != first


def test_a_key_that_does_not_exist_is_not_rotated(call: Call) -> None:
    assert call("POST", "/ghost-desk/rotate").status == 404


def test_a_key_that_ends_is_deleted_after_its_end(call: Call, world: World) -> None:
    """By DynamoDB, whose attribute for that the template names."""
    made = call("PUT", "/ghost-desk", GRANT | {"expires_at": "2099-01-01T00:00:00Z"}).json
    assert (made["expires_at"], made["expired"]) == ("2099-01-01T00:00:00Z", False)
    assert rows(world)[0]["expires_at"] == {"N": "4070908800"}


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"scopes": []}, {"scopes"}),
        ({"scopes": ["admin"]}, {"scopes.0"}),
        ({"editions": []}, {"editions"}),
        ({"editions": ["en", "fr"]}, {"editions.1"}),
        ({"expires_at": "2020-01-01T00:00:00Z"}, {"expires_at"}),
        ({"secret": "mine"}, {"secret"}),
    ],
)
def test_what_a_key_cannot_allow_is_refused(
    call: Call, world: World, changed: dict[str, Any], fields: set[str]
) -> None:
    refused = call("PUT", "/ghost-desk", GRANT | changed)
    assert (refused.status, refused.fields) == (422, fields)
    assert rows(world) == []


@pytest.mark.parametrize("name", ["Ghost", "ghost_desk", "-ghost", "a" * 41, "%D8%BA"])
def test_a_name_is_a_slug(call: Call, name: str) -> None:
    refused = call("PUT", f"/{name}", GRANT)
    assert (refused.status, refused.json["errors"][0]["code"]) == (422, "not_a_slug")


@pytest.mark.parametrize("hours", ["-1", "721", "soon"])
def test_an_overlap_has_limits(call: Call, hours: str) -> None:
    call("PUT", "/ghost-desk", GRANT)
    assert call("POST", "/ghost-desk/rotate", query={"overlap_hours": hours}).fields == {"overlap_hours"}


def test_no_log_has_a_secret_and_each_change_is_logged_with_who_made_it(
    call: Call, caplog: pytest.LogCaptureFixture
) -> None:
    secrets = [
        call("PUT", "/ghost-desk", GRANT).json["secret"],
        call("POST", "/ghost-desk/rotate").json["secret"],
    ]
    call("DELETE", "/ghost-desk")
    logged = [vars(record) for record in caplog.records]
    assert [one["outcome"] for one in logged] == ["created", "rotated", "revoked"]
    assert {(one["key"], one["updated_by"]) for one in logged} == {("ghost-desk", "lina")}
    assert [secret for secret in secrets if secret.rpartition("_")[2] in str(logged)] == []
