"""RSS 2.0, with content:encoded, dc:creator, Media RSS and the history of RFC 5005."""

from ..shared import serving
from .feed import Feed, Format
from .generator import document, generator, rendered


def write(feed: Feed) -> bytes:
    """The feed as an RSS document in UTF-8."""
    head: bytes = generator(feed, RSS.media_type).rss_str(pretty=True)
    return document(head, (rendered(entry).rss for entry in feed.entries), b"  </channel>\n</rss>\n")


RSS = Format("RSS", "xml", serving.RSS, write)
