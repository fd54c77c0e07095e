"""Who changed an article and when, what it was before, and putting that back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import articles
from benchmarks.tally import tallied
from broadsheet.model.article import Article
from broadsheet.model.revision import Revision
from tests.api.conftest import Call
from tests.world import KEPT_FOR, World, fields, small_site

OMAR = "arn:aws:iam::123456789012:user/omar"


def listed(call: Call, *names: str, **query: str) -> list[Any]:
    found = call("GET", "/ferry/revisions", query=query).json["revisions"]
    return [tuple(each[name] for name in names) if len(names) > 1 else each[names[0]] for each in found]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> type:
    """The function's clock, ahead by `Later.ahead`."""

    class Later(datetime):
        ahead = timedelta()

        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + cls.ahead

    monkeypatch.setattr(articles, "datetime", Later)
    return Later


def test_an_article_says_who_changed_it_last(call: Call) -> None:
    assert call("PUT", "/ferry", fields()).json["updated_by"] == "lina"
    assert call("PATCH", "/ferry", {"headline": "Two"}, caller=OMAR).json["updated_by"] == "omar"
    read = call("GET", "/ferry")
    assert read.json["updated_by"] == "omar"
    assert [each["updated_by"] for each in call("GET", "").json["articles"]] == ["omar"]
    # What was read is put again by another editor, and changes nothing.
    again = call("PUT", "/ferry", read.json, headers={"If-Match": read.headers["etag"]})
    assert (again.json["outcome"], again.json["updated_by"]) == ("unchanged", "omar")
    assert call("PUT", "/ferry", read.json | {"headline": "Three"}).json["updated_by"] == "lina"
    assert call("PUT", "/ferry", read.json | {"updated_by": 7}).fields == {"updated_by"}
    assert call("DELETE", "/ferry", caller=OMAR).json["updated_by"] == "omar"


def test_another_editor_of_the_same_revision_is_another_entity_tag(call: Call) -> None:
    dry = {"dry_run": "true"}
    call("PUT", "/ferry", fields())
    assert call("PUT", "/ferry", fields(headline="Two"), query=dry, caller=OMAR).json["updated_by"] == "omar"
    assert call("PUT", "/ferry", fields(), query=dry, caller=OMAR).json["updated_by"] == "lina"


def test_the_history_has_each_change_with_its_editor_and_its_fields(call: Call) -> None:
    call("PUT", "/ferry", fields())
    call("PUT", "/ferry", fields(headline="Two", tags=[]), caller=OMAR)
    call("PUT", "/ferry", fields(headline="Two", tags=[]))  # unchanged
    call("PATCH", "/ferry", {"body": {"text": "Another."}, "section": "sport"})
    call("DELETE", "/ferry", caller=OMAR)
    call("PUT", "/ferry", fields(section="sport"))
    call("DELETE", "/ferry", query={"until": f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%dT%H:%M:%SZ}"})
    assert listed(call, "revision", "updated_by", "action", "status", "headline") == [
        (6, "lina", "rescheduled", "scheduled", fields()["headline"]),
        (5, "lina", "revived", "published", fields()["headline"]),
        (4, "omar", "withdrawn", "withdrawn", "Two"),
        (3, "lina", "patched", "published", "Two"),
        (2, "omar", "replaced", "published", "Two"),
        (1, "lina", "created", "published", fields()["headline"]),
    ]
    assert listed(call, "fields") == [
        ["published_at", "status"],
        ["headline", "body", "tags", "status"],
        ["status"],
        ["body", "section"],
        ["headline", "tags"],
        [],
    ]
    call("PATCH", "/ferry", {"published_at": "2026-03-14T10:00:00Z", "updated_at": "2026-03-14T11:00:00Z"})
    call("PATCH", "/ferry", {"updated_at": "2026-03-14T12:00:00Z"})
    assert listed(call, "fields")[:2] == [["updated_at"], ["published_at", "status"]]
    until = listed(call, "kept_until")
    assert until[0] is None
    assert all(datetime.fromisoformat(each) > datetime.now(UTC) + timedelta(days=89) for each in until[1:])
    assert all(
        abs(datetime.fromisoformat(each) - datetime.now(UTC)) < timedelta(hours=1) for each in listed(call, "at")
    )


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6])
def test_the_pages_of_a_history_have_every_revision_once(call: Call, limit: int) -> None:
    for number in range(1, 6):
        call("PUT", "/ferry", fields(headline=f"Number {number}"))
    whole = call("GET", "/ferry/revisions").json
    assert whole["next"] is None
    found: list[Any] = []
    query: dict[str, str] = {}
    for _ in range(9):
        page = call("GET", "/ferry/revisions", query={"limit": str(limit), **query}).json
        assert len(page["revisions"]) <= limit
        found += page["revisions"]
        if page["next"] is None:
            break
        query = {"before": page["next"]}
    assert found == whole["revisions"]
    assert [each["revision"] for each in found] == [5, 4, 3, 2, 1]


