"""Atom 1.0 (RFC 4287), with Media RSS."""

from . import serving
from .feed import Feed, Format
from .generator import generator


def write(feed: Feed) -> bytes:
    """The feed as an Atom document in UTF-8."""
    content: bytes = generator(feed, ATOM.media_type).atom_str(pretty=True)
    return content


ATOM = Format("Atom", "feed.atom", serving.ATOM, write)
