"""Every rule of compatibility bites: a change that breaks clients of the latest release fails until a note names it."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from infra.openapi import compatibility
from infra.openapi.compatibility import recorded, stripped, unnoted
from infra.openapi.contract import changes
from infra.openapi.contract_schemas import Change
from tests.api.openapi.description import document

Parts = dict[str, Any]

DESCRIPTION: Parts = {
    "paths": {
        "/boats/{id}": {
            "put": {
                "operationId": "boats_put",
                "security": [],
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "maxLength": 9}},
                    {"name": "dry", "in": "query", "schema": {"type": "boolean", "default": False}},
                ],
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Boat"}},
                        "text/csv": {"schema": {"type": "string"}},
                    },
                },
                "responses": {
                    "200": {
                        "headers": {"ETag": {"required": True, "schema": {"type": "string"}}},
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Stored"}},
                            "text/html": {"schema": {"type": "string"}},
                        },
                    },
                    "404": {"content": {"application/json": {"schema": {"type": "object"}}}},
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Boat": {
                "type": "object",
                "properties": {
                    "name": {"type": "string", "minLength": 1, "maxLength": 20},
                    "sail": {"type": ["string", "null"], "enum": ["red", "white", None], "default": None},
                    "crew": {"type": "array", "items": {"type": "string"}, "maxItems": 4},
                    "mast": {"type": "integer", "minimum": 0, "maximum": 3},
                    "tender": {"$ref": "#/components/schemas/Boat"},
                    "harbour": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
                    "berth": {"anyOf": [{"$ref": "#/components/schemas/Berth"}, {"type": "null"}]},
                },
                "required": ["name"],
            },
            "Berth": {"type": "object", "properties": {"number": {"type": "integer"}}},
            "Stored": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "state": {"type": "string", "enum": ["afloat", "sunk"]},
                    "crew": {"type": "array", "items": {"type": "string"}},
                    "note": {"type": "string"},
                },
                "required": ["name", "state", "crew"],
            },
        }
    },
}
PUT = "PUT /boats/{id}"
NOTE = "## Unreleased\n\n| `Article` | `kicker` | Leave it out. |\n"


def call(made: Parts) -> Parts:
    found: Parts = made["paths"]["/boats/{id}"]["put"]
    return found


def boat(made: Parts) -> Parts:
    found: Parts = made["components"]["schemas"]["Boat"]
    return found


def stored(made: Parts) -> Parts:
    found: Parts = made["components"]["schemas"]["Stored"]
    return found


def content(made: Parts, kind: str, status: str = "200") -> Parts:
    body: Parts = call(made)["responses"][status] if kind == "answer" else call(made)["requestBody"]
    found: Parts = body["content"]
    return found


BREAKING: dict[str, tuple[Callable[[Parts], object], tuple[str, str]]] = {
    "a path is gone": (lambda made: made["paths"].clear(), (PUT, "call")),
    "a call is gone": (lambda made: made["paths"]["/boats/{id}"].pop("put"), (PUT, "call")),
    "the operationId": (lambda made: call(made).update(operationId="boats_store"), (PUT, "operationId")),
    "a signature": (lambda made: call(made).update(security=[{"AWS_IAM": []}]), (PUT, "security")),
    "a parameter is gone": (lambda made: call(made)["parameters"].pop(), (PUT, "query dry")),
    "a parameter is required": (
        lambda made: call(made)["parameters"][1].update(required=True),
        (PUT, "query dry"),
    ),
    "a new required parameter": (
        lambda made: call(made)["parameters"].append(
            {"name": "at", "in": "query", "required": True, "schema": {"type": "string"}}
        ),
        (PUT, "query at"),
    ),
    "a shorter parameter": (
        lambda made: call(made)["parameters"][0]["schema"].update(maxLength=8),
        (PUT, "path id"),
    ),
    "another default": (
        lambda made: call(made)["parameters"][1]["schema"].update(default=True),
        (PUT, "query dry"),
    ),
    "the body is required": (lambda made: call(made)["requestBody"].update(required=True), (PUT, "body")),
    "a media type of the body": (lambda made: content(made, "request").pop("text/csv"), (PUT, "body text/csv")),
    "a new required field": (
        lambda made: (boat(made)["properties"].update(keel={}), boat(made)["required"].append("keel")),
        ("Boat", "keel"),
    ),
    "a field is required": (lambda made: boat(made)["required"].append("mast"), ("Boat", "mast")),
    "a field of a request is gone": (lambda made: boat(made)["properties"].pop("mast"), ("Boat", "mast")),
    "null is refused": (lambda made: boat(made)["properties"]["sail"].update(type="string"), ("Boat", "sail")),
    "another type": (lambda made: boat(made)["properties"]["mast"].update(type="string"), ("Boat", "mast")),
    "a value is refused": (lambda made: boat(made)["properties"]["sail"]["enum"].remove("red"), ("Boat", "sail")),
    "an enum": (lambda made: boat(made)["properties"]["name"].update(enum=["Dhow"]), ("Boat", "name")),
    "a longer least": (lambda made: boat(made)["properties"]["name"].update(minLength=2), ("Boat", "name")),
    "a new most": (lambda made: boat(made)["properties"]["crew"]["items"].update(maxLength=9), ("Boat", "crew[]")),
    "fewer items": (lambda made: boat(made)["properties"]["crew"].update(maxItems=3), ("Boat", "crew")),
    "a smaller most": (lambda made: boat(made)["properties"]["mast"].update(maximum=2), ("Boat", "mast")),
    "a pattern": (lambda made: boat(made)["properties"]["name"].update(pattern="^D"), ("Boat", "name")),
    "a format": (lambda made: boat(made)["properties"]["name"].update(format="uri"), ("Boat", "name")),
    "a form is gone": (lambda made: boat(made)["properties"]["harbour"]["oneOf"].pop(), ("Boat", "harbour")),
    "a field of a form is gone": (
        lambda made: made["components"]["schemas"]["Berth"]["properties"].clear(),
        ("Berth", "number"),
    ),
    "no other fields": (lambda made: boat(made).update(additionalProperties=False), ("Boat", "it")),
    "a status is gone": (lambda made: call(made)["responses"].pop("200"), (PUT, "200")),
    "a header is gone": (lambda made: call(made)["responses"]["200"]["headers"].clear(), (PUT, "200 ETag")),
    "a header is optional": (
        lambda made: call(made)["responses"]["200"]["headers"]["ETag"].update(required=False),
        (PUT, "200 ETag"),
    ),
    "a media type of an answer": (lambda made: content(made, "answer").pop("text/html"), (PUT, "200 text/html")),
    "a field of an answer is gone": (lambda made: stored(made)["properties"].pop("note"), ("Stored", "note")),
    "a required field of an answer is gone": (
        lambda made: (stored(made)["properties"].pop("name"), stored(made)["required"].remove("name")),
        ("Stored", "name"),
    ),
    "a field of an answer may be left out": (lambda made: stored(made)["required"].remove("crew"), ("Stored", "crew")),
    "an answer may be null": (
        lambda made: stored(made)["properties"]["name"].update(type=["string", "null"]),
        ("Stored", "name"),
    ),
    "an answer has a new value": (
        lambda made: stored(made)["properties"]["state"]["enum"].append("lost"),
        ("Stored", "state"),
    ),
    "an answer has any value": (lambda made: stored(made)["properties"]["state"].pop("enum"), ("Stored", "state")),
    "items of another type": (
        lambda made: stored(made)["properties"]["crew"]["items"].update(type="integer"),
        ("Stored", "crew[]"),
    ),
    "a body of an error": (
        lambda made: content(made, "answer", "404")["application/json"].update(schema={"type": "string"}),
        (PUT, "404 body"),
    ),
}
HARMLESS: dict[str, Callable[[Parts], object]] = {
    "a new call": lambda made: made["paths"].update({"/harbours": {"get": {}}}),
    "an optional parameter": lambda made: call(made)["parameters"].append(
        {"name": "at", "in": "query", "schema": {"type": "string"}}
    ),
    "an optional field of a request": lambda made: boat(made)["properties"].update(keel={"type": "string"}),
    "a field is no longer required": lambda made: boat(made)["required"].clear(),
    "a longer most": lambda made: boat(made)["properties"]["name"].update(maxLength=30),
    "no most": lambda made: boat(made)["properties"]["name"].pop("maxLength"),
    "one more value": lambda made: boat(made)["properties"]["sail"]["enum"].append("blue"),
    "null as well": lambda made: boat(made)["properties"]["mast"].update(type=["integer", "null"]),
    "a schema in place of the only one of all": lambda made: boat(made)["properties"].update(
        tender={"allOf": [{"$ref": "#/components/schemas/Boat"}]}
    ),
    "one more form": lambda made: boat(made)["properties"]["harbour"]["oneOf"].append({"type": "null"}),
    "a field of an answer": lambda made: stored(made)["properties"].update(port={"type": "string"}),
    "a field of an answer that is always there": lambda made: stored(made)["required"].append("note"),
    "fewer values in answers": lambda made: stored(made)["properties"]["state"]["enum"].remove("sunk"),
    "longer texts in answers": lambda made: stored(made)["properties"]["name"].update(maxLength=9),
    "another error": lambda made: call(made)["responses"].update({"409": {}}),
    "an error that no longer comes": lambda made: call(made)["responses"].pop("404"),
    "texts": lambda made: call(made).update(summary="Put a boat", description="Or replace it."),
    "another name of a schema": lambda made: made["components"]["schemas"].update(Ship=boat(made)),
    "no signature": lambda made: call(made).update(security=[]),
}


def found(change: Callable[[Parts], object]) -> list[Change]:
    after = deepcopy(DESCRIPTION)
    change(after)
    return list(changes(DESCRIPTION, after))


@pytest.mark.parametrize("name", BREAKING)
def test_a_change_that_breaks_clients_is_found(name: str) -> None:
    change, (where, part) = BREAKING[name]
    assert {(each.where, each.part) for each in found(change)} == {(where, part)}


@pytest.mark.parametrize("name", HARMLESS)
def test_a_change_that_adds_or_allows_more_breaks_nobody(name: str) -> None:
    assert found(HARMLESS[name]) == []


def test_the_api_keeps_what_the_latest_release_has_or_the_notes_name_it() -> None:
    release, before = recorded()
    assert release == compatibility.latest_release(), "run `make baseline`"
    assert unnoted(changes(before, document()), compatibility.NOTES.read_text("utf-8")) == []


def test_the_record_has_every_call_field_and_rule_and_no_text() -> None:
    made = stripped(document())
    assert list(changes(document(), made)) == list(changes(made, document())) == []
    assert made["paths"].keys() == document()["paths"].keys()
    assert made["components"]["schemas"]["Article"]["properties"].keys() > {"headline", "image"}
    assert "description" not in json.dumps(made).replace('"description": {', "")


def test_a_change_fails_the_check_until_a_note_with_advice_names_it() -> None:
    [change] = found(BREAKING["a field of a request is gone"][0])
    assert str(change) == (
        "Boat: mast is gone, which breaks clients of the latest release. Keep it, or write `Boat` and `mast` into the "
        "table of the API under Unreleased in docs/upgrading.md."
    )
    row = "| `Boat` | `mast` | Leave it out. |"
    assert unnoted(iter([change]), "") == [change]
    assert unnoted(iter([change]), f"## Unreleased\n\n## 1.0.0\n\n{row}\n") == [change]
    assert unnoted(iter([change]), "## Unreleased\n\n| `Boat` | `mast` |  |\n") == [change]
    assert unnoted(iter([change, change]), f"## Unreleased\n\n{row}\n") == []


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A record and notes of the test's own: the release 1.0.0 had one more field, and the version 0 of the API."""
    released = deepcopy(document())
    released["info"]["version"] = "0"
    released["components"]["schemas"]["Article"]["properties"]["kicker"] = {"type": "string"}
    record, notes, changelog = (tmp_path / name for name in ("released.json", "upgrading.md", "CHANGELOG.md"))
    record.write_text(compatibility.record("1.0.0", released), "utf-8")
    notes.write_text("## Unreleased\n", "utf-8")
    changelog.write_text("## [1.0.0] - 2026-11-28\n", "utf-8")
    for name, path in (("RECORD", record), ("NOTES", notes), ("CHANGELOG", changelog)):
        monkeypatch.setattr(compatibility, name, path)
    return record


