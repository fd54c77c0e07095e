"""(g) Pages: bytes over the wire, and the time to render them compared with that of their template.

Articles of an archive are rendered from their rows and the sources of their texts, as the publisher does, without AWS.
The peer is Jinja2 with the same template and the finished context: the text as HTML, the linked data as JSON. Both
render the same bytes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from statistics import median
from time import process_time
from typing import Any
from unittest import mock

from jinja2 import Template

from benchmarks import archive
from benchmarks.polling import ENCODINGS
from benchmarks.wire import Exchange, Wire
from broadsheet.model.article import revise
from broadsheet.model.config import Site, parse_site
from broadsheet.model.manuscript import Manuscript
from broadsheet.model.queries import ArticleById, Query, Snapshot, Translations
from broadsheet.render.pages.article import article_pages
from broadsheet.render.shared import markup
from broadsheet.render.shared.target import ChangeSet, Target
from broadsheet.settings import SITE_FILE
from infra.local.deployment.local_deployment import LocalDeployment
from tests.browser import kinds

PAGES, PER_RUN = 1_000, 50
KINDS = ("front", "article", "month")
# The assets of every page, except images.
STYLE, SCRIPT = ("/assets/site.css",), ("/assets/theme.js", "/assets/site.js")

Weight = Mapping[str | None, int]
"""Bytes of responses, headers included, by encoding."""


@dataclass
class Pages:
    """Seconds of processor time for each run: texts to HTML, the pages around them, and the peer."""

    texts: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    peer: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """The time of texts and pages to that of the peer, the median of all runs."""
        times = zip(self.texts, self.pages, self.peer, strict=True)
        return median((texts + pages) / peer for texts, pages, peer in times)

    @property
    def ratio_without_texts(self) -> float:
        """The same without the texts, as if they were HTML already."""
        return median(pages / peer for pages, peer in zip(self.pages, self.peer, strict=True))


def weigh() -> dict[str, Weight]:
    """Bytes over the wire of the sample edition's pages, of its stylesheet and of its scripts, by name."""
    with LocalDeployment(sample=True) as stack, Wire(int(stack.url.rpartition(":")[2])) as wire:
        paths = kinds.paths(stack)
        groups: dict[str, tuple[str, ...]] = {
            f"{kind}, {code}": (paths[code, kind],) for code in kinds.EDITIONS for kind in KINDS
        }
        groups |= {"style": STYLE, "script": SCRIPT}
        return {
            name: {coding: sum(_get(wire, path, coding).received for path in each) for coding in ENCODINGS}
            for name, each in groups.items()
        }


def render(pages: int = PAGES) -> Pages:
    """Render that many articles' pages, each by the code and by the peer, which comes first in every other run."""
    site = parse_site(SITE_FILE.read_text(encoding="utf-8"))
    measured = Pages()
    _measure_run(site, 0, Pages())  # warms up the process
    for run in range(1, pages // PER_RUN + 1):
        _measure_run(site, run, measured)
    return measured


def _measure_run(site: Site, run: int, measured: Pages) -> None:
    manuscripts = [_manuscript(number) for number in range(run * PER_RUN, (run + 1) * PER_RUN)]
    sources = [markup.Source(one.format, one.hash, one.text) for one in manuscripts]
    targets, snapshot = _targets(site, manuscripts)
    measured.texts.append(_time(lambda: [markup.render(source, site.base_url) for source in sources]))
    contexts = _contexts(targets, site, snapshot)
    works: list[tuple[list[float], Callable[[], object]]] = [
        (measured.pages, lambda: [target.render(site, snapshot) for target in targets]),
        (measured.peer, lambda: [template.render(context).encode() for template, context in contexts]),
    ]
    for times, work in works if run % 2 else works[::-1]:
        times.append(_time(work))


def _targets(site: Site, manuscripts: list[Manuscript]) -> tuple[list[Target], Snapshot]:
    """The pages of these articles, and the snapshot from which they are rendered."""
    articles = tuple(revise(None, f"page-{one.hash}", one, archive.NEWEST, site) for one in manuscripts)
    results: dict[Query[Any], Any] = {}
    for article in articles:
        results |= {ArticleById(article.id): article, Translations(article.id): (article,)}
    snapshot = Snapshot(results, {one.hash: one.text for one in manuscripts})
    return list(article_pages(ChangeSet(site, articles, (), {}, {}, {}))), snapshot


def _manuscript(number: int) -> Manuscript:
    """A manuscript of the archive with one more paragraph: 600 words."""
    text, paragraph = archive.text(number), archive.text(number + 1).split("\n\n")[0]
    return replace(archive.manuscript(number), text=f"{text}\n\n{paragraph}")


def _contexts(targets: list[Target], site: Site, snapshot: Snapshot) -> list[tuple[Template, dict[str, Any]]]:
    """The template of each page, with its context."""
    contexts: list[tuple[Template, dict[str, Any]]] = []
    render = Template.render

    def record(template: Template, **context: Any) -> str:
        contexts.append((template, context))
        return render(template, context)

    with mock.patch.object(Template, "render", record):
        for target in targets:
            target.render(site, snapshot)
    return contexts


def _get(wire: Wire, path: str, coding: str | None) -> Exchange:
    return wire.get(path, {"Accept-Encoding": ENCODINGS[coding]})


def _time(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start
