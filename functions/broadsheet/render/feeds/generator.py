"""RSS and Atom by feedgen: what they have in common, and extensions for what feedgen lacks.

feedgen writes the current time into feeds and entries, inserts new entries first and names its own version, each of
which would change the bytes of an unchanged feed. It renders all entries of a feed every time. It has no fields for an
entry's language, an image's description, RFC 5005 or a stylesheet, and misspells elements of the syndication module.

Therefore feedgen renders a feed's head, and each entry separately. An entry is rendered once for both formats and
cached. Its text, which is most of it, is escaped once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import format_datetime
from html import escape
from typing import Any

from cachetools import LRUCache, cached
from feedgen.entry import FeedEntry  # type: ignore[import-untyped]  # feedgen has no types
from feedgen.ext.base import BaseExtension  # type: ignore[import-untyped]
from feedgen.feed import FeedGenerator  # type: ignore[import-untyped]
from lxml import etree  # type: ignore[import-untyped]  # nor has lxml

from ..shared.serving import FEED_MINUTES
from .entry import Entry, EntryImage
from .feed import Feed
from .podcast import ITUNES, add_enclosure, add_explicit, add_links, describe_episode, describe_show

GENERATOR = "Broadsheet"
STYLESHEET = 'type="text/css" href="/assets/feed.css"'
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DC = "http://purl.org/dc/elements/1.1/"
HISTORY = "http://purl.org/syndication/history/1.0"
MEDIA = "http://search.yahoo.com/mrss/"
SYNDICATION = "http://purl.org/rss/1.0/modules/syndication/"

CACHE_BYTES = 32_000_000  # thousands of entries of usual length


@dataclass(frozen=True, slots=True)
class RenderedEntry:
    """An entry's bytes in both formats, for a feed between its head and its closing tags."""

    rss: bytes
    atom: bytes

    @property
    def cache_size(self) -> int:
        """Bytes in a cache. The key holds the texts as well."""
        return 2 * (len(self.rss) + len(self.atom))


def generator(feed: Feed, media_type: str) -> FeedGenerator:
    """feedgen's generator for the feed without entries, ready for `rss_str` or `atom_str`."""
    made = FeedGenerator()
    made.register_extension("more", _FeedExtension)
    made.more.feed = feed
    made.id(feed.id)
    made.title(feed.title)
    made.description(feed.description)
    made.link(href=feed.url, rel="self", type=media_type)
    for rel, href in _links(feed):
        made.link(href=href, rel=rel)
    made.link(href=feed.home, rel="alternate", type="text/html")  # last: RSS uses the last one for its <link>
    made.language(feed.language)
    made.author(name=feed.title)  # RFC 4287 §4.1.1: for entries without authors
    made.updated(feed.updated)
    if not feed.archive:
        made.ttl(FEED_MINUTES)
    made.generator(GENERATOR)
    describe_show(made, feed)
    return made


def document(head: bytes, entries: Iterable[bytes], closing: bytes) -> bytes:
    """The feed: feedgen's head with the entries inserted before the closing tags."""
    return b"".join([head.removesuffix(closing), *entries, closing])


@cached(LRUCache(CACHE_BYTES, lambda rendered: rendered.cache_size))
def rendered(entry: Entry) -> RenderedEntry:
    """The entry in both formats."""
    made = _entry(entry)
    podcast = {"itunes": ITUNES} if entry.enclosures else {}
    rss = etree.Element("rss", nsmap={"content": CONTENT, "dc": DC, "media": MEDIA} | podcast)
    atom = etree.Element("feed", nsmap={"media": MEDIA})
    item = _inside(rss, etree.SubElement(rss, "channel"), made.rss_entry())
    element = _inside(atom, atom, made.atom_entry())
    text = escape(entry.content or "", quote=False).replace("\r", "&#13;").encode()
    return RenderedEntry(
        item.replace(b"<content:encoded></", b"<content:encoded>" + text + b"</", 1),
        element.replace(b'<content type="html"/>', b'<content type="html">' + text + b"</content>", 1),
    )


