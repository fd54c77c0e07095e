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
from ...model.history import ArchiveDocument, Place
from ...model.queries import (
    ArchiveDocumentsAround,
    ArticleById,
    ArticlesOfMonth,
    Calendar,
    Query,
    Snapshot,
    Translations,
)
from ...render.feeds.channel_feeds import feed_keys
from ...render.outputs import BUILD_MANIFEST, ad_targets, build_manifest, targets
from ...render.shared.target import ChangeSet, RenderedObject, Target
from ...store.bodies import Bodies
from ...store.conflict import LostRace
from ...store.queries import ArticleQueries
from ...store.site_objects import Pages, Version, digest
from .expansion import Expansion, ExpansionBudget, months_to_relink

if TYPE_CHECKING:
    from ...store.websub import WebSubQueue

TRIES = 20
STREAMS_KEEP = timedelta(days=1)
MAX_EXPANSIONS = 3  # how far articles and archive documents are published along, one led to by the other
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
        self, answers: ArticleQueries, bodies: Bodies, pages: Pages, site: Site, hub: "WebSubQueue | None" = None
    ) -> None:
        self._answers = answers
        self._bodies = bodies
        self._pages = pages
        self._site = site
        self._hub = hub
        self._neighbours = Expansion(answers, pages, site)
        self._statics_current = False
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
        queries = dict.fromkeys(ArticleById(state.id) for state in hints)
        documents: Mapping[ArchiveDocumentsAround, tuple[ArchiveDocument, ...]] = {}
        months: tuple[ArticlesOfMonth, ...] = ()
        seen: dict[str, Version | None] = {}
        snapshot = Snapshot({}, {})
        articles_along, documents_along = (
            ExpansionBudget(MAX_EXPANSIONS if along else 0, room) for room in (self.at_once, 3 * self.at_once)
        )
        for _ in range(TRIES):
            asked, articles = self._asked_before(queries, hints, snapshot)
            touched = _touched(self._site, articles, asked, documents, months)
            wanted = [_kept(target, touched) for target in targets(touched, self._statics_are_current())]
            # What was asked for a target after its version was seen is good for every round until something is written.
            new = [target for target in wanted if target.key not in seen]
            seen |= {target.key: self._version(target.key, deadline) for target in new}
            snapshot |= self._ask((target for target in new if not (target.once and seen[target.key])), deadline)
            wanted = [target for target in wanted if not (target.once and seen[target.key])]
            if any(snapshot.answers.get(query, said) != said for query, said in asked.items()):
                continue  # changed just now: its new page must be among the targets before its old one goes
            since = max(state.shown_at for state in hints) - STREAMS_KEEP
            if unpublished_listed := self._neighbours.unpublished_listed(
                snapshot, queries, since, articles_along.room, deadline
            ):
                queries |= unpublished_listed
                articles_along.take(len(unpublished_listed))
                continue
            found = self._neighbours.affected_archive_documents(places, snapshot, deadline)
            snapshot |= Snapshot(cast("Mapping[Query[Any], Any]", found), {})
            beside = months_to_relink(touched, snapshot, since)
            if (documents, months) != (found, beside):
                documents, months = found, beside
                continue
            if ahead := self._neighbours.missing_archive_documents(snapshot, documents, documents_along.room, deadline):
                places |= ahead
                documents_along.take(len(ahead))
                continue
            try:
                wrote = self._write(wanted, snapshot, seen, deadline)
            except LostRace:
                seen, snapshot = {}, Snapshot({}, {})
                continue
            if not wrote or self._ask(wanted, deadline) <= snapshot:
                self._neighbours.remember(articles)
                self._statics_current = True
                if self._hub:
                    self._hub.send(feed_keys(touched.channels))
                return
            seen, snapshot = {}, Snapshot({}, {})
        raise Unsettled(f"{len(queries)} articles after {TRIES} tries")

    def publish_ads(self, deadline: Deadline = UNLIMITED) -> None:
        """Bring what hangs on no article up to date with the table: advertising. Raises `Unsettled` or `OutOfTime`."""
        wanted = ad_targets(self._site)
        for _ in range(TRIES):
            seen = {target.key: self._version(target.key, deadline) for target in wanted}
            snapshot = self._ask(wanted, deadline)
            try:
                wrote = self._write(wanted, snapshot, seen, deadline)
            except LostRace:
                continue
            if not wrote or self._ask(wanted, deadline) <= snapshot:
                return
        raise Unsettled(f"{len(wanted)} objects after {TRIES} tries")

    def _statics_are_current(self) -> bool:
        """Whether the site stands on what it needs before any article. Once it does, it does as long as this code."""
        if not self._statics_current:
            laid = self._record
            version = self._pages.version(BUILD_MANIFEST)
            self._statics_current = version is not None and version.digest == digest(laid.body, _headers(laid))
        return self._statics_current

    @cached_property
    def _record(self) -> RenderedObject:
        return build_manifest(self._site)

    def _asked_before(
        self, queries: Iterable[ArticleById], hints: Iterable[Article], snapshot: Snapshot
    ) -> tuple[dict[Query[Any], Any], list[Article]]:
        """What must be known before it is known what changes touch; and the articles, the latest states last."""
        asked: dict[Query[Any], Any] = {query: snapshot.known(query, self._answers) for query in queries}
        articles = [*hints, *filter(None, asked.values())]
        for article in articles:
            for query in (Translations(article.group), Calendar(article.edition)):
                if query not in asked:
                    asked[query] = snapshot.known(query, self._answers)
        return asked, articles

    def _version(self, key: str, deadline: Deadline) -> Version | None:
        deadline.check()
        return self._pages.version(key)

    def _answer(self, query: Query[Any], deadline: Deadline) -> Any:
        deadline.check()
        return self._answers(query)

    def _body(self, hash: str, deadline: Deadline) -> str:
        deadline.check()
        return self._bodies.get(hash)

    def _ask(self, targets: Iterable[Target], deadline: Deadline) -> Snapshot:
        """The table's answers to all that the targets ask, each question once, and the bodies that they name."""
        targets = tuple(targets)
        asked = (query for target in targets for query in target.queries)
        # The articles last: where one is still as it was before, the listings and counts knew it so, too.
        queries = dict.fromkeys(sorted(asked, key=lambda query: isinstance(query, ArticleById)))
        snapshot = Snapshot({query: self._answer(query, deadline) for query in queries}, {})
        in_full = dict.fromkeys(query for target in targets if target.full_text for query in target.queries)
        hashes = dict.fromkeys(article.body.hash for query in in_full for article in snapshot.articles(query))
        return Snapshot(snapshot.answers, {hash: self._body(hash, deadline) for hash in hashes})

    def _write(
        self, targets: Sequence[Target], snapshot: Snapshot, seen: dict[str, Version | None], deadline: Deadline
    ) -> bool:
        """Write what differs, and say whether anything did. Raises `LostRace` at the first lost race.

        New objects come first: nothing that readers come to leads to them until one that stood before does.
        """
        wrote = False
        outdated = []
        for target in sorted(targets, key=lambda target: seen[target.key] is not None):
            deadline.check()
            output = target.render(self._site, snapshot)
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
    asked: Mapping[Query[Any], Any],
    documents: Mapping[ArchiveDocumentsAround, tuple[ArchiveDocument, ...]],
    months: tuple[ArticlesOfMonth, ...],
) -> ChangeSet:
    held = dict.fromkeys(channel for state in states if state.live for channel in state.channels)
    channels = tuple(channel for channel in held if channel.edition or channel.stands(site))
    translations = {query.group: said for query, said in asked.items() if isinstance(query, Translations)}
    calendars = {query.edition: said for query, said in asked.items() if isinstance(query, Calendar)}
    return ChangeSet(site, tuple(states), channels, documents, translations, calendars, months)


def _kept(target: Target, touched: ChangeSet) -> Target:
    """The target; or its going, where it is of an edition that the site has no longer: an article can still leave."""
    gone = {state.edition for state in touched.articles} - touched.site.editions.keys()
    return Target(target.key, (), lambda _site, _facts: None) if target.key.split("/")[0] in gone else target


def _places(state: Article | None) -> Iterator[tuple[Channel, Place]]:
    if state and state.live:
        yield from ((channel, state.place) for channel in state.channels)


def _headers(output: RenderedObject) -> dict[str, str]:
    return {"ContentType": output.content_type, "CacheControl": output.cache_control}
