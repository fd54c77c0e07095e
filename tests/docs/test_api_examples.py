"""The examples of the API in Python and JavaScript do what they say; test_blocks.py runs those for curl."""

import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.deployment.local_deployment import LocalDeployment
from tests.clients.tools import NODE_MODULES
from tests.docs.blocks import ROOT, blocks
from tests.readers.clients import required

DOCUMENT = ROOT / "docs" / "articles-api.md"
LOCAL = "http://127.0.0.1:8080"


def example(language: str, deployment: LocalDeployment) -> str:
    """The only example in that language, for the deployment."""
    [found] = [block.text for block in blocks(DOCUMENT) if block.language == language]
    assert LOCAL in found
    return found.replace(LOCAL, deployment.url)


def printed(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  our own documents
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_example_in_python_works(local_deployment: LocalDeployment) -> None:
    assert printed(sys.executable, "-c", example("python", local_deployment)) == (
        "created Rowers return to the harbour withdrawn"
    )


@pytest.mark.proof
def test_the_example_in_javascript_works(local_deployment: LocalDeployment, tmp_path: Path) -> None:
    required((NODE_MODULES / "aws4fetch").exists(), "aws4fetch is not installed; make proof installs it")
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    script = tmp_path / "example.mjs"
    script.write_text(example("js", local_deployment), encoding="utf-8")
    assert printed("node", script) == "created Rowers return to the harbour withdrawn"
