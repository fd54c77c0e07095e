"""Calls with an API key: what the authorizer lets through, and what the articles function does for a key."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.api.keyed import GRANT, Call, Keyed, administer, function, keyed
from tests.world import World, fields

CALLS = (
    ("read", "GET", "/api/articles"),
    ("read", "GET", "/api/articles/ferry"),
    ("read", "GET", "/api/articles/ferry/revisions"),
    ("read", "GET", "/api/articles/ferry/revisions/1"),
    ("put", "PUT", "/api/articles/ferry"),
    ("put", "PATCH", "/api/articles/ferry"),
    ("put", "POST", "/api/articles/ferry/revisions/1/restore"),
    ("withdraw", "DELETE", "/api/articles/ferry"),
)


@pytest.fixture
def keys(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    module = function("keys", world, monkeypatch)
    yield administer(module)
    module.deps.cache_clear()


@pytest.fixture
def client(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Keyed]:
    client = keyed(world, monkeypatch)
    yield client
    for module in (client.authorizer, client.articles):
        module.deps.cache_clear()


def secret(keys: Call, **grant: Any) -> str:
    """The secret of a new key, which is for English unless the grant says otherwise."""
    found: str = keys("PUT", "/ghost-desk", GRANT | grant).json["secret"]
    return found


# ── The authorizer ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("scope", ["read", "put", "withdraw"])
def test_a_key_makes_the_calls_of_its_scope_alone(client: Keyed, keys: Call, scope: str) -> None:
    bearer = f"Bearer {secret(keys, scopes=[scope])}"
    allowed = {(method, path) for _, method, path in CALLS if client.decide(method, path, bearer)["isAuthorized"]}
    assert allowed == {(method, path) for needed, method, path in CALLS if needed == scope}


def test_the_function_learns_the_name_and_the_editions_and_nothing_of_the_secret(client: Keyed, keys: Call) -> None:
    decision = client.decide("GET", "/api/articles", f"bearer {secret(keys, editions=['ar', 'en'])}")
    assert decision == {"isAuthorized": True, "context": {"key": "ghost-desk", "editions": "ar en"}}


def test_whatever_is_wrong_with_a_key_the_answer_is_the_same_after_the_same_work(client: Keyed, keys: Call) -> None:
    """One read of one row, so neither the answer nor its time says whether there is such a key."""
    right = secret(keys)
    wrong = [
        right[:-1] + ("0" if right[-1] != "0" else "1"),
        right.replace("ghost-desk", "nobody"),
    ]
    reads: list[str] = []
    client.watch(lambda model, **_: reads.append(model.name))
    for one in wrong:
        assert client.decide("GET", "/api/articles", f"Bearer {one}") == {"isAuthorized": False}
    keys("DELETE", "/ghost-desk")
    assert client.decide("GET", "/api/articles", f"Bearer {right}") == {"isAuthorized": False}
    assert reads == ["GetItem"] * 3


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Basic Z2hvc3Q6ZGVzaw==", "Bearer broadsheet_ghost-desk_", "Bearer ميناء", "x" * 9000],
)
def test_what_is_no_secret_is_refused_without_a_read(client: Keyed, keys: Call, authorization: str) -> None:
    secret(keys)
    client.watch(_never)
    assert client.decide("GET", "/api/articles", authorization) == {"isAuthorized": False}


def _never(**_: object) -> None:
    raise AssertionError("the table was read")


def test_a_revoked_key_works_in_no_later_call(client: Keyed, keys: Call) -> None:
    bearer = f"Bearer {secret(keys)}"
    assert client.decide("GET", "/api/articles", bearer)["isAuthorized"]
    keys("DELETE", "/ghost-desk")
    assert not client.decide("GET", "/api/articles", bearer)["isAuthorized"]


def test_after_a_rotation_both_secrets_work_until_the_overlap_ends(client: Keyed, keys: Call) -> None:
    first, second = secret(keys), keys("POST", "/ghost-desk/rotate").json["secret"]
    assert [client.decide("GET", "/api/articles", f"Bearer {one}")["isAuthorized"] for one in (first, second)] == [
        True,
        True,
    ]
    third = keys("POST", "/ghost-desk/rotate", query={"overlap_hours": "0"}).json["secret"]
    assert [
        client.decide("GET", "/api/articles", f"Bearer {one}")["isAuthorized"] for one in (first, second, third)
    ] == [False, False, True]


def test_a_key_that_has_expired_is_refused(client: Keyed, keys: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Later":
            return cls(2099, 1, 1, tzinfo=tz)

    bearer = f"Bearer {secret(keys, expires_at='2099-01-01T00:00:00Z')}"
    assert client.decide("GET", "/api/articles", bearer)["isAuthorized"]
    monkeypatch.setattr(client.authorizer, "datetime", Later)
    assert not client.decide("GET", "/api/articles", bearer)["isAuthorized"]


def test_the_log_has_who_was_refused_and_no_secret(client: Keyed, keys: Call, caplog: pytest.LogCaptureFixture) -> None:
    right = secret(keys, scopes=["read"])
    wrong = right.replace("ghost-desk", "nobody")
    client.decide("GET", "/api/articles", f"Bearer {wrong}")
    client.decide("PUT", "/api/articles/ferry", f"Bearer {right}")
    client.decide("GET", "/api/articles", "Bearer hunter2")
    logged = [vars(record) for record in caplog.records if record.msg == "a key was refused"]
    assert [(one["key"], one["reason"], one["route"]) for one in logged] == [
        ("nobody", "no such secret", "GET /bearer/api/articles"),
        ("ghost-desk", "out of scope", "PUT /bearer/api/articles/{id}"),
        (None, "no such secret", "GET /bearer/api/articles"),
    ]
    assert right.rpartition("_")[2] not in str(logged)
    assert "hunter2" not in str(logged)


# ── Articles ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_client_puts_changes_and_withdraws_an_article_under_its_keys_name(client: Keyed, keys: Call) -> None:
    key = secret(keys)
    put = client(key, "PUT", "/api/articles/ferry", fields())
    assert (put.status, put.json["updated_by"]) == (201, "key:ghost-desk")
    assert put.headers["location"] == "/bearer/api/articles/ferry"
    assert client(key, "PATCH", "/api/articles/ferry", {"headline": "Ferry leaves"}).revision == "2"
    assert client(key, "GET", "/api/articles/ferry").json["headline"] == "Ferry leaves"
    assert client(key, "POST", "/api/articles/ferry/revisions/1/restore").json["outcome"] == "restored"
    assert client(key, "DELETE", "/api/articles/ferry").json["outcome"] == "withdrawn"
    history = client(key, "GET", "/api/articles/ferry/revisions").json["revisions"]
    assert {one["updated_by"] for one in history} == {"key:ghost-desk"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "", fields()),
        ("PUT", "", fields(edition="ar")),
        ("PATCH", "", {"headline": "Mine now"}),
        ("GET", "", None),
        ("DELETE", "", None),
        ("GET", "/revisions", None),
        ("GET", "/revisions/1", None),
        ("POST", "/revisions/1/restore", None),
    ],
)
@pytest.mark.parametrize("gone", [False, True])
def test_an_article_of_another_edition_is_neither_read_nor_written(
    client: Keyed, keys: Call, world: World, method: str, path: str, body: object, *, gone: bool
) -> None:
    """Nor does any precondition, or that it is withdrawn, make another answer of it."""
    world.put("alif", edition="ar", headline="Only in Arabic")
    if gone:
        world.withdraw("alif")
    key, before = secret(keys), world.rows()
    for headers in ({}, {"If-None-Match": "*"}, {"If-Match": '"9-0"'}):
        refused = client(key, method, f"/api/articles/alif{path}", body, headers=headers)
        assert (refused.status, refused.json["type"]) == (403, "urn:problem-type:broadsheet:edition-refused")
        assert "Only in Arabic" not in refused.body
        assert "etag" not in refused.headers
    assert world.rows() == before


@pytest.mark.parametrize("query", [{}, {"dry_run": "true"}])
def test_no_article_is_put_or_moved_into_another_edition(
    client: Keyed, keys: Call, world: World, query: dict[str, str]
) -> None:
    key = secret(keys)
    world.put("ferry")
    before = world.rows()
    for method, id, body in (
        ("PUT", "new", fields(edition="ar")),
        ("PUT", "ferry", fields(edition="ar")),
        ("PATCH", "ferry", {"edition": "ar"}),
    ):
        assert client(key, method, f"/api/articles/{id}", body, query=query).status == 403
    assert world.rows() == before


def test_what_an_article_was_in_another_edition_is_not_readable(client: Keyed, keys: Call) -> None:
    keys("PUT", "/all", GRANT | {"editions": ["*"]})
    every = keys("POST", "/all/rotate").json["secret"]
    for edition in ("ar", "en"):
        client(every, "PUT", "/api/articles/ferry", fields(edition=edition))
    key = secret(keys)
    history = client(key, "GET", "/api/articles/ferry/revisions")
    assert [one["revision"] for one in history.json["revisions"]] == [2]
    assert client(key, "GET", "/api/articles/ferry/revisions/1").status == 403
    assert client(key, "POST", "/api/articles/ferry/revisions/1/restore").status == 403


def test_a_list_has_the_keys_editions_alone(client: Keyed, keys: Call, world: World) -> None:
    world.put("ferry")
    arabic = world.put("alif", edition="ar")
    key = secret(keys, editions=["ar"])

    def listed(**query: str) -> list[str]:
        return [one["id"] for one in client(key, "GET", "/api/articles", query=query).json["articles"]]

    assert listed() == listed(edition="ar") == ["alif"]
    assert listed(path=str(arabic.path)) == ["alif"]
    assert listed(path="/en/2026/03/14/ferry-returns-to-the-old-harbour/") == []
    assert client(key, "GET", "/api/articles", query={"edition": "en"}).status == 403


def test_only_a_key_for_every_edition_follows_changes(client: Keyed, keys: Call, world: World) -> None:
    world.put("ferry")
    since = {"changed_after": "2026-01-01T00:00:00Z"}
    assert client(secret(keys), "GET", "/api/articles", query=since).status == 403
    keys("PUT", "/all", GRANT | {"editions": ["*"]})
    every = keys("POST", "/all/rotate").json["secret"]
    assert [one["id"] for one in client(every, "GET", "/api/articles", query=since).json["articles"]] == ["ferry"]
    assert client(every, "PUT", "/api/articles/alif", fields(edition="ar")).status == 201
