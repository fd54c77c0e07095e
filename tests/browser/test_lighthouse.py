"""Lighthouse gives 99 of 100 or more: performance, accessibility, best practices and SEO."""

from collections.abc import Mapping

import pytest

from infra.local.deployment.local_deployment import LocalDeployment
from tests.browser import judges
from tests.browser.kinds import EDITIONS

pytestmark = pytest.mark.proof

# One page of each layout; the others differ in their words alone. The API, the newsletter's pages and errors are not
# for search engines (robots.txt, noindex), which Lighthouse holds against them.
JUDGED = (
    "doors",
    "front",
    "article",
    "caricature",
    "section",
    "caricatures",
    "day",
    "month",
    "year",
    "archive",
    "feeds",
)


@pytest.mark.parametrize("code", EDITIONS)
@pytest.mark.parametrize("kind", JUDGED)
def test_lighthouse_gives_99_of_100_or_more(
    paper: LocalDeployment, paths: Mapping[tuple[str, str], str], code: str, kind: str
) -> None:
    assert judges.low_scores(paper.url + paths[code, kind]) == {}
