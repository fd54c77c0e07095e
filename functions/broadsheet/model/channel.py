"""Channels, which readers can follow: editions, their sections, tags, authors, caricatures; and everything."""

from dataclasses import dataclass

from .config import Site

FOLDERS = ("section", "tag", "author", "caricatures")
"""What the paths of channels begin with in the folder of an edition."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A listing of live articles with a page and feeds. `edition` is None for all editions together.

    `listing` is `all`, `caricatures`, `section/<key>`, `tag/<key>` or `author/<key>`.
    """

    edition: str | None
    listing: str

    def folder(self, site: Site) -> str:
        """The path of its page, which its feeds share, with a slash at both ends."""
        root = site.root(self.edition) if self.edition else ""
        return f"{root}/" if self.listing == "all" else f"{root}/{self.listing}/"

    def permanent(self, site: Site) -> bool:
        """Whether it has a page and feeds before it has articles."""
        if self.edition is None:
            return len(site.editions) > 1
        edition = site.editions.get(self.edition)
        kind, _, key = self.listing.partition("/")
        return edition is not None and (key in edition.sections if kind == "section" else not key)


EVERYTHING = Channel(None, "all")


def permanent_channels(site: Site) -> tuple[Channel, ...]:
    """The channels that have pages and feeds before they have articles, in the order of the site's settings."""
    channels = [
        Channel(edition.code, listing)
        for edition in site.editions.values()
        for listing in ("all", *(f"section/{section}" for section in edition.sections), "caricatures")
    ]
    return (*channels, EVERYTHING) if EVERYTHING.permanent(site) else tuple(channels)