def _inside(root: Any, parent: Any, entry: Any) -> bytes:
    """The entry's bytes as in a feed, whose root declares the namespaces: the lines between those of `<end/>`."""
    etree.SubElement(parent, "end")
    parent.append(entry)
    etree.SubElement(parent, "end")
    content: bytes = etree.tostring(root, pretty_print=True, encoding="UTF-8", xml_declaration=False)
    first, last = content.index(b"<end/>"), content.rindex(b"<end/>")  # in texts and attributes `<` is escaped
    return content[content.index(b"\n", first) + 1 : content.rindex(b"\n", 0, last) + 1]


def _entry(entry: Entry) -> FeedEntry:
    made = FeedEntry()
    made.register_extension("more", _EntryExtension)
    made.id(entry.id)
    made.title(entry.title)
    made.link(href=entry.link)
    made.summary(entry.summary)
    if entry.content is not None:
        made.content("", type="html")  # escaped, not CDATA, which a text could end early
    made.author([{"name": author} for author in entry.authors])
    made.category([{"term": each.term, "label": each.label, "scheme": each.scheme} for each in entry.categories])
    made.updated(entry.updated)
    made.more.entry = entry
    describe_episode(made, entry)
    return made


def _links(feed: Feed) -> list[tuple[str, str]]:
    """The links to the feed's hub (WebSub §4) and along its history (RFC 5005 §4)."""
    links = {"hub": feed.hub, "current": feed.current, "prev-archive": feed.previous, "next-archive": feed.next}
    return [(rel, href) for rel, href in links.items() if href]


class _FeedExtension(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """A feed's stylesheet, its history, and its update period."""

    feed: Feed

    def extend_ns(self) -> dict[str, str]:
        return {"dc": DC, "fh": HISTORY, "media": MEDIA, "sy": SYNDICATION}

    def extend_rss(self, rss: Any) -> Any:
        channel = rss[0]
        if self.feed.language:
            rss.set(LANG, self.feed.language)  # for the stylesheet: CSS does not know <language>
        for rel, href in _links(self.feed):
            etree.SubElement(channel, f"{{{ATOM}}}link", rel=rel, href=href)
        if not self.feed.archive:  # equal to ttl and Cache-Control; archive documents need no polling
            etree.SubElement(channel, f"{{{SYNDICATION}}}updatePeriod").text = "hourly"
            etree.SubElement(channel, f"{{{SYNDICATION}}}updateFrequency").text = str(60 // FEED_MINUTES)
        add_explicit(channel, self.feed)
        return self._extend(rss, channel)

    def extend_atom(self, feed: Any) -> Any:
        return self._extend(feed, feed)

    def _extend(self, root: Any, channel: Any) -> Any:
        root.addprevious(etree.ProcessingInstruction("xml-stylesheet", STYLESHEET))
        for name, applies in (("archive", self.feed.archive), ("complete", self.feed.complete)):
            if applies:
                etree.SubElement(channel, f"{{{HISTORY}}}{name}")
        return root


class _EntryExtension(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """The image as Media RSS, the enclosures, the language, the date of publication, and in RSS the authors in Dublin
    Core.

    RSS's own `author` holds email addresses only. The date is here because feedgen changes the process's locale for
    each one that it writes.
    """

    entry: Entry

    def extend_rss(self, item: Any) -> Any:
        etree.SubElement(item, "pubDate").text = format_datetime(self.entry.published)
        for author in self.entry.authors:
            etree.SubElement(item, f"{{{DC}}}creator").text = author
        etree.SubElement(item, f"{{{DC}}}language").text = self.entry.language
        add_enclosure(item, self.entry)
        return self._extend(item)

    def extend_atom(self, entry: Any) -> Any:
        entry.set(LANG, self.entry.language)
        etree.SubElement(entry, "published").text = self.entry.published.isoformat()
        add_links(entry, self.entry)
        return self._extend(entry)

    def _extend(self, entry: Any) -> Any:
        if self.entry.image:
            _media(entry, self.entry.image)
        return entry


def _media(parent: Any, image: EntryImage) -> None:
    content = etree.SubElement(parent, f"{{{MEDIA}}}content", url=image.url, medium="image")
    if image.type:
        content.set("type", image.type)
    content.set("width", str(image.width))
    content.set("height", str(image.height))
    for name, text in (("description", image.alt), ("credit", image.credit)):
        if text:
            etree.SubElement(content, f"{{{MEDIA}}}{name}").text = text
