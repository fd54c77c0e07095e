"""An editor's changes through the API: dry runs, warnings, withdrawals, and articles that come back by themselves."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from benchmarks.tally import tallied
from tests.api.conftest import Call
from tests.world import World, fields

# The handlers read the clock.
LATER = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
ADDED = ("id", "path", "url", "live", "revision", "outcome", "stale_seconds", "warnings")


def test_each_answer_says_what_the_call_did(call: Call) -> None:
    outcomes = [
        (call(method, "/ferry", body, **more).json["outcome"])
        for method, body, more in (
            ("PUT", fields(), {}),
            ("PUT", fields(), {}),
            ("PUT", fields(headline="Ferry leaves"), {}),
            ("DELETE", None, {}),
            ("DELETE", None, {}),
            ("PUT", fields(status="draft"), {}),
            ("PUT", fields(), {}),
            ("DELETE", None, {"query": {"until": LATER}}),
            ("DELETE", None, {"query": {"until": LATER}}),
        )
    ]
    assert outcomes == [
        "created", "unchanged", "replaced", "withdrawn", "unchanged", "revived", "replaced", "rescheduled", "unchanged",
    ]  # fmt: skip


def test_an_answer_has_the_state_the_url_and_how_long_caches_are_stale(call: Call) -> None:
    put = call("PUT", "/ferry", fields(edition="ar", slug="العبارة")).json
    assert put["url"].startswith("https://courier.example/ar/2026/03/14/%D8%A7")
    assert (put["status"], put["stale_seconds"]) == ("published", {"pages": 360, "feeds": 300})
    draft = call("PUT", "/draft", fields(status="draft")).json
    assert (draft["status"], draft["url"]) == ("draft", None)
    assert call("PUT", "/later", fields(published_at=LATER)).json["status"] == "scheduled"


def test_every_answer_has_the_url_of_the_deployment_which_a_process_reads_once(api: Call, world: World) -> None:
    client, name = world.clients.ssm, world.deployment.environment("ArticlesFunction")["SITE_URL_PARAMETER"]
    client.put_parameter(Name=name, Value="https://news.example", Overwrite=True)  # not as site.toml has it
    path = "/api/articles/ferry"
    with tallied() as made:
        put, dry = api("PUT", path, fields()).json, api("PUT", path, fields(), query={"dry_run": "true"}).json
        answers = [put, dry, api("GET", path).json, *api("GET", "/api/articles").json["articles"]]
        answers += api("GET", "/api/articles", query={"path": put["path"]}).json["articles"]
        answers += [api("DELETE", path, query=query).json for query in ({"until": LATER}, {})]
        site = api("GET", "/api/site").json
    assert made.calls["GetParameter"] == 1
    assert len(answers) == 7
    assert [each["url"] for each in answers] == [f"https://news.example{each['path']}" for each in answers]
    assert site["url"] == "https://news.example"


def test_a_scheduled_article_that_was_read_can_be_put_before_and_after_its_time(call: Call, world: World) -> None:
    call("PUT", "/ferry", fields(published_at=LATER))
    found = {name: value for name, value in call("GET", "/ferry").json.items() if name not in ADDED}
    assert found["status"] == "scheduled"
    assert call("PUT", "/ferry", found).json["outcome"] == "unchanged"
    world.now = datetime.fromisoformat(LATER)
    assert world.release() == 1
    live = call("PUT", "/ferry", found).json
    assert (live["outcome"], live["status"]) == ("unchanged", "published")


def test_a_scheduled_article_needs_a_date_and_one_that_has_come_publishes_it(call: Call) -> None:
    refused = call("PUT", "/ferry", fields(status="scheduled", published_at=None))
    assert (refused.status, refused.fields) == (422, {"published_at"})
    assert call("PUT", "/ferry", fields(status="scheduled")).json["status"] == "published"
    empty = fields(status="scheduled", body={"format": "html", "text": " "})
    assert call("PUT", "/ferry", empty).fields == {"body.text"}


def test_a_wrong_edition_and_a_section_of_no_edition_are_named_at_once(call: Call) -> None:
    assert call("PUT", "/ferry", fields(edition="fr", section="weather")).fields == {"edition", "section"}
    assert call("PUT", "/ferry", fields(edition="fr")).fields == {"edition"}
    assert call("GET", "", query={"edition": "fr", "section": "weather", "tag": " "}).fields == {
        "edition",
        "section",
        "tag",
    }


LOSSY = {"format": "html", "text": "<p>A<script></script>"}
REQUESTS: list[tuple[dict[str, object], dict[str, str]]] = [
    ({"headline": "Another"}, {"If-Match": '"7"'}),
    ({"headline": "Another"}, {"If-None-Match": "*"}),
    ({"headline": ""}, {}),
    ({"body": LOSSY}, {"Prefer": "handling=strict"}),
    ({"translation_of": "ferry"}, {}),
    ({"updated_at": "2100-01-01T00:00:00Z"}, {}),
    ({"corrections": [{"text": "A", "at": "2100-01-01T00:00:00Z"}]}, {}),
    ({}, {}),
    ({}, {}),
    ({"body": LOSSY}, {}),
    ({"slug": "taken"}, {}),
    ({"status": "draft"}, {}),
    ({"published_at": "2026-03-13T10:00:00Z", "translation_of": "nothing"}, {}),
]


def test_a_dry_run_answers_as_the_call_and_writes_nothing(call: Call, world: World) -> None:
    call("PUT", "/other", fields(slug="taken"))
    statuses: set[int] = set()
    for id, (changed, headers) in product(("ferry", "new"), REQUESTS):
        sent, before = fields(**changed), world.rows()
        with tallied() as made:
            dry = call("PUT", f"/{id}", sent, headers=headers, query={"dry_run": "true"})
        assert made.calls.total() <= 4
        assert set(made.calls) <= {"GetItem"}
        assert world.rows() == before
        done = call("PUT", f"/{id}", sent, headers=headers)
        statuses.add(done.status)
        if done.status in (200, 201):
            assert dry.status == 200
            assert not {"etag", "location"} & dry.headers.keys()
            assert dry.json | {"updated_at": ""} == done.json | {"updated_at": ""}  # the handler reads the clock
        else:
            assert (dry.status, dry.json) == (done.status, done.json)
    assert statuses == {200, 201, 412, 422}


def test_a_withdrawn_article_stays_withdrawn_where_the_client_says_so(call: Call, world: World) -> None:
    call("PUT", "/ferry", fields())
    call("DELETE", "/ferry")
    before = world.rows()
    for query in ({"revive": "false"}, {"revive": "false", "dry_run": "true"}):
        assert call("PUT", "/ferry", fields(), query=query).status == 410
    assert world.rows() == before
    assert call("PUT", "/new", fields(), query={"revive": "false"}).status == 201
    assert call("PUT", "/new", fields(), query={"revive": "no"}).fields == {"revive"}


def test_a_reference_to_no_article_or_a_withdrawn_one_is_a_warning_even_for_strict_clients(call: Call) -> None:
    call("PUT", "/gone", fields())
    call("DELETE", "/gone")
    call("PUT", "/draft", fields(status="draft"))
    for original, kind, message in (
        ("nothing", "absent", "names no article yet: nothing"),
        ("gone", "withdrawn", "names a withdrawn article: gone"),
    ):
        put = call("PUT", "/abbara", fields(translation_of=original), headers={"Prefer": "handling=strict"})
        assert put.status in (200, 201)
        assert put.json["warnings"] == [
            {"field": "translation_of", "kind": kind, "name": original, "count": 1, "line": None, "message": message}
        ]
    assert call("PUT", "/abbara", fields(translation_of="draft")).json["warnings"] == []


def test_an_article_goes_until_a_time_and_names_it(call: Call) -> None:
    before = call("PUT", "/ferry", fields()).json
    later = call("DELETE", "/ferry", query={"until": LATER})
    assert (later.status, later.revision, later.json["outcome"]) == (200, "2", "rescheduled")
    assert (later.json["status"], later.json["published_at"], later.json["live"]) == ("scheduled", LATER, False)
    assert later.json["path"] != before["path"]
    assert call("GET", "/ferry").json["status"] == "scheduled"
    assert call("DELETE", "/ferry").json["outcome"] == "withdrawn"
    assert call("DELETE", "/ferry", query={"until": LATER}).json["outcome"] == "rescheduled"


@pytest.mark.parametrize("until", ["2020-01-01T00:00:00Z", "tomorrow", "", "2100-01-01"])
def test_a_time_that_has_come_or_is_none_is_refused(call: Call, until: str) -> None:
    call("PUT", "/ferry", fields())
    assert call("DELETE", "/ferry", query={"until": until}).fields == {"until"}
    assert call("GET", "/ferry").json["live"]


def test_an_article_that_readers_never_could_have_seen_does_not_come_by_itself(call: Call) -> None:
    call("PUT", "/draft", fields(status="draft"))
    call("PUT", "/unwritten", fields())
    call("PUT", "/unwritten", fields(status="draft", body={"format": "html", "text": ""}))
    for _ in range(2):
        for id in ("draft", "unwritten"):
            assert call("DELETE", f"/{id}", query={"until": LATER}).fields == {"until"}
            call("DELETE", f"/{id}")
    assert call("DELETE", "/never", query={"until": LATER}).status == 404
    assert call("DELETE", "/draft", query={"when": LATER}).fields == {"when"}


def test_a_precondition_holds_for_a_withdrawal_of_either_kind(call: Call) -> None:
    call("PUT", "/ferry", fields())
    for query in ({}, {"until": LATER}):
        assert call("DELETE", "/ferry", headers={"If-Match": '"7"'}, query=query).status == 412
    assert call("DELETE", "/ferry", headers={"If-Match": '"1"'}, query={"until": LATER}).status == 200


def test_the_site_is_described_as_its_settings_have_it(api: Call) -> None:
    site = api("GET", "/api/site").json
    assert (site["url"], site["time_zone"]) == ("https://courier.example", "Europe/Athens")
    assert [(each["code"], each["language"], each["direction"]) for each in site["editions"]] == [
        ("en", "en", "ltr"),
        ("ar", "ar", "rtl"),
    ]
    assert {"key": "city", "name": "City"} in site["editions"][0]["sections"]
