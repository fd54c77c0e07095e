"""A feedgen generator with what RSS and Atom have in common, and with its surprises dealt with.

feedgen stamps feeds and entries with the present time, puts each new entry first and names its own version: all three
would change the bytes of a feed in which nothing has changed. It has no place for an entry's language or a picture's
description, and misspells the syndication module's elements; extensions, its public hook, see to those.
"""

from typing import Any

from feedgen.entry import FeedEntry  # type: ignore[import-untyped]  # feedgen has no types
from feedgen.ext.base import BaseExtension  # type: ignore[import-untyped]
from feedgen.ext.dc import DcEntryExtension, DcExtension  # type: ignore[import-untyped]
from feedgen.feed import FeedGenerator  # type: ignore[import-untyped]
from lxml import etree  # type: ignore[import-untyped]  # nor has lxml

from .entry import Entry, Picture
from .feed import Feed
from .serving import FEED_MINUTES

GENERATOR = "Broadsheet"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
MEDIA = "http://search.yahoo.com/mrss/"
SYNDICATION = "http://purl.org/rss/1.0/modules/syndication/"


def generator(feed: Feed, media_type: str) -> FeedGenerator:
    """The feed in feedgen's hands, ready for `rss_str` or `atom_str`."""
    made = FeedGenerator()
    made.register_extension("dc", DcExtension, DcEntryExtension, atom=False)
    made.register_extension("more", _FeedMore, _EntryMore)
    made.id(feed.id)
    made.title(feed.title)
    made.description(feed.description)
    made.link(href=feed.url, rel="self", type=media_type)
    made.link(href=feed.home, rel="alternate", type="text/html")  # last: RSS takes the last one for its <link>
    made.language(feed.language)
    made.author(name=feed.title)  # RFC 4287 §4.1.1: for the entries that name nobody
    made.updated(feed.updated)
    made.ttl(FEED_MINUTES)
    made.generator(GENERATOR)
    for entry in feed.entries:
        _add(made, entry)
    return made


def _add(made: FeedGenerator, entry: Entry) -> FeedEntry:
    added = made.add_entry(order="append")
    added.id(entry.id)
    added.title(entry.title)
    added.link(href=entry.link)
    added.summary(entry.summary)
    added.content(entry.content, type="html")  # escaped, not CDATA: nothing in a text can end it early
    added.author([{"name": author} for author in entry.authors])
    added.category([{"term": each.term, "label": each.label, "scheme": each.scheme} for each in entry.categories])
    added.published(entry.published)
    added.updated(entry.updated)
    added.dc.dc_creator(list(entry.authors))
    added.dc.dc_language(entry.language)
    added.more.entry = entry
    return added


class _FeedMore(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """When to come back (RSS 1.0 syndication module), in step with `ttl` and Cache-Control."""

    def extend_ns(self) -> dict[str, str]:
        return {"media": MEDIA, "sy": SYNDICATION}

    def extend_rss(self, rss: Any) -> Any:
        etree.SubElement(rss[0], f"{{{SYNDICATION}}}updatePeriod").text = "hourly"
        etree.SubElement(rss[0], f"{{{SYNDICATION}}}updateFrequency").text = str(60 // FEED_MINUTES)
        return rss


class _EntryMore(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """The picture as Media RSS, and the language of an Atom entry."""

    entry: Entry

    def extend_rss(self, item: Any) -> Any:
        if self.entry.picture:
            _media(item, self.entry.picture)
        return item

    def extend_atom(self, entry: Any) -> Any:
        entry.set(LANG, self.entry.language)
        return self.extend_rss(entry)


def _media(parent: Any, picture: Picture) -> None:
    content = etree.SubElement(parent, f"{{{MEDIA}}}content", url=picture.url, medium="image")
    if picture.type:
        content.set("type", picture.type)
    content.set("width", str(picture.width))
    content.set("height", str(picture.height))
    for name, text in (("description", picture.alt), ("credit", picture.credit)):
        if text:
            etree.SubElement(content, f"{{{MEDIA}}}{name}").text = text
