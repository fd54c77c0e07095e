"""What podcast clients and directories read in RSS besides the enclosure: Apple's tags, by feedgen's extension.

https://podcasters.apple.com/support/823-podcast-requirements lists those that a directory requires of a show.
"""

from typing import Any

from feedgen.entry import FeedEntry  # type: ignore[import-untyped]  # feedgen has no types
from feedgen.feed import FeedGenerator  # type: ignore[import-untyped]
from lxml import etree  # type: ignore[import-untyped]  # nor has lxml

from .entry import Entry
from .feed import Feed

ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
IMAGES = (".jpg", ".png")  # feedgen refuses others, as Apple does


def describe_show(made: FeedGenerator, feed: Feed) -> None:
    """Declare the namespace of Apple's tags if an entry has an enclosure, and describe the show if it has settings."""
    if not feed.enclosures:
        return
    made.load_extension("podcast", atom=False)
    if show := feed.podcast:
        made.podcast.itunes_author(show.author)
        made.podcast.itunes_category({"cat": show.category})
        made.podcast.itunes_image(show.image)
        made.podcast.itunes_type("episodic")
        if show.email:
            made.podcast.itunes_owner(show.author, show.email)


def add_explicit(channel: Any, feed: Feed) -> None:
    """Say whether the show is explicit, in the words that Apple reads today; feedgen knows the older ones only."""
    if feed.enclosures and feed.podcast:
        etree.SubElement(channel, f"{{{ITUNES}}}explicit").text = str(feed.podcast.explicit).lower()


def describe_episode(made: FeedEntry, entry: Entry) -> None:
    """Describe the entry's first enclosure to podcast clients."""
    if not entry.enclosures:
        return
    made.load_extension("podcast", atom=False)
    made.podcast.itunes_duration(entry.enclosures[0].duration)
    if entry.authors:
        made.podcast.itunes_author(entry.podcast_author)
    if entry.image and entry.image.url.endswith(IMAGES):
        made.podcast.itunes_image(entry.image.url)


def add_enclosure(item: Any, entry: Entry) -> None:
    """Add the first enclosure to an item of RSS, which holds one only. An unknown length is 0: RSS requires a number.

    Both follow https://www.rssboard.org/rss-profile#element-channel-item-enclosure.
    """
    for first in entry.enclosures[:1]:
        etree.SubElement(item, "enclosure", url=first.url, length=str(first.length or 0), type=first.type)


def add_links(element: Any, entry: Entry) -> None:
    """Link to each enclosure in an entry of Atom (RFC 4287 §4.2.7). feedgen would write nothing of it but the URL."""
    for each in entry.enclosures:
        link = etree.SubElement(element, "link", rel="enclosure", href=each.url, type=each.type)
        for name, value in (("length", each.length), ("title", each.title)):
            if value:
                link.set(name, str(value))
