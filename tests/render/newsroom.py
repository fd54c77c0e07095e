"""Articles in memory, and what the table would answer about them: enough to render any surface."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from broadsheet.model import schema, site
from broadsheet.model.article import Article, revise
from broadsheet.model.facts import Counts, Facts, Newest, On, State
from broadsheet.model.site import Site
from broadsheet.render.surfaces import SURFACES
from broadsheet.render.target import Output, Target
from broadsheet.settings import SITE_FILE

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
SITE = site.parse(SITE_FILE.read_text(encoding="utf-8"))


def fields(**changed: Any) -> dict[str, Any]:
    """An article as an editor would send it, with the fields that a test cares about."""
    return {
        "edition": "en",
        "headline": "Ferry returns to the old harbour",
        "body": {"format": "markdown", "text": "The *night ferry* called at six."},
        "section": "city",
        "published_at": "2026-03-14T10:00:00+02:00",
    } | changed


class Newsroom:
    """Articles and the sources of their bodies."""

    def __init__(self, site: Site = SITE) -> None:
        self.site = site
        self.articles: dict[str, Article] = {}
        self.bodies: dict[str, str] = {}

    def put(self, id: str, now: datetime = NOON, **changed: Any) -> Article:
        """Put an article in as an editor; its address gets its id where two would be the same."""
        manuscript = schema.parse(fields(**changed), self.site)
        article = revise(self.articles.get(id), id, manuscript, now, self.site)
        taken = {other.path for other in self.articles.values() if other.id != id}
        if article.path in taken:
            article = replace(article, path=f"{article.path}".removesuffix("/") + f"-{len(taken)}/")
        self.bodies[manuscript.hash] = manuscript.text
        self.articles[id] = article
        return article

    def facts(self, targets: Iterable[Target]) -> Facts:
        """What the table answers to these targets' questions."""
        questions = {question for target in targets for question in target.questions}
        live = sorted((a for a in self.articles.values() if a.live), key=lambda a: (a.published_at, a.id), reverse=True)
        return Facts(
            articles={q: next((a for a in live if a.id == q.id), None) for q in questions if isinstance(q, State)},
            listings={q: tuple(_listed(q, live)) for q in questions if isinstance(q, Newest | On)},
            counts={
                q: Counter(a.day for a in live if (a.edition, a.day.year) == (q.edition, q.year))
                for q in questions
                if isinstance(q, Counts)
            },
            bodies=self.bodies,
        )

    def targets(self) -> dict[str, Target]:
        """Every target of every article, in the order of writing."""
        found = (target for surface in SURFACES for a in self.articles.values() for target in surface(a, self.site))
        return {target.key: target for target in found}

    def build(self) -> dict[str, Output]:
        """The whole site."""
        targets = self.targets()
        facts = self.facts(targets.values())
        outputs = {key: target.render(self.site, facts) for key, target in targets.items()}
        return {key: output for key, output in outputs.items() if output}


def _listed(question: Newest | On, live: list[Article]) -> Iterator[Article]:
    articles = [article for article in live if article.edition == question.edition]
    if isinstance(question, Newest):
        yield from articles[: question.limit]
    else:
        yield from (article for article in articles if article.day == question.day)
