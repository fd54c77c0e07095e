"""Batches of the articles' stream, published part by part in the time that the invocation has (docs/adr/0015).

The stream delivers again what there was no time for, and what failed because of AWS. A change that the code cannot
publish is set aside.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from itertools import islice

from ...deadline import UNLIMITED, Deadline, OutOfTime
from ...store.aws import is_outage
from ...store.dead_letters import SetAside
from ...telemetry import logger
from .plan import Unsettled
from .publisher import MAX_CHANGES, Publisher
from .scope import Change


def publish_batch(
    publisher: Publisher, changes: Mapping[str, Change], set_aside: SetAside, deadline: Deadline = UNLIMITED
) -> list[str]:
    """Publish changes, by sequence number. Returns the sequence numbers that the stream must deliver again.

    Each part is settled by itself, so what it published stays published when the time ends before the batch does. A
    change that cannot be published although AWS responds is `set_aside`, so that it does not block its shard.
    """
    remaining = dict(changes)
    longest = 0.0
    while remaining and deadline.left > longest:
        part = dict(islice(remaining.items(), publisher.part_size))
        before = deadline.left
        failed = _publish_part(publisher, part, set_aside, deadline)
        longest = max(longest, before - deadline.left)
        remaining = {sequence: change for sequence, change in remaining.items() if sequence not in part}
        if failed:
            return [*failed, *remaining]
    if remaining:
        logger.info("the rest of the batch has to wait", extra={"changes": len(remaining)})
    return list(remaining)


def publish_others(
    publisher: Publisher, rows: Mapping[str, str], set_aside: SetAside, deadline: Deadline = UNLIMITED
) -> list[str]:
    """Publish changes of rows that are no articles: their partitions, by sequence number.

    Returns the sequence numbers that the stream must deliver again: all of a partition or none.
    """
    failed: list[str] = []
    for partition in dict.fromkeys(rows.values()):
        sequences = [sequence for sequence, of in rows.items() if of == partition]
        publish = partial(publisher.publish_others, partition, deadline=deadline)
        if not _publish_alone(publish, sequences, set_aside, {"partition": partition}):
            failed += sequences
    return failed


def _publish_part(
    publisher: Publisher, part: Mapping[str, Change], set_aside: SetAside, deadline: Deadline
) -> Collection[str]:
    """Publish changes in one run, which renders the objects that they share once. Returns those that failed.

    When the run fails, each change is tried alone, so that one that cannot be published does not fail the others.
    """
    try:
        publisher.publish(part.values(), deadline=deadline)
    except OutOfTime:
        publisher.part_size = max(1, len(part) // 2)
        logger.warning("a part of a batch takes too long; the next one is smaller", extra={"changes": len(part)})
        return part
    except Unsettled:
        logger.exception("too many other clients are writing; the stream delivers the batch again")
        return part
    except Exception:  # noqa: BLE001  # trying the changes one by one shows which of them fails
        logger.exception("changes failed together; trying them one by one", extra={"changes": len(part)})
        return [
            at
            for at, change in part.items()
            if not _publish_alone(partial(publisher.publish, (change,), deadline=deadline), [at], set_aside, {})
        ]
    publisher.part_size = min(2 * publisher.part_size, MAX_CHANGES)
    return ()


def _publish_alone(
    publish: Callable[[bool], None], sequences: Sequence[str], set_aside: SetAside, about: Mapping[str, object]
) -> bool:
    """Publish one change or partition, at worst without pending articles, which may be what fails.

    `publish` takes whether to include these. False where the stream must deliver the sequence numbers again.
    """
    for include_pending in (True, False):
        try:
            publish(include_pending)
        except (OutOfTime, Unsettled) as reason:
            logger.warning("a change has to wait", extra={**about, "reason": str(reason)})
            return False
        except Exception as error:  # noqa: BLE001  # no error of one change may block the others
            logger.exception("a change cannot be published", extra={**about, "include_pending": include_pending})
            if not include_pending:
                return not is_outage(error) and set_aside(sequences)
        else:
            return True
    return False
