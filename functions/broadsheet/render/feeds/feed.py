"""A feed before it has a format: what all formats of it say alike."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ..shared.serving import Kind
from .entry import Entry

LARGEST = 512_000  # bytes; readers and their proxies give up on larger ones
HEAD = 16_000  # bytes that are left to what stands before the entries and after them

# RFC 4287 §4.1.1 wants an `updated` of every feed, and one that has never held anything has none to tell.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Feed:
    """The newest articles of a channel, or an archive document of its history; newest first.

    `id` is the channel's, the same in all its documents; `language` is None where entries of several stand together.
    `updated` is the newest change of what stands here, a departure among them, never the time of the build. `previous`
    and `next` are the archive documents on both sides, and `current` is the feed that an archive document belongs to,
    None in that feed itself (RFC 5005 §4). All are absolute addresses, of the same format. `hub` is the WebSub hub.
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

    @property
    def archive(self) -> bool:
        """Whether it is an archive document (`fh:archive`)."""
        return self.current is not None

    @property
    def complete(self) -> bool:
        """Whether it is a feed that holds all that there is (`fh:complete`)."""
        return self.current is None and self.previous is None


@dataclass(frozen=True, slots=True)
class Format:
    """One format that feeds are written in: its name, its ending in addresses, how it is served and written."""

    name: str
    ending: str
    kind: Kind
    write: Callable[[Feed], bytes]

    @property
    def media_type(self) -> str:
        """The media type without its parameters, as a `<link>` names it."""
        return self.kind.content_type.partition(";")[0]

    def file(self, document: str | None = None) -> str:
        """What the feed, or an archive document of it, is called in its channel's folder."""
        return f"feed.{document}.{self.ending}" if document else f"feed.{self.ending}"


def written(feed: Feed, write: Callable[[Feed], bytes]) -> bytes:
    """The feed's bytes. It stays under `LARGEST` whatever its entries hold, because it is written as `fitted` says."""
    return write(fitted(feed))


def fitted(feed: Feed) -> Feed:
    """The feed with its largest entries cut, as far as it takes to fit; the same in every format.

    Entries that are smaller than a fair share stay whole, and what they leave of theirs is shared by the others.
    """
    room = LARGEST - HEAD
    sizes = sorted(entry.size for entry in feed.entries)
    if sum(sizes) <= room:
        return feed
    share = 0
    for others, size in zip(range(len(sizes), 0, -1), sizes, strict=True):
        share = room // others
        if size > share:
            break
        room -= size
    return replace(feed, entries=tuple(entry.cut(share) for entry in feed.entries))


def newest_change(left: datetime | None, entries: Sequence[Entry]) -> datetime:
    """When these entries last changed, the departure of another from among them included."""
    return max([entry.updated for entry in entries] + ([left] if left else []), default=NEVER)
