"""Writing targets in waves: an executor writes the objects of a wave at once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import groupby

from ...executor import Executor
from ...model.config import Site
from ...render.shared.target import RenderedObject, Target
from ...store.conflict import LostRace
from ...store.site_objects import ObjectVersion, SiteObjects
from .snapshot import SnapshotReader

Wave = Sequence[Target]


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What became of targets: `unchanged` ones had the right content already. All others must be tried again."""

    written: list[Target] = field(default_factory=list)
    unchanged: list[Target] = field(default_factory=list)


class _Done(Enum):
    WRITTEN = auto()
    UNCHANGED = auto()
    OUTDATED = auto()
    """The object must not exist. It is deleted after all other writes."""
    LOST = auto()
    """Another client wrote the object first."""


class Writer:
    """Renders the targets of an attempt and writes those that differ from their objects."""

    def __init__(self, objects: SiteObjects, site: Site, executor: Executor) -> None:
        self._objects = objects
        self._site = site
        self._executor = executor

    def write(self, targets: Sequence[Target], reader: SnapshotReader) -> WriteResult:
        """Write wave after wave, up to the first one in which a target loses a race; deletions are the last wave.

        Raises what the executor raises, when no write of the wave is running any more.
        """
        outcome, outdated = WriteResult(), list[Target]()
        for wave in waves(targets, reader.versions):
            # Drawn in this thread: threads that render contend for the interpreter, at the cost of a half more.
            rendered = ((target, target.render(self._site, reader.snapshot)) for target in wave)
            done = self._executor.map(lambda each: self._put(*each, reader), rendered)
            _note(outcome, wave, done)
            outdated += [target for target, result in zip(wave, done, strict=True) if result is _Done.OUTDATED]
            if _Done.LOST in done:
                return outcome
        _note(outcome, outdated, self._executor.map(lambda target: self._delete(target, reader), outdated))
        return outcome

    def _put(self, target: Target, rendered: RenderedObject | None, reader: SnapshotReader) -> _Done:
        if rendered is None:
            return _Done.OUTDATED
        try:
            wrote = self._objects.put(target.key, rendered.body, headers(rendered), reader.versions[target.key])
        except LostRace:
            return _Done.LOST
        return _Done.WRITTEN if wrote else _Done.UNCHANGED

    def _delete(self, target: Target, reader: SnapshotReader) -> _Done:
        try:
            deleted = self._objects.delete(target.key, reader.versions[target.key])
        except LostRace:
            return _Done.LOST
        return _Done.WRITTEN if deleted else _Done.UNCHANGED


def waves(targets: Iterable[Target], versions: Mapping[str, ObjectVersion | None]) -> Iterator[Wave]:
    """The targets in write order: the waves of new objects, step by step, then those of existing ones."""

    def order(target: Target) -> tuple[bool, int, int]:
        return versions[target.key] is not None, target.wave, target.step

    for _, wave in groupby(sorted(targets, key=order), order):
        yield list(wave)


def headers(rendered: RenderedObject) -> dict[str, str]:
    """Arguments of S3's PutObject."""
    return {"ContentType": rendered.content_type, "CacheControl": rendered.cache_control}


def _note(outcome: WriteResult, wave: Wave, done: Sequence[_Done]) -> None:
    for target, result in zip(wave, done, strict=True):
        if result is _Done.WRITTEN:
            outcome.written.append(target)
        elif result is _Done.UNCHANGED:
            outcome.unchanged.append(target)
