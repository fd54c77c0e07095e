"""From changed articles to the site: every page and feed that a change touches is made again from the table.

Two publishers may work on one page at the same time. Each reads the page's version, then the table, renders, and
writes only over the version that it saw; who is refused starts again. Whoever has written looks at the table once more
before it leaves: a page that went back to an earlier state has its earlier version too (S3's tags are hashes of
content), so an unchanged version alone does not prove that nothing happened.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from ...deadline import UNLIMITED, Deadline
from ...model.article import Article
from ...model.channel import Channel
from ...model.config import Site
from ...model.history import Document, Place
from ...model.queries import Calendar, Documents, Facts, Monthly, Question, State, Translations
from ...render.feeds.channel_feeds import topics
from ...render.outputs import RECORDED, apart, record, targets
from ...render.shared.target import Output, Target, Touched
from ...store.bodies import Bodies
from ...store.queries import Answers
from ...store.site_objects import LostWrite, Pages, Version, digest
from .expansion import Along, Neighbours, months_beside

if TYPE_CHECKING:
    from ...store.websub import WebSubQueue

TRIES = 20
STREAMS_KEEP = timedelta(days=1)
AHEAD = 3  # how far articles and archive documents are published along, one led to by the other
# Changes that are published together, listed articles that are published along with them, and a third of the archive
# documents. Twenty articles that share nothing take about a third of the function's time.
MOST_AT_ONCE = 10


class Unsettled(Exception):
    """Others kept writing the same pages; nothing is lost, and the stream brings the change again."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of an article: its states before and after, as far as the stream tells. Only a hint where to look."""

    before: Article | None
    after: Article | None

    @property
    def places(self) -> Iterator[tuple[Channel, Place, bool]]:
        """The places in channels that it touches, and whether the article joined the channel there."""
        former = set(_places(self.before))
        present = set(_places(self.after))
        yield from ((*at, at not in former) for at in _places(self.after))
        yield from ((*at, False) for at in _places(self.before) if at not in present)


