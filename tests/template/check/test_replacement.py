"""A change that would replace data, a domain name or an identity fails until the upgrade notes name it."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.template_check import __main__ as command
from infra.template_check import replacement
from infra.template_check.replacement import create_only, unnoted
from infra.template_check.stack import Stack
from tests.template.check.stacks import ROOT, changed, properties, real, resource, without

NOTES = """# Upgrading

## Unreleased

| resource | property | what to do |
|---|---|---|
| `{resource}` | `{property}` | Export the rows first, and import them afterwards. |

## 1.0.0
"""


def changes(before: Stack, after: Stack) -> list[replacement.Change]:
    return list(replacement.changes(replacement.values([before]), replacement.values([after])))


def test_the_record_is_what_the_template_deploys_or_the_notes_say_what_differs() -> None:
    recorded = replacement.recorded()[1]
    found = replacement.changes(recorded, replacement.values([real("empty"), real("full")]))
    assert not unnoted(found, replacement.NOTES.read_text("utf-8"))


def test_the_record_has_every_table_bucket_distribution_identity_secret_and_api() -> None:
    recorded = replacement.recorded()[1]
    for name, body in real().of(
        "AWS::DynamoDB::Table",
        "AWS::S3::Bucket",
        "AWS::CloudFront::Distribution",
        "AWS::SES::EmailIdentity",
        "AWS::SecretsManager::Secret",
        "AWS::ApiGatewayV2::Api",
    ):
        assert recorded[name]["Type"] == body["Type"]
        assert {"Type", *create_only(body["Type"])} == recorded[name].keys()


def test_cloudformations_schemas_say_what_cannot_change_in_place() -> None:
    assert create_only("AWS::DynamoDB::Table") == ("ImportSourceSpecification", "KeySchema", "TableName")
    assert create_only("AWS::SES::EmailIdentity") == ("EmailIdentity",)
    assert "EventDestination.Name" in create_only("AWS::SES::ConfigurationSetEventDestination")


def test_a_new_key_schema_fails_the_check_until_the_notes_name_it() -> None:
    key = [{"AttributeName": "id", "KeyType": "HASH"}]
    [change] = unnoted(iter(changes(real(), properties(real(), "Articles", KeySchema=key))), NOTES)
    assert str(change) == (
        'Articles: KeySchema changes from [{"AttributeName": "pk", "KeyType": "HASH"}, '
        '{"AttributeName": "sk", "KeyType": "RANGE"}] to [{"AttributeName": "id", "KeyType": "HASH"}], so an upgrade '
        "replaces Articles and loses its rows. Keep the value, or write `Articles` and `KeySchema` into the table "
        "under Unreleased in docs/upgrading.md."
    )
    assert unnoted(iter([change]), NOTES.format(resource="Articles", property="TableName")) == [change]
    assert unnoted(iter([change]), NOTES.format(resource="Subscribers", property="KeySchema")) == [change]
    assert not unnoted(iter([change]), NOTES.format(resource="Articles", property="KeySchema"))


def test_a_note_of_an_earlier_release_or_without_advice_does_not_count() -> None:
    [change] = changes(real(), properties(real(), "Articles", TableName="articles"))
    assert str(change).startswith('Articles: TableName changes from nothing to "articles"')
    row = "| `Articles` | `TableName` | Export the rows first. |"
    assert unnoted(iter([change]), f"## Unreleased\n\n## 1.0.0\n\n{row}\n") == [change]
    assert unnoted(iter([change]), "## Unreleased\n\n| `Articles` | `TableName` |  |\n") == [change]
    assert unnoted(iter([change]), "") == [change]
    assert not unnoted(iter([change]), f"## Unreleased\n\n{row}\n")


def test_a_missing_logical_id_is_a_replacement() -> None:
    [change] = changes(real(), without(real(), "Bodies"))
    assert str(change).startswith('Bodies: Type changes from "AWS::S3::Bucket" to nothing')
    assert "loses its objects" in str(change)


def test_another_type_under_the_same_logical_id_is_a_replacement() -> None:
    found = changes(real(), changed(real(), "Distribution", **resource("SQS::Queue")))
    assert [(change.resource, change.property) for change in found] == [("Distribution", "Type")]


def test_the_identitys_domain_is_compared_with_its_parameters_resolved() -> None:
    same = {"Fn::Select": ["1", {"Fn::Split": ["@", {"Ref": "Sender"}]}]}
    assert not changes(real(), properties(real(), "SenderIdentity", EmailIdentity=same))
    [change] = changes(real(), properties(real(), "SenderIdentity", EmailIdentity={"Ref": "Sender"}))
    assert (change.before, change.after) == ("news.example.com", "desk@news.example.com")


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("Articles", {"StreamSpecification": {"StreamViewType": "KEYS_ONLY"}}),
        ("Media", {"VersioningConfiguration": {"Status": "Suspended"}}),
        ("DirectoryIndex", {"Name": {"Fn::Sub": "${AWS::StackName}-${AWS::Region}-other"}}),
    ],
)
def test_a_change_in_place_or_without_loss_is_no_replacement(name: str, change: dict[str, Any]) -> None:
    assert not changes(real(), properties(real(), name, **change))


def test_a_new_resource_replaces_nothing() -> None:
    assert not changes(without(real(), "Site"), real())


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A record and notes of the test's own; the record is of a release whose table of articles had another key."""
    values = replacement.values(command.stacks(ROOT / "template.yaml"))
    values["Articles"]["KeySchema"] = [{"AttributeName": "id", "KeyType": "HASH"}]
    record = tmp_path / "replacement.json"
    record.write_text(replacement.record("1.0.0", values), "utf-8")
    notes = tmp_path / "upgrading.md"
    notes.write_text("# Upgrading\n\n## Unreleased\n", "utf-8")
    monkeypatch.setattr(replacement, "RECORD", record)
    monkeypatch.setattr(replacement, "NOTES", notes)
    monkeypatch.setattr(command, "BUILD", tmp_path / "build")
    return record


@pytest.mark.usefixtures("record")
def test_the_check_fails_until_the_notes_name_the_change(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([]) == 1
    [fault] = capsys.readouterr().err.splitlines()
    assert fault.startswith('Articles: KeySchema changes from [{"AttributeName": "id"')
    replacement.NOTES.write_text(NOTES.format(resource="Articles", property="KeySchema"), "utf-8")
    assert command.main([]) == 0
    translated = json.loads((command.BUILD / "full.json").read_text("utf-8"))
    assert translated["Resources"]["ArticlesFunction"]["Type"] == "AWS::Lambda::Function"


def test_a_new_record_is_refused_after_the_first_release_until_the_notes_name_the_change(
    record: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = record.read_text("utf-8")
    assert command.main(["--record"]) == 1
    assert "Articles: KeySchema changes" in capsys.readouterr().err
    assert record.read_text("utf-8") == before
    replacement.NOTES.write_text(NOTES.format(resource="Articles", property="KeySchema"), "utf-8")
    assert command.main(["--record"]) == 0
    assert replacement.recorded()[1]["Articles"]["KeySchema"][0]["AttributeName"] == "pk"


def test_before_the_first_release_a_new_record_needs_no_notes(record: Path) -> None:
    record.write_text(replacement.record(None, replacement.recorded()[1]), "utf-8")
    assert command.main(["--record"]) == 0
    assert replacement.recorded()[1]["Articles"]["KeySchema"][0]["AttributeName"] == "pk"
