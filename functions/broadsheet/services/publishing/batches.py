"""Batches of the articles' stream, published part by part in the time that the invocation has (docs/adr/0015).

The stream delivers again what there was no time for, and what failed because of AWS. A change that the code cannot
publish is set aside.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from itertools import islice
from types import MappingProxyType

from ...deadline import UNLIMITED, Deadline, OutOfTime
from ...store.aws import is_outage
from ...store.dead_letters import SetAside
from ...telemetry import logger
from .memory import Memory
from .plan import Unplanned
from .publisher import NOTHING, Publisher, Unfinished, Unsettled
from .scope import Change

FIRST_PART, MAX_PART = 20, 200  # changes in one run: a part doubles after a quick one, and is halved after a slow one
SLOW = 10.0  # seconds
ATTEMPTS = 1  # of a part; what does not settle goes into the next one
MAX_UNSETTLED = 2  # runs for what has not settled, where nothing else of the batch is left

Changes = Mapping[str, Change]
"""Changes by sequence number."""

Times = Mapping[str, float]
"""When changes were made, in seconds of the epoch, by sequence number; not all of them say it."""

NO_TIMES: Times = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of a batch, as sequence numbers.

    The objects of the `settled` ones are on the site; the stream must deliver those again that are `left`. The others
    were set aside, or left to a later record of the stream, or this process has settled them before.
    """

    settled: Sequence[str]
    left: Sequence[str]


class _Result(Enum):
    """What became of a change that was published alone."""

    SETTLED = auto()
    GIVEN_AWAY = auto()  # set aside, or handed over to a later record
    LEFT = auto()


