"""The HTML and CSS are valid: the Nu validator finds neither errors nor warnings."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import urllib3

from infra.local.deployment.local_deployment import LocalDeployment
from tests.browser import kinds
from tests.browser.conftest import NODE_MODULES
from tests.readers.clients import required

pytestmark = pytest.mark.proof

VALIDATOR = NODE_MODULES / "vnu-jar/build/dist/vnu.jar"
# The smallest document around a fragment, in the language of its edition, with the headings that a page has above it.
DOCUMENT = (
    '<!doctype html>\n<html lang="{code}"{dir}>\n<head><title>Fragment</title></head>\n'
    "<body>\n<h1>Page</h1>\n<h2>Part</h2>\n{html}</body>\n</html>\n"
)


@pytest.fixture(scope="module")
def found(
    paper: LocalDeployment, paths: Mapping[tuple[str, str], str], tmp_path_factory: pytest.TempPathFactory
) -> list[dict[str, Any]]:
    """What the validator finds in each kind of page, fragment and stylesheet, in one run of Java."""
    required(shutil.which("java") is not None, "java is not installed")
    required(VALIDATOR.exists(), "vnu is not installed; make proof installs it")
    folder = tmp_path_factory.mktemp("served")
    for (code, kind), path in paths.items():
        (folder / f"{kind}.{code}.html").write_bytes(fetched(paper, path))
    for path in kinds.objects(paper, "/fragments/", ".html"):
        code = path.split("/")[1]
        html = DOCUMENT.format(
            code=code, dir=' dir="rtl"' if code == "ar" else "", html=fetched(paper, path).decode("utf-8")
        )
        (folder / f"{Path(path).stem}.{code}.fragment.html").write_text(html, encoding="utf-8")
    for path in kinds.objects(paper, "assets/", ".css"):
        (folder / Path(path).name).write_bytes(fetched(paper, path))
    done = subprocess.run(  # noqa: S603  nothing in it is from outside
        ["java", "-jar", VALIDATOR, "--format", "json", "--exit-zero-always", "--also-check-css", folder],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    )
    messages: list[dict[str, Any]] = json.loads(done.stderr)["messages"]
    return messages


def fetched(stack: LocalDeployment, path: str) -> bytes:
    return urllib3.request("GET", stack.url + path, headers={"Accept": "text/html"}).data


def test_the_validator_finds_nothing(found: list[dict[str, Any]]) -> None:
    errors = [
        f"{Path(unquote(one['url'])).name}:{one.get('lastLine')}: {one['message']} {one.get('extract', '')}"
        for one in found
    ]
    assert errors == []
