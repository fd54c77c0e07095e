"""Every `aws` command in the documents is valid by AWS's own service models: operations, options, values, queries.

AWS CLI 2 is generated from botocore's models: an option is a member of an operation's input, in kebab case. Only an
account can show whether a command does what the text says.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import jmespath  # type: ignore[import-untyped]  # it has no types
import pytest
from botocore import xform_name
from botocore.validate import ParamValidator
from moto import mock_aws

from tests.template.resources import FULL, deployment

ROOT = Path(__file__).parents[2]
DEPLOYING = ROOT / "docs" / "deploying.md"
# With the number of commands in blocks that each has at least.
DOCUMENTS = (
    (DEPLOYING, 11),
    (ROOT / "docs" / "operations.md", 11),
    (ROOT / "docs" / "upgrading.md", 0),
    (ROOT / "docs" / "deliverability.md", 1),
)
BLOCK = re.compile(r"^[ \t]*```\w*\n(.*?)^[ \t]*```", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"(?<![\w./-])aws (?=[a-z0-9-]+ [a-z0-9-]+)")
# One shell word: quoted, substituted and plain pieces. The characters that end a command match none of them.
PIECE = r"""'[^']*'|"(?:\$\([^()]*\)|[^"])*"|\$\([^()]*\)|[^\s'"|;&<>()`]"""
WORD = re.compile(rf"[ \t]*((?:{PIECE})+)")
ANYWHERE = {"--region", "--profile", "--output", "--query", "--cli-read-timeout", "--max-items"}  # the CLI's own
OUTFILES = {"aws lambda invoke"}  # operations whose output file follows the options


@dataclass(frozen=True)
class Command:
    """One call of the CLI: its words up to the first option, and the values of each option."""

    words: tuple[str, ...]
    options: dict[str, list[str]]

    def __str__(self) -> str:
        return " ".join(("aws", *self.words))


def commands(script: str) -> Iterator[Command]:
    """Every call of `aws` in shell code, including those inside other commands."""
    joined = script.replace("\\\n", " ")
    for match in COMMAND.finditer(joined):
        words: list[str] = []
        options: dict[str, list[str]] = {}
        at = match.end()
        while word := WORD.match(joined, at):
            at = word.end()
            text = re.sub(r"""(['"])(.*?)\1""", r"\2", word[1], flags=re.DOTALL)
            if word[1].startswith("--"):
                options[text] = []
            elif options:
                options[list(options)[-1]].append(text)
            else:
                words.append(text)
        yield Command(tuple(words), options)


def wrong(command: Command, *, whole: bool = True) -> list[str]:
    """The errors of a command by AWS's models; if it is `whole`, also the required options that are missing."""
    try:
        known = input_of(command)
    except (KeyError, ValueError, botocore.exceptions.UnknownServiceError):
        return [f"{command}: there is no such operation"]
    members = dict(known.members) if known else {}
    found, given = [], set()
    for option, values in command.options.items():
        if option in ANYWHERE:
            found += wrong_query(values[0]) if option == "--query" else []
        elif (name := member(option, members)) is None:
            found.append(f"{command}: there is no option {option}")
        else:
            given.add(name)
            found += [f"{command} {option}: {problem}" for problem in wrong_values(command, members[name], values)]
    required = known.required_members if whole and known else []
    return found + [f"{command}: {name} is required" for name in required if name not in given]


def member(option: str, members: dict[str, Any]) -> str | None:
    """The member of an operation's input that an option sets; `--no-...` sets a boolean."""
    options = {f"--{xform_name(name, '-')}": name for name in members}
    options |= {
        f"--no-{xform_name(name, '-')}": name for name, shape in members.items() if shape.type_name == "boolean"
    }
    return options.get(option)


def wrong_values(command: Command, shape: Any, values: list[str]) -> Iterator[str]:
    """The errors of an option's values, as far as they are literal."""
    many = shape.type_name in {"list", "structure", "map"}
    most = 0 if shape.type_name == "boolean" else 1 + (str(command) in OUTFILES)
    if (many and not values) or (not many and not min(most, 1) <= len(values) <= most):
        yield f"{len(values)} values for a {shape.type_name}"
    elif many and values[0].startswith(("{", "[")) and "$" not in values[0]:
        report = ParamValidator().validate(json.loads(values[0]), shape)
        if report.has_errors():
            yield report.generate_report()
    elif (allowed := getattr(shape, "enum", None)) and "$" not in values[0] and values[0] not in allowed:
        yield f"{values[0]} is none of {', '.join(allowed)}"


def wrong_query(query: str) -> list[str]:
    try:
        jmespath.compile(re.sub(r"\$\w+", "x", query))
    except jmespath.exceptions.JMESPathError as error:
        return [f"--query {query}: {error}"]
    return []


