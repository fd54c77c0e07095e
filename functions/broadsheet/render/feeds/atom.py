"""Atom 1.0 (RFC 4287), with Media RSS and the history of RFC 5005."""

from ..shared import serving
from .feed import Feed, Format
from .generator import document, generator, rendered


def write(feed: Feed) -> bytes:
    """The feed as an Atom document in UTF-8."""
    head: bytes = generator(feed, ATOM.media_type).atom_str(pretty=True)
    return document(head, (rendered(entry).atom for entry in feed.entries), b"</feed>\n")


ATOM = Format("Atom", "atom", serving.ATOM, write)
