"""The publisher, which brings the objects of the site up to date with the articles table.

Several publishers may work on the same objects at the same time, without a lock (docs/adr/0002). Each writes an object
only over the version that it saw, and starts again when it lost a race. After it wrote, it reads the table once more:
an object that went back to an earlier state has its earlier version too (an ETag is a hash of the content), so an
unchanged version alone does not prove that nothing happened.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from ...deadline import UNLIMITED, Deadline
from ...model.config import Site
from ...render.feeds.channel_feeds import feed_keys
from ...render.outputs import AD_OUTPUTS, BUILD_MANIFEST, FRONT_OUTPUTS, build_manifest, site_targets
from ...render.shared.target import Output, RenderedObject, Target
from ...store.ads import ADS
from ...store.bodies import Bodies
from ...store.conflict import LostRace
from ...store.fronts import FRONT
from ...store.queries import ArticleQueries
from ...store.site_objects import SiteObjects, digest
from .expansion import KnownObjects
from .plan import Planner, Unsettled
from .scope import Change, Scope
from .snapshot import SnapshotReader

if TYPE_CHECKING:
    from ...store.websub import WebSubQueue

MAX_ATTEMPTS = 20  # of one run: each but the last lost a race, or found the table changed after it wrote
# Changes in one run, listed articles that it adds, and a third of the archive documents that it adds. Twenty articles
# that share no object take about a third of the function's time.
MAX_CHANGES = 10
# The outputs that show rows of the table that are no articles, by the partition of the rows.
OTHER_OUTPUTS: Mapping[str, Sequence[Output]] = {ADS: AD_OUTPUTS, FRONT: FRONT_OUTPUTS}


class Publisher:
    """Publishes changes. One is made for each process; it remembers which objects exist."""

    def __init__(
        self,
        queries: ArticleQueries,
        bodies: Bodies,
        objects: SiteObjects,
        site: Site,
        hub: "WebSubQueue | None" = None,
    ) -> None:
        self._queries = queries
        self._bodies = bodies
        self._objects = objects
        self._site = site
        self._hub = hub
        self._known = KnownObjects()
        self._statics_current = False
        self.part_size = MAX_CHANGES
        """How many changes the next run should have; fewer after a run that did not fit into an invocation's time."""

    def publish(self, changes: Iterable[Change], include_pending: bool = True, deadline: Deadline = UNLIMITED) -> None:
        """Bring every object that the changes concern up to date with the table, and queue a ping for each feed.

        With `include_pending`, the run also publishes articles and archive documents that its objects link to and
        whose own change is still pending in the stream. A feed that did not change gets a ping too: the publisher that
        changed it may have been killed before it sent one. Raises `Unsettled` or `OutOfTime`.
        """
        scope = Scope(changes)
        if scope.articles:
            self._run(scope, (), include_pending, deadline)

    def publish_others(self, partition: str, include_pending: bool = True, deadline: Deadline = UNLIMITED) -> None:
        """Bring the objects that show the rows of a partition, which are no articles, up to date with the table.

        With `include_pending`, the run also publishes the articles that these objects link to and whose own change is
        still pending in the stream. Raises `Unsettled` or `OutOfTime`.
        """
        self._run(Scope(()), site_targets(OTHER_OUTPUTS[partition], self._site), include_pending, deadline)

    def _run(self, scope: Scope, others: Sequence[Target], include_pending: bool, deadline: Deadline) -> None:
        planner = Planner(scope, self._site, self._known, self.part_size, include_pending, others)
        self._settle(lambda reader: planner.plan(reader, self._statics_are_current), deadline)
        if not planner.changes.articles:
            return
        self._known.add_articles(planner.changes.articles)
        self._statics_current = True
        if self._hub:
            self._hub.send(feed_keys(planner.changes.channels))

    def _settle(self, plan: Callable[[SnapshotReader], Sequence[Target]], deadline: Deadline) -> None:
        """Plan and write, again and again, until the table is as it was when what was written was read."""
        for _ in range(MAX_ATTEMPTS):
            reader = SnapshotReader(self._queries, self._bodies, self._objects, deadline)
            targets = plan(reader)
            try:
                wrote = self._write(targets, reader, deadline)
            except LostRace:
                continue
            if not wrote or reader.is_current(targets):
                return
        raise Unsettled(f"not settled after {MAX_ATTEMPTS} attempts")

    def _write(self, targets: Sequence[Target], reader: SnapshotReader, deadline: Deadline) -> bool:
        """Write the objects that differ, and say whether any did. Raises `LostRace` at the first lost race.

        Write order: new objects first, existing ones second, deletions last, so no link ever points to a missing
        object.
        """
        wrote = False
        outdated = []
        for target in sorted(targets, key=lambda target: reader.versions[target.key] is not None):
            deadline.check()
            rendered = target.render(self._site, reader.snapshot)
            if rendered is None:
                outdated.append(target.key)
            else:
                seen = reader.versions[target.key]
                wrote |= self._objects.put(target.key, rendered.body, _headers(rendered), seen)
        for key in outdated:
            deadline.check()
            wrote |= self._objects.delete(key, reader.versions[key])
        return wrote

    def _statics_are_current(self, reader: SnapshotReader) -> bool:
        """Whether this code and these settings wrote the static outputs. Once they did, that holds for the process."""
        if not self._statics_current:
            version = reader.version(BUILD_MANIFEST)
            self._statics_current = version is not None and version.digest == self._manifest_digest
        return self._statics_current

    @cached_property
    def _manifest_digest(self) -> str:
        manifest = build_manifest(self._site)
        return digest(manifest.body, _headers(manifest))


def _headers(rendered: RenderedObject) -> dict[str, str]:
    """Arguments of S3's PutObject."""
    return {"ContentType": rendered.content_type, "CacheControl": rendered.cache_control}
