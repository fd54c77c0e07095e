"""RSS 2.0, with content:encoded, dc:creator and Media RSS."""

from . import serving
from .feed import Feed, Format
from .generator import generator


def write(feed: Feed) -> bytes:
    """The feed as an RSS document in UTF-8."""
    content: bytes = generator(feed, RSS.media_type).rss_str(pretty=True)
    return content


RSS = Format("RSS", "feed.xml", serving.RSS, write)
