"""From changed feeds to the hub: it is told of each that was written since it was last told.

A message says only which feeds to look at. What decides is the writing that stands in the site and the one that the hub
was last told of; so messages may come twice, late or beside others, and a burst of changes is told once.

The hub fetches a feed by way of CloudFront, which may show the writing before for some seconds more. So a young feed is
left to a later message: every writing is followed by a message of its own, which is shown only when the feed has
settled. What is recorded was therefore there to be fetched when the hub was told. And no writing ever comes back, since
a later one has a later time, whatever its bytes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..deadline import UNLIMITED, Deadline
from ..model.config import Site
from ..render.shared.urls import absolute
from ..store.websub import Feeds, Hub, HubDown, HubPings, HubRefused
from ..telemetry import logger

# CloudFront holds a feed for five seconds (`render.serving`), and S3's times leave out parts of a second. The queue
# holds a message back for longer than this, by more than two clocks of AWS ever differ.
SETTLED = timedelta(seconds=7)


@dataclass(frozen=True, slots=True)
class HubNotifier:
    """Who tells the hub; `clock` tells the time."""

    feeds: Feeds
    told: HubPings
    hub: Hub
    site: Site
    clock: Callable[[], datetime]

    def notify(self, feed: str) -> bool:
        """Tell the hub of the feed with that key; False where it knows, or where that is for a later message to do.

        Whoever is stopped between telling and recording tells again. Raises `HubDown` or `HubRefused`.
        """
        writing = self.feeds.written(feed)
        if writing is None or self.clock() - writing.at < SETTLED or self.told.written(feed) == writing:
            return False
        self.hub.tell(absolute(self.site, f"/{feed}"))
        self.told.record(feed, writing)
        return True


@dataclass(frozen=True, slots=True)
class NotifiedBatch:
    """What came of a batch: of how many feeds the hub was told, and which messages are to be brought again."""

    told: int
    failed: list[str]


def notify_batch(
    notifier: HubNotifier, messages: Mapping[str, Sequence[str]], deadline: Deadline = UNLIMITED
) -> NotifiedBatch:
    """Tell the hub of the feeds that the messages name, each once; the messages' feeds by their ids.

    A feed that it refuses holds up no other. A hub that is down is not asked again for the rest of the batch, whose
    feeds would each wait as long; nor is one that is so slow that the time runs out.
    """
    told = 0
    left = dict.fromkeys(feed for feeds in messages.values() for feed in feeds)
    for feed in tuple(left):
        if deadline.left <= 0:
            logger.info("the rest of the feeds have to wait", extra={"feeds": len(left)})
            break
        try:
            told += notifier.notify(feed)
        except HubDown as trouble:
            logger.warning("the hub is down", extra={"reason": str(trouble)})
            break
        except HubRefused as trouble:
            logger.warning("the hub refused a feed", extra={"feed": feed, "reason": str(trouble)})
        except Exception:  # noqa: BLE001  # whatever it is, it is one feed's; the queue brings it again
            logger.exception("the hub was not told of a feed", extra={"feed": feed})
        else:
            del left[feed]
    return NotifiedBatch(told, [id for id, feeds in messages.items() if not left.keys().isdisjoint(feeds)])
