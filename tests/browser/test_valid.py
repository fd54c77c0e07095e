"""The HTML and CSS are valid: the Nu validator finds neither errors nor warnings."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import urllib3

from infra.local.deployment.local_deployment import LocalDeployment
from tests.browser import judges, kinds

pytestmark = pytest.mark.proof

# The smallest document around a fragment, in the language of its edition, with the headings that a page has above it.
DOCUMENT = (
    '<!doctype html>\n<html lang="{code}"{dir}>\n<head><title>Fragment</title></head>\n'
    "<body>\n<h1>Page</h1>\n<h2>Part</h2>\n{html}</body>\n</html>\n"
)


def test_the_validator_finds_nothing(
    paper: LocalDeployment, paths: Mapping[tuple[str, str], str], tmp_path: Path
) -> None:
    """In each kind of page, fragment and stylesheet."""
    for (code, kind), path in paths.items():
        (tmp_path / f"{kind}.{code}.html").write_bytes(fetched(paper, path))
    for path in kinds.objects(paper, "/fragments/", ".html"):
        code = path.split("/")[1]
        html = DOCUMENT.format(
            code=code, dir=' dir="rtl"' if code == "ar" else "", html=fetched(paper, path).decode("utf-8")
        )
        (tmp_path / f"{Path(path).stem}.{code}.fragment.html").write_text(html, encoding="utf-8")
    for path in kinds.objects(paper, "assets/", ".css"):
        (tmp_path / Path(path).name).write_bytes(fetched(paper, path))
    assert judges.faults(tmp_path) == []


def fetched(stack: LocalDeployment, path: str) -> bytes:
    return urllib3.request("GET", stack.url + path, headers={"Accept": "text/html"}).data
