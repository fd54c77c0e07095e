"""(g) Pages: what they weigh on their way to readers, and what our own work adds to a template's.

The pages of an archive's articles are rendered from the articles and the sources of their texts, as publishing does it,
without AWS. The peer is Jinja2, which renders the same template from data that is ready: the text as HTML, the linked
data as JSON. Both write the same bytes.
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
from infra.local.deployment.stack import LocalDeployment
from tests.browser import kinds

PAGES, PER_RUN = 1_000, 50
KINDS = ("front", "article", "month")
# What each page asks for besides its own HTML and pictures, in one file or in two.
STYLE, SCRIPT = ("/assets/site.css",), ("/assets/theme.js", "/assets/site.js")

Weight = Mapping[str | None, int]
"""Bytes of answers, heads and all, by the coding that was asked for."""


@dataclass
class Pages:
    """Seconds of processor time, run by run: for texts into HTML, for pages around it, and the peer's."""

    texts: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    peer: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """How many times the peer's time everything takes, the median of all runs."""
        taken = zip(self.texts, self.pages, self.peer, strict=True)
        return median((texts + pages) / peer for texts, pages, peer in taken)

    @property
    def ratio_without_texts(self) -> float:
        """The same, where the texts are HTML already."""
        return median(pages / peer for pages, peer in zip(self.pages, self.peer, strict=True))


def weigh() -> dict[str, Weight]:
    """What the sample edition's pages, the stylesheet and the scripts weigh over the wire, by what they are."""
    with LocalDeployment(sample=True) as stack, Wire(int(stack.url.rpartition(":")[2])) as wire:
        paths = kinds.paths(stack)
        wanted: dict[str, tuple[str, ...]] = {
            f"{kind}, {code}": (paths[code, kind],) for code in kinds.EDITIONS for kind in KINDS
        }
        wanted |= {"style": STYLE, "script": SCRIPT}
        return {
            name: {coding: sum(_get(wire, path, coding).received for path in each) for coding in ENCODINGS}
            for name, each in wanted.items()
        }


def render(pages: int = PAGES) -> Pages:
    """Render that many articles' pages, each once, and by the peer; the peer goes first every other run."""
    site = parse_site(SITE_FILE.read_text(encoding="utf-8"))
    measured = Pages()
    for run in range(-1, pages // PER_RUN):  # the first one pays for what is made once in a process
        sent = [_manuscript(number) for number in range((run + 1) * PER_RUN, (run + 2) * PER_RUN)]
        articles = tuple(revise(None, f"page-{one.hash}", one, archive.NEWEST, site) for one in sent)
        sources = [markup.Source(one.format, one.hash, one.text) for one in sent]
        answers: dict[Query[Any], Any] = {}
        for one in articles:
            answers |= {ArticleById(one.id): one, Translations(one.id): (one,)}
        snapshot = Snapshot(answers, {one.hash: one.text for one in sent})
        targets = list(article_pages(ChangeSet(site, articles, (), {}, {}, {})))
        texts = _time(lambda: [markup.render(one, site.base_url) for one in sources])  # noqa: B023  it runs here
        ready = _ready(targets, site, snapshot)
        takes = [
            (measured.pages, lambda: [target.render(site, snapshot) for target in targets]),  # noqa: B023
            (measured.peer, lambda: [template.render(context).encode() for template, context in ready]),  # noqa: B023
        ]
        taken = [(times, _time(work)) for times, work in (takes if run % 2 else takes[::-1])]
        for times, seconds in [(measured.texts, texts), *taken] if run >= 0 else ():
            times.append(seconds)
    return measured


def _manuscript(number: int) -> Manuscript:
    """An archive's, with a text of 600 words: a paragraph more."""
    text, more = archive.text(number), archive.text(number + 1).split("\n\n")[0]
    return replace(archive.manuscript(number), text=f"{text}\n\n{more}")


def _ready(targets: list[Target], site: Site, snapshot: Snapshot) -> list[tuple[Template, dict[str, Any]]]:
    """The template of each page, and all that it is given."""
    given: list[tuple[Template, dict[str, Any]]] = []
    render = Template.render

    def noted(template: Template, **context: Any) -> str:
        given.append((template, context))
        return render(template, context)

    with mock.patch.object(Template, "render", noted):
        for target in targets:
            target.render(site, snapshot)
    return given


def _get(wire: Wire, path: str, coding: str | None) -> Exchange:
    return wire.get(path, {"Accept-Encoding": ENCODINGS[coding]})


def _time(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start
