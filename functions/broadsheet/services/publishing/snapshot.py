"""Reading what targets are rendered from, so that no result is older than the object version that it may replace.

This is the invariant of docs/adr/0002: `look` reads the versions of objects first and runs the queries afterwards. A
conditional write over such a version then never replaces a newer state of the object by an older one.
"""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from ...deadline import UNLIMITED, Deadline
from ...model.queries import ArticleById, Query, Result, Snapshot
from ...render.shared.target import Target
from ...store.bodies import Bodies
from ...store.queries import ArticleQueries
from ...store.site_objects import SiteObjects, Version


class SnapshotReader:
    """Reads for one attempt to publish. A new attempt needs a new reader.

    Every method that calls AWS raises `OutOfTime` instead when the deadline has passed.
    """

    def __init__(
        self, queries: ArticleQueries, bodies: Bodies, objects: SiteObjects, deadline: Deadline = UNLIMITED
    ) -> None:
        self._queries = queries
        self._bodies = bodies
        self._objects = objects
        self._deadline = deadline
        self._preliminary: dict[Query[Any], Any] = {}
        self.snapshot = Snapshot()
        """What targets are rendered from."""
        self.versions: dict[str, Version | None] = {}
        """The version of each target's object when it was first looked at, by key."""

    def look(self, targets: Sequence[Target]) -> None:
        """Read the versions of those targets that are new, and then what they are rendered from.

        A result that an earlier target has read already is read again: it would be older than the new version.
        """
        new = [target for target in targets if target.key not in self.versions]
        self.versions |= {target.key: self.version(target.key) for target in new}
        self.snapshot |= self._read(self.wanted(new))

    def wanted(self, targets: Iterable[Target]) -> list[Target]:
        """The targets without the create-only ones whose object exists."""
        return [target for target in targets if not (target.create_only and self.versions[target.key])]

    def result(self, query: Query[Result]) -> Result:
        """The snapshot's result if it has one. Otherwise a preliminary one: good for planning, never for rendering."""
        if query in self.snapshot.results:
            return self.snapshot[query]
        if query not in self._preliminary:
            self._preliminary[query] = self._ask(query)
        return cast("Result", self._preliminary[query])

    def version(self, key: str) -> Version | None:
        """The version of an object now, None where there is none."""
        self._deadline.check()
        return self._objects.version(key)

    def exists(self, key: str) -> bool:
        """Whether there is an object now. This is no look: the object is not about to be written."""
        return self.version(key) is not None

    def is_current(self, targets: Sequence[Target]) -> bool:
        """Whether the table still has the results that these targets were rendered from: all are read again."""
        return self._read(targets) <= self.snapshot

    def _read(self, targets: Sequence[Target]) -> Snapshot:
        """The results of all queries of the targets, and the bodies of the articles that are rendered in full."""
        asked: list[Query[Any]] = [query for target in targets for query in target.queries]
        # Articles last: where one is unchanged, the listings and counts that were read before it know it as it is.
        ordered = dict.fromkeys(sorted(asked, key=lambda query: isinstance(query, ArticleById)))
        results = Snapshot({query: self._ask(query) for query in ordered})
        in_full: list[Query[Any]] = [query for target in targets if target.full_text for query in target.queries]
        articles = (article for query in dict.fromkeys(in_full) for article in results.articles(query))
        hashes = dict.fromkeys(article.body.hash for article in articles)
        return Snapshot(results.results, {hash: self._body(hash) for hash in hashes})

    def _ask(self, query: Query[Result]) -> Result:
        self._deadline.check()
        return self._queries(query)

    def _body(self, hash: str) -> str:
        self._deadline.check()
        return self._bodies.get(hash)