def test_the_command_fails_for_a_change_without_a_note_and_records_none(
    record: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = record.read_text("utf-8")
    assert compatibility.main([]) == compatibility.main(["--record"]) == 1
    assert "Article: kicker is gone" in capsys.readouterr().err
    assert record.read_text("utf-8") == before
    compatibility.NOTES.write_text(NOTE, "utf-8")
    assert compatibility.main(["--record"]) == 0
    assert record.read_text("utf-8") != before


def test_the_command_fails_for_a_change_without_a_new_version_of_the_api(
    record: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compatibility.NOTES.write_text(NOTE, "utf-8")
    record.write_text(record.read_text("utf-8").replace('"version": "0"', '"version": "1"'), "utf-8")
    before = record.read_text("utf-8")
    assert compatibility.main(["--record"]) == 1
    message = "The API breaks clients of 1.0.0 and still has their version: raise API_VERSION.\n"
    assert capsys.readouterr().err == message
    assert record.read_text("utf-8") == before


def test_the_command_records_a_new_release_whose_changes_the_notes_name(
    record: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compatibility.NOTES.write_text(NOTE, "utf-8")
    compatibility.CHANGELOG.write_text("## [1.1.0] - 2026-12-28\n", "utf-8")
    assert compatibility.main([]) == 1
    assert capsys.readouterr().err == "released.json has the API of 1.0.0, not of 1.1.0. Run make baseline.\n"
    assert compatibility.main(["--record"]) == 0
    assert compatibility.main([]) == 0
    assert "kicker" not in record.read_text("utf-8")
    assert recorded()[0] == "1.1.0"