def input_of(command: Command) -> Any:
    """The input shape of an operation, or of the one that a waiter polls; None if it has no input.

    Raises KeyError, ValueError or botocore's UnknownServiceError for an operation that does not exist.
    """
    service, operation, *rest = command.words
    api, waiters = models(service.replace("s3api", "s3"))
    if operation == "wait":
        [waiter] = rest
        names = {xform_name(name, "-"): name for name in waiters.waiter_names}
        return api.operation_model(waiters.get_waiter(names[waiter]).operation).input_shape
    names = {xform_name(name, "-"): name for name in api.operation_names}
    return api.operation_model(names[operation]).input_shape


@cache
def models(service: str) -> tuple[Any, Any]:
    session = botocore.session.get_session()
    try:
        waiters = session.get_waiter_model(service)
    except (botocore.exceptions.UnknownServiceError, botocore.exceptions.DataNotFoundError):
        waiters = None
    return session.get_service_model(service), waiters


@pytest.mark.parametrize(("document", "least"), DOCUMENTS, ids=lambda value: getattr(value, "name", None))
def test_every_command_is_valid(document: Path, least: int) -> None:
    text = document.read_text(encoding="utf-8")
    blocks = [command for block in BLOCK.finditer(text) for command in commands(block[1])]
    spans = [command for span in re.findall(r"`([^`]+)`", BLOCK.sub("", text)) for command in commands(span)]
    assert len(blocks) >= least
    assert blocks + spans
    problems = [problem for command in blocks for problem in wrong(command)]
    problems += [
        problem for command in spans if command.words[:2] != ("s3", "rm") for problem in wrong(command, whole=False)
    ]
    assert problems == []


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("aws sesv2 get-acount", "there is no such operation"),
        ("aws nothing get-account", "there is no such operation"),
        ("aws dynamodb wait table-is-there --table-name x", "there is no such operation"),
        ("aws dynamodb delete-table --tablename x", "there is no option --tablename"),
        ("aws dynamodb delete-table --no-table-name", "there is no option --no-table-name"),
        ("aws dynamodb delete-table", "TableName is required"),
        ("x=$(aws dynamodb delete-table --query \"A[?b=='$1'\")", "Invalid jmespath expression"),
        ("aws dynamodb delete-table --table-name a b", "2 values for a string"),
        ("aws dynamodb update-table --table-name a --no-deletion-protection-enabled x", "1 values for a boolean"),
        ("aws acm request-certificate --domain-name a.b --validation-method DSN", "DSN is none of"),
        (
            'aws budgets create-budget --account-id 1 --budget \'{"BudgetName": "a", "Type": "COST"}\'',
            "Missing required parameter",
        ),
    ],
)
def test_an_invalid_command_is_found(script: str, problem: str) -> None:
    [command] = commands(script)
    assert problem in "".join(wrong(command))


def test_commands_inside_others_are_found_with_their_own_options() -> None:
    script = """key=$(aws a-b get --x "$(aws c d --y "$1" --z 'p | q')" --n 1) | aws e f > out.json; jq --arg x"""
    found = list(commands(script))
    assert [str(command) for command in found] == ["aws a-b get", "aws c d", "aws e f"]
    assert list(found[0].options) == ["--x", "--n"]
    assert found[1].options == {"--y": ["$1"], "--z": ["p | q"]}
    assert found[2].options == {}


def test_deploying_names_outputs_and_retained_resources_of_the_template() -> None:
    text = DEPLOYING.read_text(encoding="utf-8")
    whole = deployment(**FULL)
    outputs = set(re.findall(r"output `?([A-Z]\w+)", text))
    assert {"SiteUrl", "ApiUrl", "DistributionDomain"} <= outputs <= set(whole.outputs)
    retained = {
        name for name, resource in whole.resources.items() if resource.get("DeletionPolicy", "").startswith("Retain")
    }
    removal = text.partition("\n## Removing everything\n")[2]
    noted, *removed = (set(names.split()) for names in re.findall(r"for name in ([\w ]+);", removal))
    # The SES identity is removed by its own name, the sender's domain.
    assert noted == set().union(*removed) == retained - {"SenderIdentity"}


@mock_aws
def test_the_line_that_empties_a_bucket_leaves_no_object_version(monkeypatch: pytest.MonkeyPatch) -> None:
    [line] = set(re.findall(r"-c '(import sys, boto3; [^']+)'", DEPLOYING.read_text(encoding="utf-8")))
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="bodies", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_versioning(Bucket="bodies", VersioningConfiguration={"Status": "Enabled"})
    for text in (b"one", b"two"):
        s3.put_object(Bucket="bodies", Key="a", Body=text)
    s3.delete_object(Bucket="bodies", Key="a")
    monkeypatch.setattr("sys.argv", ["-c", "bodies"])
    exec(line, {})  # noqa: S102  the line that the document gives
    s3.delete_bucket(Bucket="bodies")
    assert s3.list_buckets()["Buckets"] == []