def test_an_article_without_a_revision_that_is_asked_for_is_not_found(call: Call) -> None:
    for path in ("/never/revisions", "/never/revisions/1"):
        assert call("GET", path).status == 404
    assert call("POST", "/never/revisions/1/restore").status == 404
    call("PUT", "/ferry", fields())
    assert call("GET", "/ferry/revisions/2").json["type"].endswith(":not-found")
    assert call("POST", "/ferry/revisions/2/restore").status == 404
    for wrong in ("0", "-1", "1.0", "01", "one", "9" * 10, "%D9%A1"):
        assert call("GET", f"/ferry/revisions/{wrong}").fields == {"revision"}
        assert call("POST", f"/ferry/revisions/{wrong}/restore").fields == {"revision"}
    assert call("GET", "/ferry/revisions", query={"before": "0", "limit": "0", "x": "1"}).fields == {
        "before",
        "limit",
        "x",
    }
    assert call("POST", "/ferry/revisions/1/restore", query={"revive": "1", "x": "1"}).fields == {"revive", "x"}
    assert call("GET", "/ferry/revisions", query={"before": "1"}).json == {"revisions": [], "next": None}


def test_an_unchanged_revision_is_not_read_again(call: Call) -> None:
    call("PUT", "/ferry", fields())
    call("PUT", "/ferry", fields(headline="Two"))
    for revision in ("1", "2"):
        read = call("GET", f"/ferry/revisions/{revision}")
        assert read.revision == revision
        tag = {"If-None-Match": read.headers["etag"]}
        assert call("GET", f"/ferry/revisions/{revision}", headers=tag).status == 304
    assert call("GET", "/ferry/revisions/2").headers["etag"] == call("GET", "/ferry").headers["etag"]


def test_a_revision_is_put_again_with_all_that_it_had(call: Call) -> None:
    call("PUT", "/ferry", fields(slug="ferry", correction="Two decks."))
    before = call("GET", "/ferry").json
    call("PUT", "/ferry", fields(headline="Two", slug="other", section="sport", corrections=[], tags=["quay"]))
    restored = call("POST", "/ferry/revisions/1/restore", headers={"If-Match": '"2"'}, caller=OMAR)
    assert (restored.status, restored.revision, restored.json["outcome"]) == (200, "3", "restored")
    assert restored.json["updated_by"] == "omar"
    after = call("GET", "/ferry")
    assert after.headers["etag"] == restored.headers["etag"]
    own = {"revision": 3, "updated_by": "omar", "updated_at": after.json["updated_at"]}
    assert after.json == before | own
    assert after.json["updated_at"] > before["published_at"]
    assert listed(call, "action", "updated_by")[0] == ("restored", "omar")


def test_a_restoration_that_is_repeated_writes_nothing(call: Call, world: World) -> None:
    call("PUT", "/ferry", fields(body={"format": "html", "text": "<p>One</p><script></script>"}))
    call("PUT", "/ferry", fields(headline="Two"))
    seen = {"If-Match": '"2"'}
    assert call("POST", "/ferry/revisions/1/restore", headers=seen).json["outcome"] == "restored"
    rows = world.rows()
    for headers in ({}, seen, {"If-Match": '"3"'}):
        again = call("POST", "/ferry/revisions/1/restore", headers=headers)
        assert (again.status, again.revision, again.json["outcome"]) == (200, "3", "unchanged")
        assert [each["kind"] for each in again.json["warnings"]] == ["removed"]
    assert call("POST", "/ferry/revisions/3/restore").json["outcome"] == "unchanged"
    assert call("POST", "/ferry/revisions/2/restore", headers=seen).status == 412
    assert call("POST", "/ferry/revisions/2/restore", headers={"If-None-Match": "*"}).status == 412
    assert world.rows() == rows


