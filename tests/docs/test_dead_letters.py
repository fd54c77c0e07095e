"""docs/operations.md: `bring_back` gives a function the changes of its stream again, with the AWS CLI and jq."""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from infra.local.functions.event_filters import matches
from tests.readers.clients import required
from tests.template.resources import FULL, ROOT, mappings, resolved

DOCUMENT = ROOT / "docs" / "operations.md"
# What the AWS CLI answers, from files; an event that a function is invoked with becomes a line of `sent`.
AWS = """
of() { echo "$1"; }
aws() {
  case "$1 $2" in
    "sqs receive-message") cat letters.json ;;
    "dynamodbstreams get-shard-iterator") echo iterator ;;
    "dynamodbstreams get-records") cat stream.json ;;
    "lambda invoke") { cat event.json; echo; } >> sent; echo '{"batchItemFailures":[]}' > answer.json ;;
    *) echo "aws $*" >&2; exit 1 ;;
  esac
}
"""


def filters() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """The filters of each function that reads a stream, by its name without "Function"."""
    return {
        mapping["FunctionName"].removesuffix("Function"): [
            json.loads(each["Pattern"]) for each in mapping["FilterCriteria"]["Filters"]
        ]
        for mapping in mappings(resolved(**FULL), "dynamodb")
    }


def keys(patterns: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[tuple[str, str]]:
    """Keys of rows: those that the filters of all functions name, and others."""
    named = [pattern["dynamodb"]["Keys"] for several in patterns.values() for pattern in several]
    values = {
        name: {_example(value) for key in named for value in key.get(name, {}).get("S", [])} for name in ("pk", "sk")
    }
    return [*product(sorted(values["pk"] | {"ARTICLE#ferry"}), sorted(values["sk"] | {"ferry", "RELATED"}))]


def _example(value: Any) -> str:
    """A value that a pattern of a filter matches."""
    return str(value) if isinstance(value, str) else f"{value['prefix']}en"


def brought_back(function: str, letters: Sequence[object], records: Sequence[object], folder: Path) -> list[Any]:
    """The events that `bring_back` invokes the function with."""
    required(shutil.which("jq") is not None, "jq is not installed")
    [script] = re.findall(
        r"^take_again\(\) .*?^bring_back\(\) .*?^}$", DOCUMENT.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    (folder / "letters.json").write_text(json.dumps({"Messages": [{"Body": json.dumps(each)} for each in letters]}))
    (folder / "stream.json").write_text(json.dumps({"Records": records}))
    (folder / "sent").write_text("")
    run = ["bash", "-euo", "pipefail", "-c", f"{AWS}\n{script}\nbring_back {function}"]
    subprocess.run(run, cwd=folder, check=True)  # noqa: S603  our own document's lines
    return [json.loads(line) for line in (folder / "sent").read_text().splitlines()]


@pytest.mark.parametrize("function", ["Publish", "Events", "Mailer"])
def test_what_lambda_gave_up_comes_back_through_the_filters_of_the_template(function: str, tmp_path: Path) -> None:
    patterns = filters()
    records: list[dict[str, Any]] = [
        {
            "eventName": event,
            "dynamodb": {"SequenceNumber": str(number), "Keys": {"pk": {"S": pk}, "sk": {"S": sk}}},
        }
        for number, (event, (pk, sk)) in enumerate(product(("INSERT", "MODIFY", "REMOVE"), keys(patterns)))
    ]
    wanted = [record for record in records if any(matches(pattern, record) for pattern in patterns[function])]
    for pattern in patterns[function]:
        assert any(matches(pattern, record) for record in wanted), f"no record here for {pattern}"
    where = {"streamArn": "arn", "shardId": "shard", "startSequenceNumber": "0"}
    letter = {"DDBStreamBatchInfo": where | {"endSequenceNumber": records[-1]["dynamodb"]["SequenceNumber"]}}
    assert brought_back(function, [letter], records, tmp_path) == [{"Records": wanted}]


def test_every_function_on_a_stream_can_be_brought_back() -> None:
    assert set(filters()) == {"Publish", "Events", "Mailer"}


def test_a_record_that_the_function_set_aside_comes_back_as_it_is(tmp_path: Path) -> None:
    event = {"Records": [{"eventName": "REMOVE", "dynamodb": {"SequenceNumber": "7", "NewImage": {"a": {"S": "x y"}}}}]}
    assert brought_back("Publish", [event, event], [], tmp_path) == [event, event]
