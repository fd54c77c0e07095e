"""Reading what targets are rendered from, so that no result is older than the object version that it may replace.

This is the invariant of docs/adr/0002: `look` reads the versions of objects first and runs the queries afterwards. A
conditional write over such a version then never replaces a newer state of the object by an older one.
"""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from ...executor import Executor
from ...model.queries import AnyQuery, ArticleById, Query, Result, Snapshot
from ...render.shared.target import Target
from ...store.bodies import Bodies
from ...store.change_counts import ChangeCounts, Counts
from ...store.queries import ArticleQueries
from ...store.site_objects import ObjectVersion, SiteObjects


class SnapshotReader:
    """Reads for one attempt to publish: all that one method reads at once. A new attempt needs a new reader.

    Every method that calls AWS raises what the executor raises, such as `OutOfTime`.
    """

    def __init__(
        self, queries: ArticleQueries, bodies: Bodies, objects: SiteObjects, counts: ChangeCounts, executor: Executor
    ) -> None:
        self._queries = queries
        self._bodies = bodies
        self._objects = objects
        self._counts = counts
        self._executor = executor
        self._before: Counts | None = None
        self._preliminary: dict[Query[Any], Any] = {}
        self.snapshot = Snapshot()
        """What targets are rendered from."""
        self.versions: dict[str, ObjectVersion | None] = {}
        """The version of each target's object when it was first looked at, by key."""

    def look(self, targets: Iterable[Target]) -> None:
        """Read the versions of those targets that are new, and then what they are rendered from.

        A result that an earlier target has read already is read again: it would be older than the new version.
        """
        new = [target for target in targets if target.key not in self.versions]
        if not new:
            return
        if self._before is None:
            self._before = self._count()
        keys = [target.key for target in new]
        self.versions |= zip(keys, self._executor.map(self._objects.last_known, keys), strict=True)
        self.snapshot |= self._read(self.wanted(new))

    def wanted(self, targets: Iterable[Target]) -> list[Target]:
        """The targets without the create-only ones whose object exists."""
        return [target for target in targets if not (target.create_only and self.versions[target.key])]

    def fetch(self, queries: Iterable[Query[Any]]) -> None:
        """Read the results that are not there yet, so that `result` has them."""
        known = self.snapshot.results.keys() | self._preliminary.keys()
        self._preliminary |= self._ask([query for query in dict.fromkeys(queries) if query not in known])

    def result(self, query: Query[Result]) -> Result:
        """The snapshot's result if it has one. Otherwise a preliminary one: good for planning, never for rendering."""
        if query in self.snapshot.results:
            return self.snapshot[query]
        self.fetch([query])
        return cast("Result", self._preliminary[query])

    def results(self, queries: Sequence[Query[Result]]) -> list[Result]:
        """The same for several queries, in their order."""
        self.fetch(queries)
        return [self.result(query) for query in queries]

    def existing(self, keys: Iterable[str]) -> set[str]:
        """Those keys whose objects exist now. This is no look: the objects are not about to be written."""
        asked = list(dict.fromkeys(keys))
        found = self._executor.map(self._objects.version, asked)
        return {key for key, version in zip(asked, found, strict=True) if version}

    def version(self, key: str) -> ObjectVersion | None:
        """The version of an object now, None where there is none."""
        [version] = self._executor.map(self._objects.version, [key])
        return version

    def current(self, targets: Sequence[Target]) -> list[Target]:
        """Those of the targets whose results the table still has.

        Where no transaction has changed the table since before the first look, that is all of them. Otherwise their
        queries are run again.
        """
        if self._count() == self._before:
            return list(targets)
        now = self._results(targets)
        return [target for target in targets if Snapshot({each: now[each] for each in target.queries}) <= self.snapshot]

    def _count(self) -> Counts:
        [counts] = self._executor.map(lambda counts: counts.read(), [self._counts])
        return counts

    def _read(self, targets: Sequence[Target]) -> Snapshot:
        """The results of all queries of the targets, and the bodies of the articles that are rendered in full."""
        results = Snapshot(self._results(targets))
        in_full: list[Query[Any]] = [query for target in targets if target.full_text for query in target.queries]
        articles = (article for query in dict.fromkeys(in_full) for article in results.articles(query))
        hashes = list(dict.fromkeys(article.body.hash for article in articles))
        bodies = self._executor.map(self._bodies.get, hashes)
        return Snapshot(results.results, dict(zip(hashes, bodies, strict=True)))

    def _results(self, targets: Iterable[Target]) -> dict[Query[Any], Any]:
        queries = dict.fromkeys(query for target in targets for query in target.queries)
        # Articles last: where one is unchanged, the listings and counts that were read before it know it as it is.
        articles = [query for query in queries if isinstance(query, ArticleById)]
        others = [query for query in queries if not isinstance(query, ArticleById)]
        return self._ask(others) | self._ask(articles)

    def _ask(self, queries: Sequence[Query[Any]]) -> dict[Query[Any], Any]:
        results = self._queries.together(cast("Sequence[AnyQuery]", queries), self._executor) if queries else {}
        return cast("dict[Query[Any], Any]", results)