def test_a_dry_run_of_a_restoration_answers_and_writes_nothing(call: Call, world: World) -> None:
    call("PUT", "/ferry", fields())
    call("PUT", "/ferry", fields(headline="Two"))
    rows = world.rows()
    with tallied() as made:
        dry = call("POST", "/ferry/revisions/1/restore", query={"dry_run": "true"})
    assert (dry.status, dry.json["outcome"], dry.json["headline"]) == (200, "restored", fields()["headline"])
    assert set(made.calls) <= {"GetItem", "GetObject"}
    assert world.rows() == rows


def test_a_withdrawn_article_is_restored_unless_the_client_says_otherwise(call: Call) -> None:
    call("PUT", "/ferry", fields())
    call("DELETE", "/ferry")
    assert call("GET", "/ferry").status == 410
    assert listed(call, "revision", "status") == [(2, "withdrawn"), (1, "published")]
    assert call("GET", "/ferry/revisions/1").json["headline"] == fields()["headline"]
    assert call("GET", "/ferry/revisions/2").json["status"] == "withdrawn"
    assert call("POST", "/ferry/revisions/1/restore", query={"revive": "false"}).status == 410
    withdrawn = call("POST", "/ferry/revisions/2/restore")
    assert (withdrawn.fields, withdrawn.json["errors"][0]["code"]) == ({"revision"}, "withdrawn")
    assert call("POST", "/ferry/revisions/1/restore").json["outcome"] == "restored"
    assert call("GET", "/ferry").json["live"]
    assert listed(call, "action")[0] == "restored"