class BatchPublisher:
    """Publishes batches. One is made for each process; it remembers what it has settled, which may come again."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        # By their article, too: shards number their records independently.
        self._settled: Memory[tuple[str, str]] = Memory()
        self._part_size = FIRST_PART

    def publish(
        self, changes: Changes, set_aside: SetAside, deadline: Deadline = UNLIMITED, times: Times = NO_TIMES
    ) -> BatchResult:
        """Publish changes, the newest first.

        Each part is published by itself, so what it published stays published when the time ends before the batch
        does. Targets that a part could not settle, because other clients kept writing, move to the next part, and from
        the last one to a later record of the stream, with the first of the `times` at which one of its changes was
        made. A change that cannot be published although AWS responds is `set_aside`, so that it does not block its
        shard.
        """
        batch = _Batch({at: change for at, change in changes.items() if (at, change.id) not in self._settled})
        while batch.goes_on and deadline.left > batch.longest:
            part, before = batch.next(self._part_size), deadline.left
            self._publish_part(batch, part, set_aside, deadline, times)
            took = before - deadline.left
            batch.longest = max(batch.longest, took)
            self._adapt(len(part), took)
        if batch.only_waits and self._hand_over(batch.unfinished, _first(times, batch.waiting), deadline):
            batch.give_away_waiting()
        if batch.left:
            logger.info("the rest of the batch has to wait", extra={"changes": len(batch.left)})
        self._settled.add((at, change.id) for at, change in changes.items() if at not in batch.left)
        return BatchResult(batch.settled, batch.left)

    def publish_others(
        self,
        rows: Mapping[str, str],
        set_aside: SetAside,
        deadline: Deadline = UNLIMITED,
        times: Times = NO_TIMES,
    ) -> BatchResult:
        """Publish changes of rows that are no articles: their partitions, by sequence number.

        All changes of a partition settle or none. `times` are as for `publish`.
        """
        found: dict[str, _Result] = {}
        for partition in dict.fromkeys(rows.values()):
            sequences = [sequence for sequence, of in rows.items() if of == partition]
            publish = partial(self._publisher.publish_others, partition, deadline=deadline)
            result = self._publish_alone(publish, sequences, set_aside, times, {"partition": partition})
            found |= dict.fromkeys(sequences, result)
        return BatchResult(_with(_Result.SETTLED, found), _with(_Result.LEFT, found))

    def _publish_part(
        self, batch: "_Batch", part: Changes, set_aside: SetAside, deadline: Deadline, times: Times
    ) -> None:
        """Publish a part in one run, which renders the objects that its changes share once.

        When the run fails, each change is tried alone, so that one that cannot be published does not fail the others.
        """
        about = {"changes": len(part), "left_of_batch": len(batch.left), "seconds_left": round(deadline.left, 1)}
        logger.debug("a part of a batch is published", extra=about)
        try:
            self._publisher.publish(part.values(), batch.unfinished, deadline=deadline, attempts=ATTEMPTS)
        except Unsettled as unsettled:
            logger.info("other clients are writing; the next part settles the rest", extra={"changes": len(part)})
            batch.wait(part, unsettled.unfinished)
        except OutOfTime:
            self._part_size = max(1, len(part) // 2)
            logger.warning("a part of a batch takes too long; the next one is smaller", extra={"changes": len(part)})
            batch.fail(part)
        except Unplanned:
            logger.exception("articles change while they are published; the stream delivers them again")
            batch.fail(part)
        except Exception:  # noqa: BLE001  # trying the changes one by one shows which of them fails
            logger.exception("changes failed together; trying them one by one", extra={"changes": len(part)})
            alone = self._one_by_one(part, set_aside, deadline, times)
            batch.settled += _with(_Result.SETTLED, alone)
            batch.fail(_with(_Result.LEFT, alone))
        else:
            batch.settle(part)

    def _hand_over(self, unfinished: Unfinished, since: float | None, deadline: Deadline) -> bool:
        """Leave to the stream what has not settled. False where that fails, or where no change stands for it."""
        try:
            left = self._publisher.hand_over(unfinished, since, deadline)
        except Exception:  # noqa: BLE001  # whatever fails, the stream still has the changes
            logger.exception("what has not settled cannot be left to the stream")
            return False
        if left:
            about = {"objects": len(unfinished.targets)}
            logger.info("other clients are writing; the stream delivers the rest again", extra=about)
        return left

    def _adapt(self, size: int, seconds: float) -> None:
        """Make the next part larger or smaller, after one of this size that took so long."""
        if size and seconds > SLOW:
            self._part_size = max(1, size // 2)
        elif size == self._part_size:
            self._part_size = min(2 * size, MAX_PART)

    def _one_by_one(self, part: Changes, set_aside: SetAside, deadline: Deadline, times: Times) -> dict[str, _Result]:
        """Publish each change alone."""
        return {
            sequence: self._publish_alone(self._published(change, deadline), [sequence], set_aside, times, {})
            for sequence, change in part.items()
        }

    def _published(self, change: Change, deadline: Deadline) -> Callable[[bool], None]:
        def publish(include_pending: bool) -> None:
            self._publisher.publish((change,), include_pending=include_pending, deadline=deadline)

        return publish

    def _publish_alone(
        self,
        publish: Callable[[bool], None],
        sequences: Sequence[str],
        set_aside: SetAside,
        times: Times,
        about: Mapping[str, object],
    ) -> _Result:
        """Publish one change or partition, at worst without pending articles, which may be what fails.

        `publish` takes whether to include these.
        """
        for include_pending in (True, False):
            try:
                publish(include_pending)
            except Unsettled as unsettled:
                return _given_away(self._hand_over(unsettled.unfinished, _first(times, sequences), UNLIMITED))
            except (OutOfTime, Unplanned) as reason:
                logger.warning("a change has to wait", extra={**about, "reason": str(reason)})
                return _Result.LEFT
            except Exception as error:  # noqa: BLE001  # no error of one change may block the others
                logger.exception("a change cannot be published", extra={**about, "include_pending": include_pending})
                if not include_pending:
                    return _given_away(not is_outage(error) and set_aside(sequences))
            else:
                return _Result.SETTLED
        return _Result.LEFT


def _given_away(done: bool) -> _Result:
    return _Result.GIVEN_AWAY if done else _Result.LEFT


def _with(result: _Result, found: Mapping[str, _Result]) -> list[str]:
    return [sequence for sequence, each in found.items() if each is result]


def _first(times: Times, sequences: Iterable[str]) -> float | None:
    """When the first of these changes was made, where one of them says it."""
    return min((times[sequence] for sequence in sequences if sequence in times), default=None)


class _Batch:
    """The changes of one batch, the newest first: to come, waiting to be settled, settled, and failed.

    `unfinished` is what the next run has to settle. `longest` is the time that a part took, in seconds.
    """

    def __init__(self, changes: Changes) -> None:
        newest_first = sorted(changes.items(), key=lambda item: item[1].shown_at, reverse=True)
        self._remaining = dict(newest_first)
        self.waiting: list[str] = []
        self.settled: list[str] = []
        self._failed: list[str] = []
        self._unsettled = 0
        self.unfinished: Unfinished = NOTHING
        self.longest = 0.0

    @property
    def goes_on(self) -> bool:
        """Whether there is something to publish, and nothing has failed: the stream delivers what follows again."""
        if self._failed:
            return False
        return bool(self._remaining) or (bool(self.waiting) and self._unsettled < MAX_UNSETTLED)

    @property
    def only_waits(self) -> bool:
        """Whether nothing is left but what has not settled."""
        return bool(self.waiting) and not self._failed and not self._remaining

    @property
    def left(self) -> list[str]:
        """What the stream must deliver again."""
        return [*self._failed, *self.waiting, *self._remaining]

    def next(self, size: int) -> Changes:
        """Take the next changes; none where only `unfinished` is left."""
        part = dict(islice(self._remaining.items(), size))
        self._unsettled = 0 if part else self._unsettled + 1
        for sequence in part:
            del self._remaining[sequence]
        return part

    def settle(self, part: Changes) -> None:
        """The last run settled its part, and everything before it."""
        self.settled += (*self.waiting, *part)
        self.give_away_waiting()

    def give_away_waiting(self) -> None:
        """What has not settled is no longer of this batch."""
        self.unfinished, self.waiting = NOTHING, []

    def wait(self, part: Changes, unfinished: Unfinished) -> None:
        """The last run left something for the next one."""
        self.unfinished = unfinished
        self.waiting += part

    def fail(self, sequences: Sequence[str] | Changes) -> None:
        """The last run failed with these changes."""
        self._failed += sequences
