"""What readers can follow: an edition, one of its sections, tags or authors, its caricatures; or everything."""

from dataclasses import dataclass

from .config import Site


@dataclass(frozen=True, slots=True)
class Channel:
    """One listing of live articles, which has a page and feeds. `edition` is None for all editions together.

    `listing` is `all`, `caricatures`, `section/<key>`, `tag/<key>` or `author/<key>`.
    """

    edition: str | None
    listing: str

    @property
    def folder(self) -> str:
        """The path that its page and its feeds stand under, with a slash at both ends."""
        parts = [self.edition or "", "" if self.listing == "all" else self.listing]
        return "/" + "".join(f"{part}/" for part in parts if part)

    @property
    def named(self) -> bool:
        """Whether it takes its name from what editors write, and so comes and goes with its articles."""
        return self.listing.startswith(("tag/", "author/"))

    def stands(self, site: Site) -> bool:
        """Whether it has a page and feeds even without an article."""
        if self.edition is None:
            return len(site.editions) > 1
        edition = site.editions.get(self.edition)
        kind, _, key = self.listing.partition("/")
        return edition is not None and (key in edition.sections if kind == "section" else not key)


EVERYTHING = Channel(None, "all")


def permanent_channels(site: Site) -> tuple[Channel, ...]:
    """The channels that are there from the first day, in the order of the site's own settings."""
    channels = [
        Channel(edition.code, listing)
        for edition in site.editions.values()
        for listing in ("all", *(f"section/{section}" for section in edition.sections), "caricatures")
    ]
    return (*channels, EVERYTHING) if EVERYTHING.stands(site) else tuple(channels)
