"""Batches of the articles' stream: published part by part, in the time that the invocation has.

What there is no time for, and what AWS's outages fail, the stream brings again. What the code fails at is set aside.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import islice

from ...deadline import UNLIMITED, Deadline, OutOfTime
from ...store.aws import is_outage
from ...store.dead_letters import SetAside
from ...telemetry import logger
from .publisher import MOST_AT_ONCE, Change, Publisher, Unsettled


def publish_batch(
    publisher: Publisher, changes: Mapping[str, Change], set_aside: SetAside, deadline: Deadline = UNLIMITED
) -> list[str]:
    """Publish a batch of changes by their sequence numbers, and name those that the stream is to bring again.

    Part by part: what a part has settled is not made again when the time ends before the batch does. A change that
    cannot be published although AWS answers is `set_aside`, so that it does not hold up its shard.
    """
    left = dict(changes)
    longest = 0.0
    while left and deadline.left > longest:
        part = dict(islice(left.items(), publisher.at_once))
        before = deadline.left
        if failed := _publish_part(publisher, part, set_aside, deadline):
            return [sequence for sequence in left if sequence not in part or sequence in failed]
        longest = max(longest, before - deadline.left)
        left = {sequence: change for sequence, change in left.items() if sequence not in part}
    if left:
        logger.info("the rest of the batch has to wait", extra={"changes": len(left)})
    return list(left)


def publish_ads(
    publisher: Publisher, sequences: Sequence[str], set_aside: SetAside, deadline: Deadline = UNLIMITED
) -> Sequence[str]:
    """Publish changes of ads by their sequence numbers, and name those that the stream is to bring again.

    These are all or none.
    """
    if not sequences:
        return ()
    try:
        publisher.publish_ads(deadline)
    except (OutOfTime, Unsettled) as reason:
        logger.warning("advertising has to wait", extra={"reason": str(reason)})
        return sequences
    except Exception as error:  # noqa: BLE001  # whatever it is, it must not hold up the articles
        logger.exception("advertising cannot be published")
        return sequences if is_outage(error) or not set_aside(sequences) else ()
    return ()


def _publish_part(
    publisher: Publisher, part: Mapping[str, Change], set_aside: SetAside, deadline: Deadline
) -> Collection[str]:
    """Publish changes together, so that each page is made once, and name those that the stream is to bring again.

    Should that fail, each is tried on its own, so that one change that cannot be published does not fail the others.
    """
    try:
        publisher.publish(part.values(), deadline=deadline)
    except OutOfTime:
        publisher.at_once = max(1, len(part) // 2)
        logger.warning("a part of a batch takes too long; the next one is smaller", extra={"changes": len(part)})
        return part
    except Unsettled:
        logger.exception("too many others are publishing; the stream brings the batch again")
        return part
    except Exception:  # noqa: BLE001  # whatever it is, it is one change's, and the next step finds out whose
        logger.exception("changes failed together; trying them one by one", extra={"changes": len(part)})
        return [at for at, change in part.items() if not _publish_alone(publisher, at, change, set_aside, deadline)]
    publisher.at_once = min(2 * publisher.at_once, MOST_AT_ONCE)
    return ()


def _publish_alone(
    publisher: Publisher, sequence: str, change: Change, set_aside: SetAside, deadline: Deadline
) -> bool:
    """Publish one change; at worst without those that it would publish along, which may be at fault.

    True where the stream need not bring it again.
    """
    for along in (True, False):
        try:
            publisher.publish((change,), along, deadline)
        except (OutOfTime, Unsettled):
            return False
        except Exception as error:  # noqa: BLE001  # whatever it is, it must not hold up other changes
            logger.exception("a change cannot be published", extra={"along": along})
            if not along:
                return not is_outage(error) and set_aside([sequence])
        else:
            return True
    return False
