"""Atom 1.0 (RFC 4287), with Media RSS and RFC 5005's history."""

from ..shared import serving
from .feed import Feed, Format
from .generator import document, generator, written


def write(feed: Feed) -> bytes:
    """The feed as an Atom document in UTF-8."""
    head: bytes = generator(feed, ATOM.media_type).atom_str(pretty=True)
    return document(head, (entry.atom for entry in written(feed.entries)), b"</feed>\n")


ATOM = Format("Atom", "atom", serving.ATOM, write)
