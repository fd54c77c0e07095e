"""Pings of the WebSub hub: one for each feed that was written since the hub's last ping.

A message says only which feeds to look at. The ping depends on the version of the feed in the site's bucket and the
version in the last ping. So messages may come twice, late or concurrently, and a burst of changes causes one ping.

The hub fetches a feed through CloudFront, which may serve the version before for some seconds. So the ping of a feed
that was just written is left to a later message: every write is followed by a message of its own, which the queue
delays until the feed has settled. A version never returns, since each write has a later time, whatever its bytes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..deadline import UNLIMITED, Deadline
from ..model.config import Site
from ..render.shared.urls import absolute
from ..store.peer import Refused, Unavailable
from ..store.websub import Feeds, Hub, HubPings
from ..telemetry import logger

# CloudFront caches a feed for five seconds (`render.shared.serving`), and S3's times leave out parts of a second. The
# queue delays a message for longer than this, by more than two clocks of AWS ever differ.
SETTLED = timedelta(seconds=7)


@dataclass(frozen=True, slots=True)
class HubPinger:
    """Pings the hub for feeds that changed. `clock` returns the time."""

    feeds: Feeds
    pings: HubPings
    hub: Hub
    site: Site
    clock: Callable[[], datetime]

    def ping(self, feed: str) -> bool:
        """Ping the hub for the feed with that key; False where no ping is due or a later message will cause it.

        At least once: a process that ends between the ping and its record pings again. Raises `Unavailable` and
        `Refused`.
        """
        version = self.feeds.version(feed)
        if version is None or self.clock() - version.written_at < SETTLED or self.pings.last(feed) == version:
            return False
        self.hub.ping(absolute(self.site, f"/{feed}"))
        self.pings.record(feed, version)
        return True


@dataclass(frozen=True, slots=True)
class PingedBatch:
    """The result of a batch: the number of feeds that the hub was pinged for, and the ids of failed messages."""

    feeds: int
    failed: list[str]


def ping_batch(pinger: HubPinger, messages: Mapping[str, Sequence[str]], deadline: Deadline = UNLIMITED) -> PingedBatch:
    """Ping the hub for the feeds in the messages, each once. `messages` has the feeds' keys by the messages' ids.

    A feed that the hub refuses does not hold up others. The batch ends early where the hub is down, since each further
    feed would wait as long, and at the deadline.
    """
    pinged = 0
    remaining = dict.fromkeys(feed for feeds in messages.values() for feed in feeds)
    for feed in tuple(remaining):
        if deadline.left <= 0:
            logger.info("the rest of the feeds have to wait", extra={"feeds": len(remaining)})
            break
        try:
            pinged += pinger.ping(feed)
        except Unavailable as error:
            logger.warning("the hub is down", extra={"reason": str(error)})
            break
        except Refused as error:
            logger.warning("the hub refused a feed", extra={"feed": feed, "reason": str(error)})
        except Exception:  # noqa: BLE001  # any error concerns one feed, and the queue delivers its message again
            logger.exception("a ping failed", extra={"feed": feed})
        else:
            del remaining[feed]
    failed = [id for id, feeds in messages.items() if not remaining.keys().isdisjoint(feeds)]
    return PingedBatch(pinged, failed)
