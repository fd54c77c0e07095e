"""Papers of other publishers: one without a language in its paths, and one in a language that is not built in.

What judges the sample's pages finds nothing in theirs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import urllib3
from playwright.sync_api import Browser, expect

from broadsheet_cli.client import connect
from infra.local.deployment.local_deployment import LocalDeployment
from tests.browser import judges
from tests.browser.conftest import DESK, load_all
from tests.papers import PHARE, WEEKLY

pytestmark = pytest.mark.proof

ARTICLE = {
    "edition": "fr",
    "headline": "Le phare s’allume plus tôt",
    "summary": "Dès lundi, à 17 heures.",
    "section": "port",
    "published_at": "2026-03-14T10:00:00Z",
    "body": {"format": "markdown", "text": "Le gardien l’a décidé **avec** les pêcheurs."},
}
PAGE = {
    "kind": "page",
    "edition": "fr",
    "slug": "a-propos",
    "headline": "À propos",
    "summary": "Ceux qui font ce journal.",
    "body": {"format": "markdown", "text": "Trois personnes et un phare."},
}


@dataclass(frozen=True)
class Paper:
    """A paper that runs: its front page, and one page of each other layout."""

    running: LocalDeployment
    front: str
    others: tuple[str, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        return (self.front, *(self.front + other for other in self.others))


@pytest.fixture(scope="module", params=["weekly", "phare"])
def paper(request: pytest.FixtureRequest) -> Iterator[Paper]:
    if request.param == "weekly":
        with LocalDeployment(sample=True, paper=WEEKLY) as running:
            article = "2026/11/27/quill-bridge-opens-again-with-room-for-one-tractor-or-two-prams/"
            yield Paper(running, "/", (article, "about/", "section/town/", "archive/", "feeds/", "newsletter/"))
        return
    with LocalDeployment(paper=PHARE) as running:
        with connect(running.url) as editor:
            editor.put("phare", ARTICLE)
            editor.put("a-propos", PAGE)
        running.settle()
        others = ("2026/03/14/le-phare-sallume-plus-tot/", "a-propos/", "section/port/", "archive/", "feeds/")
        yield Paper(running, "/fr/", others)


def test_axe_finds_no_violation(chromium: Browser, paper: Paper) -> None:
    page = chromium.new_page(base_url=paper.running.url, viewport=DESK, reduced_motion="reduce")
    for path in paper.paths:
        page.goto(path, wait_until="networkidle")
        expect(page.locator("header.masthead img:visible")).to_have_count(1)  # the paper's own logo
        load_all(page)
        assert judges.violations(page) == {}, path
    page.close()


def test_the_validator_finds_nothing(paper: Paper, tmp_path: Path) -> None:
    for number, path in enumerate((*paper.paths, "/assets/site.css")):
        ending = Path(path).suffix or ".html"
        (tmp_path / f"{number}{ending}").write_bytes(urllib3.request("GET", paper.running.url + path).data)
    assert judges.faults(tmp_path) == []


@pytest.mark.parametrize("paper", ["weekly"], indirect=True)  # the other one's font is no font
def test_lighthouse_gives_99_of_100_or_more(paper: Paper) -> None:
    for path in paper.paths[:3]:
        assert judges.low_scores(paper.running.url + path) == {}, path