def test_a_revision_that_breaks_a_rule_of_today_is_not_restored(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    call("PUT", "/ferry", fields(section="culture"))
    call("PUT", "/ferry", fields())
    smaller = small_site()
    monkeypatch.setattr(articles.Deps, "site", property(lambda _: smaller))
    assert call("POST", "/ferry/revisions/1/restore").fields == {"section"}


def test_a_text_is_kept_for_a_time_after_it_was_replaced(call: Call, later: Any) -> None:
    call("PUT", "/ferry", fields())
    later.ahead = timedelta(days=400)
    call("PUT", "/ferry", fields(headline="Two"))
    later.ahead += timedelta(days=60)
    call("PUT", "/ferry", fields(headline="Three"))
    assert listed(call, "revision", "action") == [(3, "replaced"), (2, "replaced"), (1, "created")]
    later.ahead += timedelta(days=31)
    # The second text is kept, and the change that made it is not.
    assert listed(call, "revision", "action", "updated_by", "at") == [
        (3, "replaced", "lina", listed(call, "at")[0]),
        (2, None, "lina", None),
    ]
    for gone in (call("GET", "/ferry/revisions/1"), call("POST", "/ferry/revisions/1/restore")):
        assert (gone.status, gone.json["type"]) == (410, "urn:problem-type:broadsheet:revision-gone")
    assert call("GET", "/ferry/revisions/2").json["headline"] == "Two"
    later.ahead += timedelta(days=60)
    assert listed(call, "revision", "action") == [(3, None)]
    assert call("POST", "/ferry/revisions/2/restore").status == 410
    assert call("GET", "/ferry/revisions/3").json["headline"] == "Three"
    assert call("POST", "/ferry/revisions/3/restore").json["outcome"] == "unchanged"


def test_dynamodb_deletes_the_row_when_the_text_is_no_longer_kept(call: Call, world: World) -> None:
    call("PUT", "/ferry", fields())
    call("PUT", "/ferry", fields(headline="Two"))
    [row] = [row for row in world.rows() if row["pk"].startswith("REVISIONS#")]
    at = datetime.fromisoformat(row["at"])
    assert datetime.fromtimestamp(row["expires_at"], UTC) == at + KEPT_FOR
    assert "body" not in row


def test_an_article_of_an_earlier_version_has_a_history_from_its_next_change_on(call: Call, world: World) -> None:
    call("PUT", "/ferry", fields())
    call("PUT", "/ferry", fields(headline="Two"))
    for row in world.rows():
        if row["pk"] == "REVISIONS#ferry":
            world.clients.dynamodb.delete_item(
                TableName=world.table, Key={"pk": {"S": row["pk"]}, "sk": {"S": row["sk"]}}
            )
    world.clients.dynamodb.update_item(
        TableName=world.table,
        Key={"pk": {"S": "ARTICLE#ferry"}, "sk": {"S": "META"}},
        UpdateExpression="REMOVE updated_by",
    )
    assert call("GET", "/ferry").json["updated_by"] is None
    assert listed(call, "revision", "updated_by", "action", "fields") == [(2, None, None, None)]
    assert call("GET", "/ferry/revisions/1").status == 410
    call("PUT", "/ferry", fields(headline="Three"))
    assert listed(call, "revision", "updated_by", "action") == [(3, "lina", "replaced"), (2, None, None)]
    assert call("POST", "/ferry/revisions/2/restore").json["headline"] == "Two"


def test_a_restoration_that_loses_a_race_is_made_of_what_the_other_client_left(
    call: Call, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    call("PUT", "/ferry", fields())
    call("PUT", "/ferry", fields(headline="Two"))
    store = articles.deps().articles
    commit = store.commit

    def second(previous: Article | None, article: Article, revision: Revision | None) -> None:
        monkeypatch.setattr(store, "commit", commit)
        world.put("ferry", headline="Three")
        commit(previous, article, revision)

    monkeypatch.setattr(store, "commit", second)
    assert call("POST", "/ferry/revisions/1/restore").revision == "4"
    assert listed(call, "revision", "headline")[:2] == [(4, fields()["headline"]), (3, "Three")]


def test_a_change_costs_one_write_more_and_no_read(call: Call) -> None:
    call("PUT", "/ferry", fields())
    with tallied() as made:
        call("PUT", "/ferry", fields(headline="Two"))
    assert made.calls["GetItem"] == 1
    assert "Query" not in made.calls


texts = st.sampled_from(["One.", "Two.", "*Three.*"])
PUTS = st.fixed_dictionaries(
    {"headline": st.sampled_from(["Ferry", "Quay", "العبّارة"])},
    optional={
        "body": st.fixed_dictionaries({"format": st.sampled_from(["markdown", "html"]), "text": texts}),
        "status": st.sampled_from(["draft", "published"]),
        "edition": st.sampled_from(["en", "ar"]),
        "slug": st.sampled_from(["ferry", "quay"]),
        "correction": texts,
        "tags": st.lists(st.sampled_from(["harbour", "quay"]), max_size=2),
    },
)
PATCHES = st.fixed_dictionaries(
    {}, optional={"summary": texts, "headline": st.just("Patched"), "section": st.just("sport")}
)
STEPS = st.one_of(
    st.tuples(st.just("PUT"), PUTS),
    st.tuples(st.just("PATCH"), PATCHES),
    st.tuples(st.just("DELETE"), st.none()),
    st.tuples(st.just("POST"), st.integers(1, 6)),
)


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(STEPS, min_size=1, max_size=7))
def test_every_revision_in_the_history_is_what_get_answered_then(
    call: Call, world: World, steps: list[tuple[str, Any]]
) -> None:
    for row in world.rows():
        world.clients.dynamodb.delete_item(TableName=world.table, Key={name: {"S": row[name]} for name in ("pk", "sk")})
    answered: dict[int, Any] = {}
    made: list[int] = []
    for method, sent in steps:
        if method == "POST":
            done = call("POST", f"/ferry/revisions/{sent}/restore")
        else:
            done = call(method, "/ferry", fields(**sent) if method == "PUT" else sent)
        if done.status in (200, 201) and done.json["outcome"] != "unchanged":
            made.append(done.json["revision"])
        read = call("GET", "/ferry")
        if read.status == 200:
            answered[read.json["revision"]] = read.json
    if not made:
        return
    assert made == [*range(1, len(made) + 1)]
    assert listed(call, "revision") == made[::-1]
    for entry in call("GET", "/ferry/revisions").json["revisions"]:
        found = call("GET", f"/ferry/revisions/{entry['revision']}").json
        assert {name: found[name] for name in ("revision", "updated_by", "status", "headline")}.items() <= entry.items()
        if entry["status"] == "withdrawn":
            assert entry["revision"] not in answered
        else:
            assert found == answered[entry["revision"]]
            restored = call("POST", f"/ferry/revisions/{entry['revision']}/restore", query={"dry_run": "true"})
            assert restored.status == 200, restored.body
