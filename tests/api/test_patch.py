"""PATCH of an article: a JSON Merge Patch (RFC 7396) of what GET answers, and then what PUT does."""

import json

import pytest

import articles
from benchmarks.tally import tallied
from broadsheet.model.article import Article
from broadsheet.model.revision import Revision
from broadsheet.store.conflict import LostRace
from tests.api.conftest import Call
from tests.world import World, fields

IMAGE = {"src": "/media/quay.jpg", "alt": "The quay", "credit": "Lina Haddad", "width": 1200, "height": 800}


def test_a_patch_changes_what_it_names_and_keeps_the_rest(call: Call) -> None:
    call("PUT", "/ferry", fields(image=IMAGE, slug="ferry"))
    before = call("GET", "/ferry").json
    patch = {"headline": "Ferry stays", "image": {"credit": None, "alt": "The old quay"}, "tags": ["ferries"]}
    answered = call("PATCH", "/ferry", patch)
    assert (answered.status, answered.revision, answered.json["outcome"]) == (200, "2", "replaced")
    after = call("GET", "/ferry")
    assert after.headers["etag"] == answered.headers["etag"]
    image = before["image"] | {"credit": "", "alt": "The old quay"}
    changed = {"headline": "Ferry stays", "image": image, "tags": ["ferries"], "revision": 2}
    assert after.json["updated_at"] > before["updated_at"]
    assert after.json | {"updated_at": ""} == before | changed | {"updated_at": ""}


def test_a_patch_of_the_text_keeps_its_format_and_null_removes_a_field(call: Call) -> None:
    call("PUT", "/ferry", fields(image=IMAGE))
    patched = call("PATCH", "/ferry", {"body": {"text": "Another."}, "image": None, "summary": None}).json
    assert (patched["image"], patched["summary"]) == (None, "")
    assert call("GET", "/ferry").json["body"] == {"format": "markdown", "text": "Another."}


@pytest.mark.parametrize("type", ["application/merge-patch+json", "Application/JSON; charset=utf-8"])
def test_both_media_types_are_accepted(call: Call, type: str) -> None:
    call("PUT", "/ferry", fields())
    sent = json.dumps({"headline": "Two"})
    assert call("PATCH", "/ferry", sent, headers={"Content-Type": type}).json["headline"] == "Two"
    assert call("PATCH", "/ferry", sent, headers={"Content-Type": "application/json-patch+json"}).status == 415
    assert call("PUT", "/ferry", json.dumps(fields()), headers={"Content-Type": type}).status in (200, 415)


def test_the_update_and_the_corrections_follow_from_the_change_unless_they_are_sent(call: Call) -> None:
    call("PUT", "/ferry", fields())
    before = call("GET", "/ferry").json["updated_at"]
    corrected = call("PATCH", "/ferry", {"correction": "Two decks."}).json
    assert [each["text"] for each in corrected["corrections"]] == ["Two decks."]
    assert corrected["updated_at"] > before
    assert len(call("PATCH", "/ferry", {"correction": "At seven."}).json["corrections"]) == 2
    dated = call("PATCH", "/ferry", {"corrections": [], "updated_at": before}).json
    assert (dated["corrections"], dated["updated_at"]) == ([], before)


def test_a_patch_that_changes_nothing_writes_nothing(call: Call, world: World) -> None:
    call("PUT", "/ferry", fields())
    before = world.rows()
    for patch in ({}, {"headline": fields()["headline"]}, call("GET", "/ferry").json):
        assert call("PATCH", "/ferry", patch).json["outcome"] == "unchanged"
    assert world.rows() == before


def test_a_draft_is_published_by_its_status_alone(call: Call) -> None:
    call("PUT", "/ferry", fields(status="draft", published_at=None))
    published = call("PATCH", "/ferry", {"status": "published"}).json
    assert (published["status"], published["published_at"]) == ("published", published["updated_at"])


def test_an_article_that_does_not_exist_or_is_withdrawn_is_not_patched(call: Call) -> None:
    assert call("PATCH", "/never", {}).status == 404
    assert call("PATCH", "/never", {}, headers={"If-Match": '"1"'}).status == 404
    call("PUT", "/ferry", fields())
    call("DELETE", "/ferry")
    assert call("PATCH", "/ferry", {"headline": "Two"}).status == 410
    assert call("PATCH", "/%20", {}).fields == {"id"}


