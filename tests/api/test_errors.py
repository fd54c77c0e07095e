"""Errors for programs: all of a request at once, and by an id that the logs have, too."""

import importlib
import json
from io import StringIO
from typing import Any

import pytest

from broadsheet import telemetry
from tests.api.conftest import Call
from tests.api.events import Answer, Context, answer, request
from tests.world import World, fields


def codes(answered: Answer) -> dict[str, str]:
    """The code of each wrong field."""
    assert answered.status == 422
    return {error["field"]: error["code"] for error in answered.json["errors"]}


def test_wrong_fields_and_wrong_parameters_are_named_at_once(call: Call) -> None:
    query = {"dry_run": "maybe", "revive": "1", "force": "true"}
    assert codes(call("PUT", "/ferry", fields(headline=7, kind="poem", colour="red"), query=query)) == {
        "force": "unknown_parameter",
        "dry_run": "not_a_choice",
        "revive": "not_a_choice",
        "headline": "wrong_type",
        "kind": "not_a_choice",
        "colour": "unknown_field",
    }


STALE = {"If-None-Match": '"1"'}
NEVER_YET = "2999-01-01T00:00:00Z"


def test_times_and_references_and_the_precondition_and_the_id_are_named_with_the_rest(call: Call) -> None:
    sent = fields(
        headline=7,
        updated_at=NEVER_YET,
        corrections=[{"text": "Not so.", "at": NEVER_YET}, {"text": "Nor so."}],
        related=["tram", "ferry"],
        translation_of="ferry",
    )
    wrong = {
        "If-None-Match": "unsupported_header",
        "dry_run": "not_a_choice",
        "headline": "wrong_type",
        "related.1": "self_reference",
        "translation_of": "self_reference",
        "corrections.0.at": "in_future",
        "updated_at": "in_future",
    }
    assert codes(call("PUT", "/ferry", sent, query={"dry_run": "1"}, headers=STALE)) == wrong
    call("PUT", "/ferry", fields())
    assert codes(call("PATCH", "/ferry", sent, query={"dry_run": "1"}, headers=STALE)) == wrong
    elsewhere = codes(call("PUT", "/-", sent, query={"dry_run": "1"}, headers=STALE))
    own = {"id": "not_an_id", "related.1": wrong["related.1"], "translation_of": wrong["translation_of"]}
    assert elsewhere | own == wrong | {"id": "not_an_id"}
    assert codes(call("PATCH", "/-", sent, query={"dry_run": "1"}, headers=STALE)) == {
        "id": "not_an_id",
        "If-None-Match": "unsupported_header",
        "dry_run": "not_a_choice",
    }


def test_the_update_of_an_article_that_is_scheduled_may_be_its_date(call: Call) -> None:
    """Without a date in the request, what is stored tells whether the time has come."""
    call("PUT", "/ferry", fields(published_at=NEVER_YET))
    assert call("PUT", "/ferry", fields(published_at=None, updated_at=NEVER_YET)).status == 200
    late = {"published_at": None, "updated_at": NEVER_YET, "corrections": [{"text": "Not so.", "at": NEVER_YET}]}
    assert codes(call("PUT", "/ferry", fields(**late))) == {"corrections.0.at": "in_future"}
    assert codes(call("PUT", "/tram", fields(published_at=None, updated_at=NEVER_YET))) == {"updated_at": "in_future"}


def test_a_body_that_takes_too_much_work_is_refused_and_writes_nothing(call: Call) -> None:
    """The limit on the work is named, whichever call it is; a dry run says so, too."""
    heavy = {"format": "markdown", "text": "![" * 120_000}
    rule = "must have at most 100,000 lines, blocks, cells and marks (such as * [ &) of Markdown together"
    for query in ({}, {"dry_run": "true"}):
        refused = call("PUT", "/ferry", fields(body=heavy), query=query)
        assert codes(refused) == {"body.text": "too_many"}
        assert refused.json["errors"][0]["rule"] == rule
    assert call("GET", "/ferry").status == 404
    call("PUT", "/ferry", fields())
    assert codes(call("PATCH", "/ferry", {"body": heavy})) == {"body.text": "too_many"}
    assert call("GET", "/ferry").json["revision"] == 1


