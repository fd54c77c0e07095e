"""A feed before it has a format: what the three formats of an edition's main feed say alike."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ..model.facts import Facts, Newest
from ..model.site import Site
from . import addresses
from .entry import Entry, entry
from .serving import Kind

ENTRIES = 30
LARGEST = 512_000  # bytes; readers and their proxies give up on larger ones
CUTS = (64_000, 32_000, 16_000, 8_000, 4_000, 2_000, 0)  # characters of a body, tried in turn

# RFC 4287 §4.1.1 wants an `updated` of every feed, and one that has never held anything has none to tell.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Feed:
    """An edition's newest articles, newest first. `updated` is their newest change, never the time of the build."""

    id: str
    url: str
    home: str
    title: str
    description: str
    language: str
    updated: datetime
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Format:
    """One format that feeds are written in: its name, its file's name in the edition, how it is served and written."""

    name: str
    file: str
    kind: Kind
    write: Callable[[Feed], bytes]

    @property
    def media_type(self) -> str:
        """The media type without its parameters, as a `<link>` names it."""
        return self.kind.content_type.partition(";")[0]


def newest(edition: str) -> Newest:
    """The question behind everything that shows an edition's newest articles; one for all, so it is read once."""
    return Newest(edition, ENTRIES)


def feed(site: Site, edition: str, file: str, facts: Facts) -> Feed:
    """The edition's main feed, to be served as `file`."""
    paper = site.editions[edition]
    entries = tuple(
        entry(article, facts.bodies[article.body.hash], site) for article in facts.listings[newest(edition)]
    )
    return Feed(
        id=site.tag(f"feeds/{edition}"),
        url=addresses.absolute(site, f"/{edition}/{file}"),
        home=addresses.absolute(site, f"/{edition}/"),
        title=paper.name,
        description=paper.tagline,
        language=edition,
        updated=max((entry.updated for entry in entries), default=NEVER),
        entries=entries,
    )


def written(feed: Feed, write: Callable[[Feed], bytes]) -> bytes:
    """The feed's bytes, its longest bodies cut as far as it takes to stay under `LARGEST`."""
    content = write(feed)
    for longest in CUTS:
        if len(content) <= LARGEST:
            break
        content = write(replace(feed, entries=tuple(entry.cut(longest) for entry in feed.entries)))
    return content
