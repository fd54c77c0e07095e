"""Whatever is asked of the API, it answers as it is described: schemathesis makes thousands of requests to find one."""

import json
import subprocess
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.local.stack import LocalStack
from infra.local.web import Response
from infra.openapi.document import FILE, ROOT
from tests.openapi.signing import Fault, signing
from tests.readers.clients import required

pytestmark = pytest.mark.proof

SCHEMATHESIS = ROOT / ".venv-schemathesis" / "bin" / "schemathesis"
CONFIG = Path(__file__).parent / "schemathesis.toml"
EXAMPLES = "60"  # of each call, besides the described ones and the edges of each rule


@pytest.fixture(scope="module")
def said() -> list[str]:
    """What the stack says at its terminal."""
    return []


@pytest.fixture(scope="module")
def stack(said: list[str]) -> Iterator[LocalStack]:
    required(SCHEMATHESIS.exists(), "schemathesis is not installed; make proof installs it")
    with LocalStack(say=said.append) as running:
        yield running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The description as it is of this site, for somebody who signs every request."""
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(narrowed(json.loads(FILE.read_text(encoding="utf-8")))), encoding="utf-8")
    return path


def narrowed(document: dict[str, Any]) -> dict[str, Any]:
    """The description with this site's editions and sections, so that what fits is taken; answers hold no more than it
    says, and signatures are nobody's concern.
    """
    made = deepcopy(document)
    article, slot = (made["components"]["schemas"][name]["properties"] for name in ("Article", "Slot"))
    article["edition"]["enum"], slot["edition"]["enum"] = ["en", "ar"], ["en", "ar", None]
    article["section"]["enum"] = ["city", "sport"]
    article["slug"]["pattern"] = "^[a-z]{1,9}$"
    for call in (call for calls in made["paths"].values() for call in calls.values()):
        del call["security"]
        for response in call["responses"].values():
            close(response, made)
    return made


def close(part: Any, document: dict[str, Any]) -> None:
    """Forbid what is not described, in this part and in what it refers to."""
    if isinstance(part, list):
        for inner in part:
            close(inner, document)
    elif isinstance(part, dict) and "example" in part:
        close(part["schema"], document)
    elif isinstance(part, dict):
        if "$ref" in part:
            _, *names = part["$ref"].split("/")
            found = document
            for name in names:
                found = found[name]
            close(found, document)
        if part.get("type") == "object":
            part.setdefault("additionalProperties", False)
        for inner in part.values():
            close(inner, document)


def run(file: Path, url: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  nothing in it is from outside
        [SCHEMATHESIS, "--config-file", CONFIG, "run", file, "--url", url, "--no-color", *options],
        cwd=file.parent,
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_request_gets_an_answer_that_is_not_described(stack: LocalStack, said: list[str], file: Path) -> None:
    """Nor does what was taken break any function that reacts to it."""
    with signing(stack.url) as url:
        done = run(file, url, "--max-examples", EXAMPLES)
    assert done.returncode == 0, done.stdout
    stack.settle(120)
    assert said == []


PROBLEM = b'{"type": "about:blank", "title": "Internal Server Error", "status": 500, "detail": "It is broken."}'
FAULTS: dict[str, tuple[str, Fault]] = {
    "a bug": ("Server error", lambda _: Response(500, [("Content-Type", "application/problem+json")], PROBLEM)),
    "another status": ("Undocumented status code", lambda response: replace(response, status=418)),
    "a page": (
        "Undocumented Content-Type",
        lambda response: replace(response, headers=[("Content-Type", "text/html")]),
    ),
    "a wrong field": ("Response violates schema", lambda response: replace(response, body=b'{"slots": 1}')),
    "a field more": ("Response violates schema", lambda response: replace(response, body=b'{"slots": [], "x": 1}')),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(stack: LocalStack, file: Path, name: str) -> None:
    finding, fault = FAULTS[name]
    with signing(stack.url, fault) as url:
        done = run(file, url, "--max-examples", "3", "--include-path", "/api/slots")
    assert done.returncode == 1
    assert finding in done.stdout
