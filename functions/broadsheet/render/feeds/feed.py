"""A feed, independent of its format, and the formats."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ...model.config import Podcast
from ..shared.serving import Kind
from .entry import Entry

MAX_SIZE = 512_000  # bytes; some feed readers and proxies refuse larger feeds
HEAD_SIZE = 16_000  # bytes reserved for everything but the entries

# The `updated` of a feed that never had an entry; RFC 4287 §4.1.1 requires one.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Feed:
    """The newest articles of a channel, or an archive document of its history; newest first.

    `id` is the channel's, the same in all its documents. `language` is None for entries in several languages.
    `updated` is the time of the newest change, including removals, never the time of rendering. `previous` and `next`
    are the adjacent archive documents; `current` is the feed of an archive document, None in the feed itself (RFC 5005
    §4). URLs are absolute, and of documents in the same format. `hub` is the WebSub hub. `podcast` describes the feed
    to podcast clients once it has an enclosure. `archived` is False where older entries are in no document.
    """

    id: str
    url: str
    home: str
    title: str
    description: str
    language: str | None
    updated: datetime
    entries: tuple[Entry, ...]
    hub: str | None = None
    current: str | None = None
    previous: str | None = None
    next: str | None = None
    podcast: Podcast | None = None
    archived: bool = True

    @property
    def enclosures(self) -> bool:
        """Whether an entry has an enclosure."""
        return any(entry.enclosures for entry in self.entries)

    @property
    def archive(self) -> bool:
        """Whether it is an archive document (`fh:archive`)."""
        return self.current is not None

    @property
    def complete(self) -> bool:
        """Whether it is a feed with all articles of its channel (`fh:complete`)."""
        return self.archived and self.current is None and self.previous is None


@dataclass(frozen=True, slots=True)
class Format:
    """A feed format: its name, its file name extension, how it is served, and the function that writes it."""

    name: str
    extension: str
    kind: Kind
    write: Callable[[Feed], bytes]

    @property
    def media_type(self) -> str:
        """The media type without its parameters, as a `<link>` names it."""
        return self.kind.content_type.partition(";")[0]

    def file(self, document: str | None = None) -> str:
        """The file name of the feed, or of an archive document, in its channel's folder."""
        return f"feed.{document}.{self.extension}" if document else f"feed.{self.extension}"

    def render(self, feed: Feed) -> bytes:
        """The feed's bytes, fewer than `MAX_SIZE` whatever its entries contain."""
        return self.write(fitted(feed))


def fitted(feed: Feed) -> Feed:
    """The feed with its largest entries cut so that it fits into `MAX_SIZE` bytes; the same in every format.

    Entries smaller than a fair share are not cut, and what they do not use is shared by the others.
    """
    available = MAX_SIZE - HEAD_SIZE
    sizes = sorted(entry.size for entry in feed.entries)
    if sum(sizes) <= available:
        return feed
    share = 0
    for others, size in zip(range(len(sizes), 0, -1), sizes, strict=True):
        share = available // others
        if size > share:
            break
        available -= size
    return replace(feed, entries=tuple(entry.cut(share) for entry in feed.entries))


def newest_change(removed_at: datetime | None, entries: Sequence[Entry]) -> datetime:
    """When these entries last changed, or when one was last removed. The dates that they state may be older."""
    return max([entry.changed for entry in entries] + ([removed_at] if removed_at else []), default=NEVER)
