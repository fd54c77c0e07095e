"""The function that CloudFront runs before it looks a page up, taken from the template and run by Node.

The cases are in a file of their own, because the local stack follows the same rule and is held to the same table.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from infra.local import template

ROOT = Path(__file__).parent.parent
CASES: list[dict[str, str]] = json.loads((ROOT / "tests/directory_index_cases.json").read_text("utf-8"))

# CloudFront hands the function each parameter once, as it was sent, with all its values.
HARNESS = """
const parse = (query) => {
  const parameters = {};
  for (const pair of query.split('&').filter(Boolean)) {
    const [name, value = ''] = pair.split('=');
    if (!(name in parameters)) parameters[name] = { value };
    else (parameters[name].multiValue ||= [{ value: parameters[name].value }]).push({ value });
  }
  return parameters;
};
const cases = JSON.parse(require('fs').readFileSync(0, 'utf-8'));
const answers = cases.map(({ uri, query }) =>
  handler({ request: { method: 'GET', uri, querystring: parse(query), headers: {}, cookies: {} } }));
console.log(JSON.stringify(answers));
"""


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, Any]]:
    resources = template.read(ROOT / "template.yaml", {})["Resources"]
    code = resources["DirectoryIndex"]["Properties"]["FunctionCode"]
    node = subprocess.run(  # noqa: S603  it runs our own code
        ["node", "--eval", f"{code}\n{HARNESS}"],  # noqa: S607  whichever Node is on the PATH
        input=json.dumps(CASES),
        capture_output=True,
        text=True,
        check=True,
    )
    return {case["what"]: answer for case, answer in zip(CASES, json.loads(node.stdout), strict=True)}


@pytest.mark.parametrize("case", CASES, ids=[case["what"] for case in CASES])
def test_it_serves_or_sends_on(case: dict[str, str], answers: dict[str, dict[str, Any]]) -> None:
    answer = answers[case["what"]]
    if "serves" in case:
        assert answer["uri"] == case["serves"]
    else:
        assert answer["statusCode"] == 301
        assert answer["headers"]["location"]["value"] == case["moves_to"]


def test_it_never_sends_a_reader_to_another_site(answers: dict[str, dict[str, Any]]) -> None:
    moves = [answer["headers"]["location"]["value"] for answer in answers.values() if "statusCode" in answer]
    assert moves
    assert all(move[0] == "/" and move[1] not in "/\\" for move in moves)