@pytest.mark.parametrize("number", ["NaN", "1e400", "9" * 5_000])
def test_a_number_that_cannot_be_read_is_no_error_of_the_code(call: Call, number: str) -> None:
    body = json.dumps(fields()).replace("{", f'{{"image": {{"width": {number}}}, ', 1)
    refused = call("PUT", "/ferry", body, headers={"Content-Type": "application/json"})
    assert (refused.status, refused.json["type"]) == (400, "urn:problem-type:broadsheet:malformed")
    assert refused.json["detail"].startswith("the request's body has a number that cannot be read: ")


def test_wrong_parameters_of_a_list_are_named_at_once(call: Call) -> None:
    query = {"limit": "201", "edition": "fr", "day": "today", "status": "live", "page": "2"}
    assert codes(call("GET", "", query=query)) == {
        "page": "unknown_parameter",
        "limit": "out_of_range",
        "day": "not_a_day",
        "edition": "not_a_choice",
        "status": "not_a_choice",
    }
    assert codes(call("GET", "", query={"before": "zzz", "day": "today"})) == {
        "before": "bad_cursor",
        "day": "not_a_day",
    }
    assert codes(call("GET", "", query={"changed_after": "zzz", "limit": "0", "edition": "en", "page": "2"})) == {
        "changed_after": "not_a_date_time",
        "limit": "out_of_range",
        "edition": "conflict",
        "page": "conflict",
    }
    assert codes(call("GET", "", query={"path": "en", "limit": "1", "page": "2"})) == {
        "page": "conflict",
        "limit": "conflict",
        "path": "not_a_path",
    }


def test_wrong_parameters_of_a_withdrawal_are_named_at_once(call: Call) -> None:
    call("PUT", "/ferry", fields())
    assert codes(call("DELETE", "/-", query={"until": "soon", "force": "1"}, headers=STALE)) == {
        "id": "not_an_id",
        "If-None-Match": "unsupported_header",
        "force": "unknown_parameter",
        "until": "not_a_date_time",
    }
    assert codes(call("DELETE", "/ferry", query={"until": "2026-01-01T00:00:00Z", "force": "1"})) == {
        "force": "unknown_parameter",
        "until": "in_past",
    }
    assert call("GET", "/ferry").status == 200


def test_what_is_wrong_with_a_revision_and_its_restoration_is_named_at_once(call: Call) -> None:
    wrong = {"id": "not_an_id", "revision": "out_of_range"}
    assert codes(call("GET", "/-/revisions/x")) == wrong
    assert codes(call("POST", "/-/revisions/0/restore", query={"revive": "1", "force": "1"}, headers=STALE)) == {
        **wrong,
        "If-None-Match": "unsupported_header",
        "revive": "not_a_choice",
        "force": "unknown_parameter",
    }
    assert codes(call("GET", "/-/revisions", query={"limit": "0"})) == {"id": "not_an_id", "limit": "out_of_range"}


def test_an_error_of_the_code_is_logged_with_the_id_that_its_problem_has(
    api: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = StringIO()
    monkeypatch.setattr(telemetry.logger.registered_handler, "stream", log)
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")

    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("broadsheet.services.editing.read", fail)
    answered = api("GET", "/api/articles/ferry")
    assert answered.status == 500
    [logged] = map(json.loads, log.getvalue().splitlines())
    assert logged["message"] == "unhandled"
    assert logged["request_id"] == answered.json["request_id"] == "request"
    assert logged["function_request_id"] == Context().aws_request_id
    assert logged["xray_trace_id"] == "1-5759e988-bd862e3fe1be46a994272793"


@pytest.fixture
def fallback(world: World, monkeypatch: pytest.MonkeyPatch) -> Call:
    for name, value in world.deployment.environment("FallbackFunction").items():
        monkeypatch.setenv(name, value)
    module: Any = importlib.import_module("fallback")
    return lambda method, path: answer(module.handler(request(method, path), Context()))


def test_the_api_s_default_route_answers_with_problem_details(fallback: Call) -> None:
    wrong = fallback("POST", "/api/articles/ferry")
    assert (wrong.status, wrong.headers["allow"]) == (405, "DELETE, GET, PATCH, PUT")
    assert wrong.headers["content-type"] == "application/problem+json"
    assert wrong.headers["cache-control"] == "no-store"
    assert wrong.json["detail"] == "POST is no method of this path; it has DELETE, GET, PATCH, PUT."
    unknown = fallback("GET", "/api/nothing")
    assert (unknown.status, unknown.json["type"]) == (404, "urn:problem-type:broadsheet:unknown-path")
