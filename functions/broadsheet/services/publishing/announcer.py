"""What other parties are told once the objects of a run are written: the WebSub hub of feeds, search engines of pages.

A party may be slow or down, so the publisher only queues what each is to be told, as the last thing that it does. It
does so whether the run wrote anything or not: a publisher that is killed after its last write is run again by the
stream, finds nothing to write, and queues then. So each party is told at least once (docs/adr/0007, docs/adr/0029).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...model.channel import Channel
from ...model.config import Site
from ...model.page_changes import page_changes
from ...render.feeds.channel_feeds import feed_keys
from .scope import Change

if TYPE_CHECKING:
    from ...store.announcements import AnnouncementQueue

NEW_PAGE_DELAY = 1  # seconds: no cache has an earlier version, so search engines may fetch a new page at once


@dataclass(frozen=True, slots=True)
class Announcements:
    """The keys of feeds for the hub, and the paths of pages for search engines; each once."""

    feeds: tuple[str, ...] = ()
    new_pages: tuple[str, ...] = ()
    changed_pages: tuple[str, ...] = ()

    def __add__(self, other: "Announcements") -> "Announcements":
        return Announcements(
            _once((*self.feeds, *other.feeds)),
            _once((*self.new_pages, *other.new_pages)),
            _once((*self.changed_pages, *other.changed_pages)),
        )


NOTHING_TO_TELL = Announcements()


@dataclass(frozen=True, slots=True)
class Announcer:
    """Queues announcements: for the hub where there is one, and for search engines where IndexNow is on."""

    hub: "AnnouncementQueue | None" = None
    indexnow: "AnnouncementQueue | None" = None

    def due(self, changes: Sequence[Change], channels: Iterable[Channel], site: Site) -> Announcements:
        """What is to be told of a run's changes, and of the channels that it published.

        The changes alone say which pages changed, and say it again when they come again. An article that a run
        publishes in addition has a change of its own, in the stream. One that the operator has published again has not
        changed.
        """
        feeds = tuple(feed_keys(site, channels)) if self.hub else ()
        reported = [change for change in changes if not change.republished] if self.indexnow else []
        pages = [page_changes(change.before, change.after) for change in reported]
        new = _once(path for each in pages for path in each.new)
        changed = _once(path for each in pages for path in each.changed if path not in new)
        return Announcements(feeds, new, changed)

    def send(self, announcements: Announcements) -> None:
        """Queue the announcements. Without any, this makes no call."""
        if self.hub and announcements.feeds:
            self.hub.send(announcements.feeds)
        if self.indexnow:
            self.indexnow.send(announcements.new_pages, NEW_PAGE_DELAY)
            self.indexnow.send(announcements.changed_pages)


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
