"""The publisher, which brings the objects of the site up to date with the articles table.

Several publishers may work on the same objects at the same time, without a lock (docs/adr/0002). Each writes an object
only over the version that it saw, and tries again what lost a race. After it wrote, it looks whether the table has
changed: an object that went back to an earlier state has its earlier version too (an ETag is a hash of the content), so
an unchanged version alone does not prove that nothing happened.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ...deadline import UNLIMITED, Deadline
from ...executor import SEQUENTIAL, Executor, Timed
from ...model.config import Site
from ...render.feeds.channel_feeds import feed_keys
from ...render.outputs import AD_OUTPUTS, BUILD_MANIFEST, FRONT_OUTPUTS, build_manifest, site_targets
from ...render.shared.target import Output, Target
from ...store.ads import ADS
from ...store.bodies import Bodies
from ...store.change_counts import ChangeCounts
from ...store.fronts import FRONT
from ...store.queries import ArticleQueries
from ...store.site_objects import SiteObjects, digest
from ...telemetry import logger
from .expansion import KnownObjects
from .plan import Planner
from .scope import Change, Scope
from .snapshot import SnapshotReader
from .write import Outcome, Writer, headers

if TYPE_CHECKING:
    from ...store.websub import WebSubQueue

MOST_NOTED = 20  # keys in a line of the log
MAX_ATTEMPTS = 3  # of a run; what has not settled then is left to another run
# The outputs that show rows of the table that are no articles, by the partition of the rows.
OTHER_OUTPUTS: Mapping[str, Sequence[Output]] = {ADS: AD_OUTPUTS, FRONT: FRONT_OUTPUTS}


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What a run has not settled, for the next one: targets, and feeds that it has not sent a ping for."""

    targets: tuple[Target, ...] = ()
    feeds: tuple[str, ...] = ()


NOTHING = Unfinished()


class Unsettled(Exception):
    """Other clients kept writing what this run reads or writes. Nothing is lost: the next run takes what is left."""

    def __init__(self, unfinished: Unfinished) -> None:
        super().__init__(f"{len(unfinished.targets)} objects have not settled")
        self.unfinished = unfinished


class Publisher:
    """Publishes changes. One is made for each process; it remembers which objects exist."""

    def __init__(
        self,
        queries: ArticleQueries,
        counts: ChangeCounts,
        bodies: Bodies,
        objects: SiteObjects,
        site: Site,
        hub: "WebSubQueue | None" = None,
        executor: Executor = SEQUENTIAL,
    ) -> None:
        self._queries = queries
        self._counts = counts
        self._bodies = bodies
        self._objects = objects
        self._site = site
        self._hub = hub
        self._executor = executor
        self._known = KnownObjects()
        self._statics_current = False

    def publish(
        self,
        changes: Iterable[Change],
        unfinished: Unfinished = NOTHING,
        include_pending: bool = True,
        deadline: Deadline = UNLIMITED,
        attempts: int = MAX_ATTEMPTS,
    ) -> None:
        """Bring every object that the changes concern up to date with the table, and queue a ping for each feed.

        `unfinished` is what an earlier run left. With `include_pending`, the run also publishes articles and archive
        documents that its objects link to and whose own change is still pending in the stream. A feed that did not
        change gets a ping too: the publisher that changed it may have been killed before it sent one.

        Raises `Unsettled`, `Unplanned` or `OutOfTime`.
        """
        scope = Scope(changes)
        if scope.articles or unfinished.targets:
            self._run(scope, unfinished, include_pending, deadline, attempts)

    def publish_others(self, partition: str, include_pending: bool = True, deadline: Deadline = UNLIMITED) -> None:
        """Bring the objects that show the rows of a partition, which are no articles, up to date with the table.

        With `include_pending`, the run also publishes the articles that these objects link to and whose own change is
        still pending in the stream. Raises like `publish`.
        """
        targets = site_targets(OTHER_OUTPUTS[partition], self._site)
        self._run(Scope(()), Unfinished(tuple(targets)), include_pending, deadline, MAX_ATTEMPTS)

    def _run(
        self, scope: Scope, unfinished: Unfinished, include_pending: bool, deadline: Deadline, attempts: int
    ) -> None:
        """Plan, write and settle, up to so many times. What has settled is not made again."""
        planner = Planner(scope, self._site, self._known, include_pending)
        executor = Timed(self._executor, deadline)
        writer = Writer(self._objects, self._site, executor)
        settled, remaining = set[str](), unfinished.targets
        for _ in range(attempts):
            reader = SnapshotReader(self._queries, self._bodies, self._objects, self._counts, executor)
            targets = planner.plan(reader, remaining, settled, self._statics_are_current)
            outcome = writer.write(targets, reader)
            settled |= _settled(outcome, reader)
            remaining = tuple(target for target in targets if target.key not in settled)
            _note_attempt(outcome, reader, remaining)
            if not remaining:
                break
        changes = planner.changes
        feeds = (*unfinished.feeds, *feed_keys(changes.channels)) if self._hub else ()
        if remaining:
            raise Unsettled(Unfinished(remaining, tuple(dict.fromkeys(feeds))))
        self._known.add_articles(changes.articles)
        self._statics_current |= bool(changes.articles)
        if self._hub and feeds:
            self._hub.send(feeds)

    def _statics_are_current(self, reader: SnapshotReader) -> bool:
        """Whether this code and these settings wrote the static outputs. Once they did, that holds for the process."""
        if not self._statics_current:
            version = reader.version(BUILD_MANIFEST)
            self._statics_current = version is not None and version.digest == self._manifest_digest
        return self._statics_current

    @cached_property
    def _manifest_digest(self) -> str:
        manifest = build_manifest(self._site)
        return digest(manifest.body, headers(manifest))


def _note_attempt(outcome: Outcome, reader: SnapshotReader, remaining: Sequence[Target]) -> None:
    """Note, for the log of a run that fails later, what an attempt read, wrote and left."""
    about = {
        "objects_looked_at": len(reader.versions),
        "queries": len(reader.snapshot.results),
        "bodies": len(reader.snapshot.bodies),
        "written": [target.key for target in outcome.written[:MOST_NOTED]],
        "objects_written": len(outcome.written),
        "objects_unchanged": len(outcome.unchanged),
        "unsettled": [target.key for target in remaining[:MOST_NOTED]],
    }
    logger.debug("an attempt to publish ends", extra=about)


def _settled(outcome: Outcome, reader: SnapshotReader) -> set[str]:
    """The keys of the targets that are as the table was after they were written, or that needed no write.

    A run of its own publishes each later change of the table, and looks at the objects after that change.
    """
    current = reader.current(outcome.written) if outcome.written else []
    return {target.key for target in (*outcome.unchanged, *current)}
