"""The publisher, which brings the objects of the site up to date with the articles table.

Several publishers may work on the same objects at the same time, without a lock (docs/adr/0002). Each writes an object
only over the version that it saw, and tries again what lost a race. After it wrote, it looks whether the table has
changed: an object that went back to an earlier state has its earlier version too (an ETag is a hash of the content), so
an unchanged version alone does not prove that nothing happened.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

from ... import build
from ...deadline import UNLIMITED, Deadline
from ...executor import SEQUENTIAL, Executor, Timed
from ...model.config import Site
from ...render.outputs import build_manifest, build_targets
from ...render.shared.target import Target
from ...store.bodies import Bodies
from ...store.change_counts import ChangeCounts
from ...store.queries import ArticleQueries
from ...store.site_objects import ObjectVersion, SiteObjects, digest
from ...store.unsettled import BUILD, UnsettledCauses
from ...telemetry import logger
from .announcer import NOTHING_TO_TELL, Announcements, Announcer
from .causes import Cause, articles_at, causes_of, targets_of
from .expansion import KnownObjects
from .plan import Planner
from .scope import Change, Scope
from .snapshot import SnapshotReader
from .write import Writer, WriteResult, headers

MOST_NOTED = 20  # keys in a line of the log
MAX_ATTEMPTS = 3  # of a run; what has not settled then is left to another run


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What a run has not settled, for the next one: targets, and what it has not announced.

    `causes` are those of the targets, by their keys; some targets have none.
    """

    targets: tuple[Target, ...] = ()
    announcements: Announcements = NOTHING_TO_TELL
    causes: Mapping[str, Cause] = field(default_factory=dict)


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
        unsettled: UnsettledCauses,
        site: Site,
        announcer: Announcer | None = None,
        executor: Executor = SEQUENTIAL,
    ) -> None:
        self._queries = queries
        self._counts = counts
        self._bodies = bodies
        self._objects = objects
        self._unsettled = unsettled
        self._site = site
        self._announcer = announcer or Announcer()
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
        """Bring every object that the changes concern up to date with the table, and queue what to announce.

        `unfinished` is what an earlier run left. With `include_pending`, the run also publishes articles and archive
        documents that its objects link to and whose own change is still pending in the stream. What did not change
        is announced too: the publisher that changed it may have been killed before it queued that.

        Raises `Unsettled`, `Unplanned` or `OutOfTime`.
        """
        changes = tuple(changes)
        if changes or unfinished.targets:
            self._run(changes, unfinished, include_pending, deadline, attempts)

    def publish_others(self, partition: str, include_pending: bool = True, deadline: Deadline = UNLIMITED) -> None:
        """Bring the objects that show the rows of a partition, or an issue, up to date with the table.

        `BUILD` stands for the objects of the build, unless this code and these settings have written them already.
        With `include_pending`, the run also publishes the articles that these objects link to and whose own change is
        still pending in the stream. Raises like `publish`.
        """
        if partition == BUILD:
            if self._has_manifest(self._objects.version(build.MANIFEST)):
                return
            targets = build_targets(self._site)
        else:
            targets = targets_of(partition, self._site)
        causes = dict.fromkeys((target.key for target in targets), partition)
        self._run((), Unfinished(tuple(targets), causes=causes), include_pending, deadline, MAX_ATTEMPTS)

    def hand_over(self, unfinished: Unfinished, since: float | None, deadline: Deadline = UNLIMITED) -> bool:
        """Leave to the stream what runs have not settled: it delivers the causes again, after all that waits there.

        `since` is when the first change was made that has not settled, in seconds of the epoch, where that is known.
        False where a target has no cause; then nothing is handed over. What the runs have to announce is queued now.
        """
        if any(target.key not in unfinished.causes for target in unfinished.targets):
            return False
        causes = {unfinished.causes[target.key] for target in unfinished.targets}
        Timed(self._executor, deadline).map(partial(self._leave, since=since), causes)
        self._announcer.send(unfinished.announcements)
        return True

    def _leave(self, cause: Cause, since: float | None) -> None:
        if isinstance(cause, str):
            self._unsettled.put(cause, since)
        else:
            self._unsettled.put((cause.before, cause.after), since, cause.republished)

    def _run(
        self,
        changes: Sequence[Change],
        unfinished: Unfinished,
        include_pending: bool,
        deadline: Deadline,
        attempts: int,
    ) -> None:
        """Plan, write and settle, up to so many times. What has settled is not made again."""
        planner = Planner(Scope(changes), self._site, self._known, include_pending)
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
        planned = planner.changes
        announcements = unfinished.announcements + self._announcer.due(changes, planned.channels, self._site)
        if remaining:
            more = filter(None, reader.results(articles_at(planned.documents)))
            causes = causes_of({target.key for target in remaining}, changes, planned, more)
            raise Unsettled(Unfinished(remaining, announcements, {**unfinished.causes, **causes}))
        self._known.add_articles(planned.articles)
        self._statics_current |= bool(planned.articles)
        self._announcer.send(announcements)

    def _statics_are_current(self, reader: SnapshotReader) -> bool:
        """Whether this code and these settings wrote the static outputs. Once they did, that holds for the process."""
        if not self._statics_current:
            self._statics_current = self._has_manifest(reader.version(build.MANIFEST))
        return self._statics_current

    def _has_manifest(self, version: ObjectVersion | None) -> bool:
        return version is not None and version.digest == self._manifest_digest

    @cached_property
    def _manifest_digest(self) -> str:
        manifest = build_manifest(self._site)
        return digest(manifest.body, headers(manifest))


def _note_attempt(outcome: WriteResult, reader: SnapshotReader, remaining: Sequence[Target]) -> None:
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


def _settled(outcome: WriteResult, reader: SnapshotReader) -> set[str]:
    """The keys of the targets that are as the table was after they were written, or that needed no write.

    A run of its own publishes each later change of the table, and looks at the objects after that change.
    """
    current = reader.current(outcome.written) if outcome.written else []
    return {target.key for target in (*outcome.unchanged, *current)}
