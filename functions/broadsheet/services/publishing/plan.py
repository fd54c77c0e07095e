"""From a scope to the targets of a run. Results may enlarge the scope, so planning repeats until nothing changes."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date

from ...model.article import Article
from ...model.config import Site
from ...model.newsletter.issue import IssueKey, news_at
from ...model.queries import Calendar, EditionsNaming, IssuesWith, Translations
from ...render.outputs import targets
from ...render.shared.target import ChangeSet, Target
from ...telemetry import logger
from .causes import channels_of
from .expansion import (
    ExpansionBudget,
    KnownObjects,
    affected_archive_documents,
    missing_archive_documents,
    months_to_relink,
    unpublished_listed,
)
from .scope import Scope
from .snapshot import SnapshotReader

MOST_NOTED = 20  # ids in a line of the log
MAX_ROUNDS = 20  # of planning in one attempt: expansions, and articles that other clients change meanwhile
MAX_EXPANSIONS = 3  # rounds in one run: how long a chain of links to missing objects is followed
MAX_ADDED_ARTICLES, MAX_ADDED_DOCUMENTS = 20, 60  # in one run


class Unplanned(Exception):
    """The articles of a run kept changing while it was planned. Nothing is lost: the stream delivers it again."""


class Planner:
    """Plans one run. Its scope, its budgets and what it found stay when a lost race makes the run start again."""

    def __init__(self, scope: Scope, site: Site, known: KnownObjects, include_pending: bool) -> None:
        rounds = MAX_EXPANSIONS if include_pending else 0
        self._scope = scope
        self._site = site
        self._known = known
        self._articles_budget = ExpansionBudget(rounds, MAX_ADDED_ARTICLES)
        self._documents_budget = ExpansionBudget(rounds, MAX_ADDED_DOCUMENTS)
        self.changes = ChangeSet(site)

    def plan(
        self,
        reader: SnapshotReader,
        others: Sequence[Target],
        settled: Collection[str],
        statics_current: Callable[[SnapshotReader], bool],
    ) -> list[Target]:
        """The targets of an attempt; `reader` has looked at them. Raises `Unplanned` where it finds no end.

        They are those of the changes, and the `others`, which the run wants whatever changed; without those that are
        `settled`, by key.
        """
        self.changes = self._reread(reader)
        for number in range(1, MAX_ROUNDS + 1):
            found = self._targets(others, lambda: statics_current(reader))
            wanted = [target for target in found if target.key not in settled]
            reader.look(wanted)
            before, self.changes = self.changes, self._next(reader)
            self._note_round(number, wanted)
            if self.changes == before:
                return reader.wanted(wanted)
        raise Unplanned(f"{len(self._scope.articles)} articles have no plan after {MAX_ROUNDS} rounds")

    def _note_round(self, number: int, wanted: Sequence[Target]) -> None:
        """Note, for the log of a run that fails later, what a round of planning found."""
        about = {
            "round": number,
            "articles": [query.id for query in self._scope.articles[:MOST_NOTED]],
            "articles_in_all": len(self._scope.articles),
            "channels": len(self.changes.channels),
            "archive_documents": len(self.changes.documents),
            "months": len(self.changes.months),
            "targets": len(wanted),
        }
        logger.debug("a round of planning ends", extra=about)

    def _targets(self, others: Sequence[Target], statics_current: Callable[[], bool]) -> list[Target]:
        """The targets of the change set, and the other ones; each key once."""
        if not self.changes.articles:
            return list(others)
        of_changes = [_possible(target, self.changes) for target in targets(self.changes, statics_current())]
        keys = {target.key for target in of_changes}
        return [*of_changes, *(target for target in others if target.key not in keys)]

    def _next(self, reader: SnapshotReader) -> ChangeSet:
        """The change set by what was read since the last one; the same where nothing is to be added."""
        current = self._reread(reader)
        if current != self.changes:
            return current  # changed just now: a new page must be among the targets before the old one is deleted
        if found := unpublished_listed(self._scope, reader, self._known, self._site, self._articles_budget.remaining):
            self._articles_budget.spend(len(found))
            self._scope.add_articles(found)
            return self._reread(reader)
        if not current.articles:
            return current
        after = replace(
            current,
            documents=affected_archive_documents(self._scope, reader, self._site),
            months=months_to_relink(current, self._scope, reader.snapshot),
        )
        return after if after != current else self._with_missing_documents(current, reader)

    def _with_missing_documents(self, changes: ChangeSet, reader: SnapshotReader) -> ChangeSet:
        most = self._documents_budget.remaining
        missing = missing_archive_documents(changes.documents, reader, self._known, self._site, most)
        if not missing:
            return changes
        self._documents_budget.spend(len(missing))
        self._scope.add_places(missing)
        return replace(changes, documents=affected_archive_documents(self._scope, reader, self._site))

    def _reread(self, reader: SnapshotReader) -> ChangeSet:
        """The change set with the present states of the scope's articles, after the states that the stream reported."""
        now = reader.results(self._scope.articles)
        articles = (*self._scope.hints, *filter(None, now))
        groups = list(dict.fromkeys(Translations(article.group) for article in articles))
        editions = list(dict.fromkeys(article.edition for article in articles))
        naming = list(dict.fromkeys(EditionsNaming(article.id) for article in articles))
        holding = list(dict.fromkeys(map(_issues_with, self._scope.shown)))
        reader.fetch([*groups, *naming, *holding])
        related = {query.id: set(reader.result(query)) for query in naming}
        for article in articles:
            for id in article.related:
                related.setdefault(id, set()).add(article.edition)
        return replace(
            self.changes,
            articles=articles,
            channels=channels_of(articles, self._site),
            translations={query.group: reader.result(query) for query in groups},
            # Articles that may be on cards: those that these name, and those of these that others name.
            related={id: tuple(sorted(found)) for id, found in related.items()},
            issues=_by_article(reader, holding),
            calendars={edition: self._calendar(reader, edition) for edition in editions},
        )

    def _calendar(self, reader: SnapshotReader, edition: str) -> Mapping[date, int]:
        """The calendar that the snapshot has, or else the last one that this process has read, or else a new one."""
        query, known = Calendar(edition), self._known.calendars
        if query in reader.snapshot.results or edition not in known:
            known[edition] = reader.result(query)
        return known[edition]


def _issues_with(article: Article) -> IssuesWith:
    return IssuesWith(article.edition, article.id, news_at(article))


def _by_article(reader: SnapshotReader, holding: Sequence[IssuesWith]) -> Mapping[str, tuple[IssueKey, ...]]:
    """The issues that hold each article; an article that moved to another edition may be in issues of both."""
    found: dict[str, tuple[IssueKey, ...]] = {}
    for query, keys in zip(holding, reader.results(holding), strict=True):
        found[query.article] = (*found.get(query.article, ()), *keys)
    return {id: keys for id, keys in found.items() if keys}


def _possible(target: Target, changes: ChangeSet) -> Target:
    """The target; or its deletion, where the site no longer has its edition. An article can still leave that."""
    gone = {article.edition for article in changes.articles} - changes.site.editions.keys()
    return Target(target.key, (), lambda _site, _snapshot: None) if target.key.split("/")[0] in gone else target
