"""Page weight: the bytes of the HTML as they are, uncompressed, of the sample edition's usual articles and fronts."""

import gzip
from collections.abc import Mapping

import pytest
import urllib3

from infra.local.deployment.local_deployment import LocalDeployment
from tests.browser.kinds import EDITIONS

pytestmark = pytest.mark.proof

LIMITS = {"article": 20_000, "caricature": 20_000, "front": 40_000}
STYLES = 8_000
"""Bytes of the style sheet, compressed."""


@pytest.mark.parametrize("code", EDITIONS)
@pytest.mark.parametrize("kind", LIMITS)
def test_a_page_is_light(paper: LocalDeployment, paths: Mapping[tuple[str, str], str], code: str, kind: str) -> None:
    assert len(fetched(paper, paths[code, kind])) < LIMITS[kind]


@pytest.mark.parametrize("code", EDITIONS)
def test_the_style_sheet_is_light(paper: LocalDeployment, paths: Mapping[tuple[str, str], str], code: str) -> None:
    html = fetched(paper, paths[code, "front"]).decode()
    [sheet] = [part.partition('"')[0] for part in html.split('rel="stylesheet" href="')[1:]]
    assert len(gzip.compress(fetched(paper, sheet))) < STYLES


def fetched(stack: LocalDeployment, path: str) -> bytes:
    answer = urllib3.request("GET", stack.url + path, headers={"Accept": "text/html,*/*"})
    assert answer.status == 200
    return answer.data