@pytest.mark.parametrize(
    ("patch", "wrong"),
    [
        ({"headline": None}, "headline"),
        ({"body": None}, "body"),
        ({"id": "other"}, "id"),
        ({"colour": "red"}, "colour"),
        ({"correction": "A", "corrections": []}, "correction"),
        ({"related": ["ferry"]}, "related.0"),
        ([], "article"),
        ("text", "article"),
    ],
)
def test_a_patch_breaks_the_rules_of_a_put(call: Call, world: World, patch: object, wrong: str) -> None:
    call("PUT", "/ferry", fields())
    before = world.rows()
    refused = call("PATCH", "/ferry", json.dumps(patch), headers={"Content-Type": "application/json"})
    assert (refused.status, refused.fields) == (422, {wrong})
    assert world.rows() == before


def test_a_patch_that_is_nested_too_deep_is_refused(call: Call) -> None:
    call("PUT", "/ferry", fields())
    nested = '{"image":' * 2000 + "1" + "}" * 2000
    assert call("PATCH", "/ferry", nested, headers={"Content-Type": "application/json"}).status == 400


def test_a_patch_has_the_preconditions_of_a_put(call: Call) -> None:
    call("PUT", "/ferry", fields())
    assert call("PATCH", "/ferry", {"headline": "Two"}, headers={"If-Match": '"7"'}).status == 412
    assert call("PATCH", "/ferry", {"headline": "Two"}, headers={"If-None-Match": "*"}).status == 412
    for _ in range(2):
        done = call("PATCH", "/ferry", {"headline": "Two"}, headers={"If-Match": '"1"'})
        assert (done.status, done.revision) == (200, "2")


def test_a_dry_run_of_a_patch_answers_and_writes_nothing(call: Call, world: World) -> None:
    call("PUT", "/ferry", fields())
    before = world.rows()
    with tallied() as made:
        dry = call("PATCH", "/ferry", {"headline": "Two"}, query={"dry_run": "true"})
    assert (dry.status, dry.json["outcome"], dry.json["headline"]) == (200, "replaced", "Two")
    assert set(made.calls) <= {"GetItem", "GetObject"}
    assert not {"etag", "location"} & dry.headers.keys()
    assert world.rows() == before
    assert call("PATCH", "/ferry", {}, query={"revive": "false"}).fields == {"revive"}


def test_a_strict_patch_is_refused_if_its_body_would_lose_something(call: Call) -> None:
    call("PUT", "/ferry", fields())
    patch, strict = {"body": {"text": "One\n\n<script></script>"}}, {"Prefer": "handling=strict"}
    assert call("PATCH", "/ferry", patch, headers=strict).json["errors"][0]["line"] == 3
    assert [each["kind"] for each in call("PATCH", "/ferry", patch).json["warnings"]] == ["removed"]


def test_a_patch_that_loses_a_race_is_applied_to_what_the_other_client_left(
    call: Call, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    call("PUT", "/ferry", fields())
    store = articles.deps().articles
    commit = store.commit

    def second(previous: Article | None, article: Article, revision: Revision | None) -> None:
        monkeypatch.setattr(store, "commit", commit)
        world.put("ferry", summary="By another editor.", body={"format": "html", "text": "<script></script>A"})
        commit(previous, article, revision)

    monkeypatch.setattr(store, "commit", second)
    patched = call("PATCH", "/ferry", {"headline": "Two"})
    assert (patched.revision, patched.json["headline"], patched.json["summary"]) == ("3", "Two", "By another editor.")
    assert [each["kind"] for each in patched.json["warnings"]] == ["removed"]


def test_a_patch_whose_answer_from_the_table_was_lost_has_its_own_outcome(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    call("PUT", "/ferry", fields())
    store = articles.deps().articles
    commit = store.commit

    def unheard(previous: Article | None, article: Article, revision: Revision | None) -> None:
        commit(previous, article, revision)
        raise LostRace

    monkeypatch.setattr(store, "commit", unheard)
    assert call("PATCH", "/ferry", {"headline": "Two"}).json["outcome"] == "replaced"