class Publisher:
    """Makes what the table says true of the site."""

    def __init__(
        self, answers: Answers, bodies: Bodies, pages: Pages, site: Site, hub: "WebSubQueue | None" = None
    ) -> None:
        self._answers = answers
        self._bodies = bodies
        self._pages = pages
        self._site = site
        self._hub = hub
        self._neighbours = Neighbours(answers, pages, site)
        self._grounded = False
        self.at_once = MOST_AT_ONCE
        """How many changes to publish together; fewer after a part that did not fit into an invocation's time."""

    def publish(self, changes: Iterable[Change], along: bool = True, deadline: Deadline = UNLIMITED) -> None:
        """Bring every object that the changes touch up to date with the table.

        Pages stand before anything links to them and go after nothing does: new ones come first, then those that stood,
        both in the order of SURFACES, deletions last. An article that a listing names already, and whose own publisher
        has not come to it yet, is published `along`; so is an archive document that is led to. The hub hears of the
        feeds at the end, changed or not: it may be that the one who changed them came to no end. Raises `Unsettled`
        when others win every race.
        """
        changes = tuple(changes)
        hints = [state for change in changes for state in (change.before, change.after) if state]
        if not hints:
            return
        places: dict[tuple[Channel, Place], bool] = {}
        for channel, place, joined in (found for change in changes for found in change.places):
            places[channel, place] = joined or places.get((channel, place), False)
        questions = dict.fromkeys(State(state.id) for state in hints)
        documents: Mapping[Documents, tuple[Document, ...]] = {}
        months: tuple[Monthly, ...] = ()
        seen: dict[str, Version | None] = {}
        facts = Facts({}, {})
        articles_along, documents_along = (
            Along(AHEAD if along else 0, room) for room in (self.at_once, 3 * self.at_once)
        )
        for _ in range(TRIES):
            asked, articles = self._asked_before(questions, hints, facts)
            touched = _touched(self._site, articles, asked, documents, months)
            wanted = [_kept(target, touched) for target in targets(touched, self._is_grounded())]
            # What was asked for a target after its version was seen is good for every round until something is written.
            new = [target for target in wanted if target.key not in seen]
            seen |= {target.key: self._version(target.key, deadline) for target in new}
            facts |= self._ask((target for target in new if not (target.once and seen[target.key])), deadline)
            wanted = [target for target in wanted if not (target.once and seen[target.key])]
            if any(facts.answers.get(question, said) != said for question, said in asked.items()):
                continue  # changed just now: its new page must be among the targets before its old one goes
            since = max(state.shown_at for state in hints) - STREAMS_KEEP
            if awaited := self._neighbours.awaited(facts, questions, since, articles_along.room, deadline):
                questions |= awaited
                articles_along.take(len(awaited))
                continue
            found = self._neighbours.archived(places, facts, deadline)
            facts |= Facts(cast("Mapping[Question[Any], Any]", found), {})
            beside = months_beside(touched, facts, since)
            if (documents, months) != (found, beside):
                documents, months = found, beside
                continue
            if ahead := self._neighbours.led_to(facts, documents, documents_along.room, deadline):
                places |= ahead
                documents_along.take(len(ahead))
                continue
            try:
                wrote = self._write(wanted, facts, seen, deadline)
            except LostWrite:
                seen, facts = {}, Facts({}, {})
                continue
            if not wrote or self._ask(wanted, deadline) <= facts:
                self._neighbours.remember(articles)
                self._grounded = True
                if self._hub:
                    self._hub.send(topics(touched.channels))
                return
            seen, facts = {}, Facts({}, {})
        raise Unsettled(f"{len(questions)} articles after {TRIES} tries")

    def publish_apart(self, deadline: Deadline = UNLIMITED) -> None:
        """Bring what hangs on no article up to date with the table: advertising. Raises `Unsettled` or `OutOfTime`."""
        wanted = apart(self._site)
        for _ in range(TRIES):
            seen = {target.key: self._version(target.key, deadline) for target in wanted}
            facts = self._ask(wanted, deadline)
            try:
                wrote = self._write(wanted, facts, seen, deadline)
            except LostWrite:
                continue
            if not wrote or self._ask(wanted, deadline) <= facts:
                return
        raise Unsettled(f"{len(wanted)} objects after {TRIES} tries")

    def _is_grounded(self) -> bool:
        """Whether the site stands on what it needs before any article. Once it does, it does as long as this code."""
        if not self._grounded:
            laid = self._record
            version = self._pages.version(RECORDED)
            self._grounded = version is not None and version.digest == digest(laid.body, _headers(laid))
        return self._grounded

    @cached_property
    def _record(self) -> Output:
        return record(self._site)

    def _asked_before(
        self, questions: Iterable[State], hints: Iterable[Article], facts: Facts
    ) -> tuple[dict[Question[Any], Any], list[Article]]:
        """What must be known before it is known what changes touch; and the articles, the latest states last."""
        asked: dict[Question[Any], Any] = {question: facts.known(question, self._answers) for question in questions}
        articles = [*hints, *filter(None, asked.values())]
        for article in articles:
            for question in (Translations(article.group), Calendar(article.edition)):
                if question not in asked:
                    asked[question] = facts.known(question, self._answers)
        return asked, articles

    def _version(self, key: str, deadline: Deadline) -> Version | None:
        deadline.check()
        return self._pages.version(key)

    def _answer(self, question: Question[Any], deadline: Deadline) -> Any:
        deadline.check()
        return self._answers(question)

    def _body(self, hash: str, deadline: Deadline) -> str:
        deadline.check()
        return self._bodies.get(hash)

    def _ask(self, targets: Iterable[Target], deadline: Deadline) -> Facts:
        """The table's answers to all that the targets ask, each question once, and the bodies that they name."""
        targets = tuple(targets)
        asked = (question for target in targets for question in target.questions)
        # The articles last: where one is still as it was before, the listings and counts knew it so, too.
        questions = dict.fromkeys(sorted(asked, key=lambda question: isinstance(question, State)))
        facts = Facts({question: self._answer(question, deadline) for question in questions}, {})
        in_full = dict.fromkeys(question for target in targets if target.full_text for question in target.questions)
        hashes = dict.fromkeys(article.body.hash for question in in_full for article in facts.articles(question))
        return Facts(facts.answers, {hash: self._body(hash, deadline) for hash in hashes})

    def _write(
        self, targets: Sequence[Target], facts: Facts, seen: dict[str, Version | None], deadline: Deadline
    ) -> bool:
        """Write what differs, and say whether anything did. Raises `LostWrite` at the first lost race.

        New objects come first: nothing that readers come to leads to them until one that stood before does.
        """
        wrote = False
        outdated = []
        for target in sorted(targets, key=lambda target: seen[target.key] is not None):
            deadline.check()
            output = target.render(self._site, facts)
            if output is None:
                outdated.append(target.key)
            elif self._pages.put(target.key, output.body, _headers(output), seen[target.key]):
                wrote = True
        for gone in outdated:
            deadline.check()
            wrote = self._pages.delete(gone, seen[gone]) or wrote
        return wrote


def _touched(
    site: Site,
    states: Sequence[Article],
    asked: Mapping[Question[Any], Any],
    documents: Mapping[Documents, tuple[Document, ...]],
    months: tuple[Monthly, ...],
) -> Touched:
    held = dict.fromkeys(channel for state in states if state.live for channel in state.channels)
    channels = tuple(channel for channel in held if channel.edition or channel.stands(site))
    translations = {question.group: said for question, said in asked.items() if isinstance(question, Translations)}
    calendars = {question.edition: said for question, said in asked.items() if isinstance(question, Calendar)}
    return Touched(site, tuple(states), channels, documents, translations, calendars, months)


def _kept(target: Target, touched: Touched) -> Target:
    """The target; or its going, where it is of an edition that the site has no longer: an article can still leave."""
    gone = {state.edition for state in touched.articles} - touched.site.editions.keys()
    return Target(target.key, (), lambda _site, _facts: None) if target.key.split("/")[0] in gone else target


def _places(state: Article | None) -> Iterator[tuple[Channel, Place]]:
    if state and state.live:
        yield from ((channel, state.place) for channel in state.channels)


def _headers(output: Output) -> dict[str, str]:
    return {"ContentType": output.content_type, "CacheControl": output.cache_control}
