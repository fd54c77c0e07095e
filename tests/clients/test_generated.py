"""Generators make clients of the description with every call, and these put, read, change and withdraw an article."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.deployment.local_deployment import LocalDeployment
from infra.openapi.document import FILE
from tests.api.openapi.description import document
from tests.api.openapi.signing import signing
from tests.clients import tools

pytestmark = pytest.mark.proof

CALLS = {call["operationId"] for calls in document()["paths"].values() for call in calls.values()}
ARTICLE = document()["paths"]["/api/articles/{id}"]["put"]["requestBody"]["content"]["application/json"]["example"]
EXPECTED = {
    "status": 201,
    "outcomes": ["created", "unchanged", "replaced", "withdrawn"],
    "headlines": [ARTICLE["headline"], f"{ARTICLE['headline']} again"],
    "text": ARTICLE["body"]["text"],
    "refused": "not_a_choice",
    "gone": "urn:problem-type:broadsheet:gone",
}


@pytest.fixture(scope="module")
def api(local_deployment: LocalDeployment) -> Iterator[str]:
    """The URL of a proxy that signs every request: no generator knows AWS Signature Version 4."""
    with signing(local_deployment.url) as url:
        yield url


def test_openapi_python_client_leaves_nothing_out(api: str, tmp_path: Path) -> None:
    printed = tools.python_client(FILE, tmp_path)
    assert not re.search("warning|skipping|unable", printed, re.IGNORECASE), printed
    modules = (tmp_path / "generated_client/api").glob("*/[!_]*.py")
    assert {module.stem for module in modules} == CALLS
    assert used("with_openapi_python_client.py", api, tmp_path) == EXPECTED


def test_openapi_generator_leaves_nothing_out(api: str, tmp_path: Path) -> None:
    printed = tools.openapi_generator(FILE, tmp_path)
    assert " ERROR " not in printed, printed
    code = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "generated_client/api").glob("*_api.py"))
    methods = r"^    def ([a-z]\w+?)(?:_with_http_info|_without_preload_content)?\("
    assert set(re.findall(methods, code, re.MULTILINE)) == CALLS
    assert used("with_openapi_generator.py", api, tmp_path) == EXPECTED


def test_openapi_typescript_leaves_nothing_out(api: str, tmp_path: Path) -> None:
    """And the compiler refuses a field and a path that the API does not have: with_openapi_fetch.mts has one each."""
    tools.typescript_client(FILE, tmp_path)
    types = (tmp_path / "description.d.ts").read_text(encoding="utf-8")
    operations = types.partition("export interface operations {\n")[2]
    assert set(re.findall(r"^    (\w+): \{", operations, re.MULTILINE)) == CALLS
    printed = tools.run("node", "with_openapi_fetch.mjs", api, "by-node", json.dumps(ARTICLE), folder=tmp_path)
    assert json.loads(printed) == EXPECTED


def used(script: str, api: str, folder: Path) -> object:
    """What the script prints, which uses the package in the folder."""
    id = script.partition(".")[0].replace("_", "-")
    command = (tools.python_tool("python"), tools.HERE / script, api, id, json.dumps(ARTICLE))
    return json.loads(tools.run(*command, folder=folder, PYTHONPATH=str(folder)))
