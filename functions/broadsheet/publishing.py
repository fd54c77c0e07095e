"""From changed articles to the site: every page and feed that a change touches is made again from the table.

Two publishers may work on one page at the same time. Each reads the page's version, then the table, renders, and
writes only over the version that it saw; who is refused starts again. Whoever has written looks at the table once more
before it leaves: a page that went back to an earlier state has its earlier version too (S3's tags are hashes of
content), so an unchanged version alone does not prove that nothing happened.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .model.article import Article
from .model.facts import Counts, Facts, Newest, On, Question, State
from .model.site import Site
from .render.addresses import key
from .render.surfaces import SURFACES
from .render.target import Output, Target
from .store.articles import Articles
from .store.bodies import Bodies
from .store.site import LostWrite, Pages, Version
from .telemetry import logger

TRIES = 20
REMEMBERED = 10_000  # pages that a warm function knows to be there


class Unsettled(Exception):
    """Others kept writing the same pages; nothing is lost, and the stream brings the change again."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of an article: its states before and after, as far as the stream tells. Only a hint where to look."""

    before: Article | None
    after: Article | None


class Publisher:
    """Makes what the table says true of the site."""

    def __init__(self, articles: Articles, bodies: Bodies, pages: Pages, site: Site) -> None:
        self._articles = articles
        self._bodies = bodies
        self._pages = pages
        self._site = site
        self._standing: set[tuple[str, int]] = set()

    def publish(self, changes: Iterable[Change]) -> None:
        """Bring every object that the changes touch up to date with the table.

        Pages stand before anything links to them and go after nothing does: writes are in the order of SURFACES,
        deletions after them. An article that a listing names already, and whose own publisher has not come to it yet,
        is published along. Raises `Unsettled` when others win every race.
        """
        hints = [state for change in changes for state in (change.before, change.after) if state]
        questions = dict.fromkeys(State(state.id) for state in hints)
        for _ in range(TRIES):
            states = {question: self._articles.get(question.id) for question in questions}
            targets = touched([*hints, *filter(None, states.values())], self._site)
            seen = {target.key: self._pages.version(target.key) for target in targets}
            targets = [target for target in targets if not (target.once and seen[target.key])]
            facts = self._ask(targets)
            if any(facts.articles.get(question, state) != state for question, state in states.items()):
                continue  # changed just now: its new page must be among the targets before its old one goes
            if awaited := self._awaited(facts, questions):
                questions |= awaited
                continue
            try:
                wrote = self._write(targets, facts, seen)
            except LostWrite:
                continue
            if not wrote or self._ask(targets) == facts:
                self._remember(states.values())
                return
        raise Unsettled(f"{len(questions)} articles after {TRIES} tries")

    def _awaited(self, facts: Facts, own: Mapping[State, None]) -> dict[State, None]:
        """The listed articles, but our own, whose pages are not there."""
        listed = dict.fromkeys(article for answer in facts.listings.values() for article in answer)
        others = [a for a in listed if State(a.id) not in own and (a.id, a.revision) not in self._standing]
        awaited = [article for article in others if self._pages.version(key(article.path or "/")) is None]
        self._remember(article for article in others if article not in awaited)
        return dict.fromkeys(State(article.id) for article in awaited)

    def _remember(self, articles: Iterable[Article | None]) -> None:
        """Note whose pages are there. One that goes away does so by a new revision."""
        if len(self._standing) > REMEMBERED:
            self._standing.clear()
        self._standing |= {(article.id, article.revision) for article in articles if article and article.live}

    def _ask(self, targets: Sequence[Target]) -> Facts:
        """The table's answers to all that the targets ask, each question once, and the bodies that they name."""
        asked = (question for target in targets for question in target.questions)
        # The articles last: where one is still as it was before, the listings and counts knew it so, too.
        questions = dict.fromkeys(sorted(asked, key=lambda question: isinstance(question, State)))
        answers = {question: self._articles.answer(question, self._site) for question in questions}
        in_full = dict.fromkeys(question for target in targets if target.full_text for question in target.questions)
        hashes = dict.fromkeys(article.body.hash for q in in_full for article in _articles(q, answers[q]))
        return Facts(
            articles={q: answer for q, answer in answers.items() if isinstance(q, State)},
            listings={q: answer for q, answer in answers.items() if isinstance(q, Newest | On)},
            counts={q: answer for q, answer in answers.items() if isinstance(q, Counts)},
            bodies={digest: self._bodies.get(digest) for digest in hashes},
        )

    def _write(self, targets: Sequence[Target], facts: Facts, seen: dict[str, Version | None]) -> bool:
        """Write what differs, and say whether anything did. Raises `LostWrite` at the first lost race."""
        wrote = False
        outdated = []
        for target in targets:
            output = target.render(self._site, facts)
            if output is None:
                outdated.append(target.key)
            elif self._pages.put(target.key, output.body, _headers(output), seen[target.key]):
                wrote = True
        for gone in outdated:
            wrote = self._pages.delete(gone, seen[gone]) or wrote
        return wrote


def publish_batch(publisher: Publisher, changes: Mapping[str, Change]) -> list[str]:
    """Publish a batch of changes by their sequence numbers, and name those that failed.

    Together, each page is made once, however many of them touch it. Should that fail, each is tried on its own, so
    that one change that cannot be published does not hold up the others.
    """
    try:
        publisher.publish(changes.values())
    except Unsettled:
        logger.exception("too many others are publishing; the stream brings the batch again")
        return list(changes)
    except Exception:  # noqa: BLE001  # whatever it is, it is one change's, and the next step finds out whose
        logger.exception("a batch failed; trying its changes one by one", extra={"changes": len(changes)})
    else:
        return []
    failed = []
    for sequence, change in changes.items():
        try:
            publisher.publish((change,))
        except Exception:  # noqa: BLE001  # it is reported, and the stream brings the change again
            logger.exception("a change cannot be published")
            failed.append(sequence)
    return failed


def touched(states: Sequence[Article], site: Site) -> list[Target]:
    """Every object that one of the states stands in, once, in the order of SURFACES.

    What it touches of an edition that the site no longer has goes: an article can still leave it.
    """
    targets = (_of(state, target, site) for surface in SURFACES for state in states for target in surface(state, site))
    wanted: dict[str, Target] = {}
    for target in targets:
        wanted.setdefault(target.key, target)
    return list(wanted.values())


def _of(state: Article, target: Target, site: Site) -> Target:
    if state.edition in site.editions or not target.key.startswith(f"{state.edition}/"):
        return target
    return Target(target.key, (), lambda _site, _facts: None)


def _articles(question: Question, answer: object) -> Iterable[Article]:
    match question, answer:
        case State(), Article(live=True) as article:
            return (article,)
        case ((Newest() | On()), tuple() as articles):
            return articles
    return ()


def _headers(output: Output) -> dict[str, str]:
    return {"ContentType": output.content_type, "CacheControl": output.cache_control}
