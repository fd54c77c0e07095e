"""feedgen, which writes the XML of RSS and Atom, with what they have in common and its surprises dealt with.

feedgen stamps feeds and entries with the present time, puts each new entry first and names its own version: all three
would change the bytes of a feed in which nothing has changed. It writes all entries of a feed anew each time. It has no
place for an entry's language, a picture's description, RFC 5005's marks or a stylesheet, and misspells the syndication
module's elements; extensions, its public hook, see to those.

So it is asked for a feed's head and for each entry on its own. An entry is written once in both formats, and stands
as it is in every feed that holds it. Its text, which is most of it, is escaped once for both.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.utils import format_datetime
from html import escape
from typing import Any

from feedgen.entry import FeedEntry  # type: ignore[import-untyped]  # feedgen has no types
from feedgen.ext.base import BaseExtension  # type: ignore[import-untyped]
from feedgen.feed import FeedGenerator  # type: ignore[import-untyped]
from lxml import etree  # type: ignore[import-untyped]  # nor has lxml

from ..shared.memory import Memory
from ..shared.serving import FEED_MINUTES
from .entry import Entry, Picture
from .feed import Feed

GENERATOR = "Broadsheet"
STYLESHEET = 'type="text/css" href="/assets/feed.css"'
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DC = "http://purl.org/dc/elements/1.1/"
HISTORY = "http://purl.org/syndication/history/1.0"
MEDIA = "http://search.yahoo.com/mrss/"
SYNDICATION = "http://purl.org/rss/1.0/modules/syndication/"

REMEMBERED = 32_000_000  # bytes of written entries that a warm function keeps: thousands of a usual length


@dataclass(frozen=True, slots=True)
class Written:
    """An entry's bytes in both formats, to stand between a feed's head and its closing tags."""

    rss: bytes
    atom: bytes


def generator(feed: Feed, media_type: str) -> FeedGenerator:
    """The feed without its entries in feedgen's hands, ready for `rss_str` or `atom_str`."""
    made = FeedGenerator()
    made.register_extension("more", _FeedMore)
    made.more.feed = feed
    made.id(feed.id)
    made.title(feed.title)
    made.description(feed.description)
    made.link(href=feed.url, rel="self", type=media_type)
    for rel, href in _links(feed):
        made.link(href=href, rel=rel)
    made.link(href=feed.home, rel="alternate", type="text/html")  # last: RSS takes the last one for its <link>
    made.language(feed.language)
    made.author(name=feed.title)  # RFC 4287 §4.1.1: for the entries that name nobody
    made.updated(feed.updated)
    if not feed.archive:
        made.ttl(FEED_MINUTES)
    made.generator(GENERATOR)
    return made


def document(head: bytes, entries: Iterable[bytes], closing: bytes) -> bytes:
    """A feed's head as feedgen wrote it, with the entries before its closing tags."""
    return b"".join([head.removesuffix(closing), *entries, closing])


def written(entries: Sequence[Entry]) -> list[Written]:
    """The entries in both formats."""
    return _entries.recall_all(entries, _written)


def _weight(entry: Written) -> int:
    return 2 * (len(entry.rss) + len(entry.atom))  # the key holds the texts too


_entries: Memory[Entry, Written] = Memory(REMEMBERED, _weight)


def _written(entries: Sequence[Entry]) -> Iterable[Written]:
    made = [_entry(entry) for entry in entries]
    rss = etree.Element("rss", nsmap={"content": CONTENT, "dc": DC, "media": MEDIA})
    atom = etree.Element("feed", nsmap={"media": MEDIA})
    items = _inside(rss, etree.SubElement(rss, "channel"), (entry.rss_entry() for entry in made))
    elements = _inside(atom, atom, (entry.atom_entry() for entry in made))
    for entry, item, element in zip(entries, items, elements, strict=True):
        text = escape(entry.content or "", quote=False).replace("\r", "&#13;").encode()
        yield Written(
            item.replace(b"<content:encoded></", b"<content:encoded>" + text + b"</", 1),
            element.replace(b'<content type="html"/>', b'<content type="html">' + text + b"</content>", 1),
        )


def _inside(root: Any, parent: Any, entries: Iterable[Any]) -> list[bytes]:
    """The entries' bytes as they stand in a feed, whose root declares the namespaces."""
    etree.SubElement(parent, "end")
    for entry in entries:
        parent.append(entry)
        etree.SubElement(parent, "end")
    content: bytes = etree.tostring(root, pretty_print=True, encoding="UTF-8", xml_declaration=False)
    indent = content[: content.index(b"<end/>")].rpartition(b"\n")[2]
    return content.split(indent + b"<end/>\n")[1:-1]  # no text or attribute holds it: there every < is &lt;


def _entry(entry: Entry) -> FeedEntry:
    made = FeedEntry()
    made.register_extension("more", _EntryMore)
    made.id(entry.id)
    made.title(entry.title)
    made.link(href=entry.link)
    made.summary(entry.summary)
    if entry.content is not None:
        made.content("", type="html")  # escaped, not CDATA: nothing in a text can end it early
    made.author([{"name": author} for author in entry.authors])
    made.category([{"term": each.term, "label": each.label, "scheme": each.scheme} for each in entry.categories])
    made.updated(entry.updated)
    made.more.entry = entry
    return made


def _links(feed: Feed) -> list[tuple[str, str]]:
    """What leads on from the feed: its hub (WebSub §4), and its history (RFC 5005 §4)."""
    rels = {"hub": feed.hub, "current": feed.current, "prev-archive": feed.previous, "next-archive": feed.next}
    return [(rel, href) for rel, href in rels.items() if href]


class _FeedMore(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """What feedgen cannot say of a feed: its looks in a browser, its place in its history, when to come back."""

    feed: Feed

    def extend_ns(self) -> dict[str, str]:
        return {"dc": DC, "fh": HISTORY, "media": MEDIA, "sy": SYNDICATION}

    def extend_rss(self, rss: Any) -> Any:
        channel = rss[0]
        if self.feed.language:
            rss.set(LANG, self.feed.language)  # for the stylesheet: CSS knows this attribute, and no <language>
        for rel, href in _links(self.feed):
            etree.SubElement(channel, f"{{{ATOM}}}link", rel=rel, href=href)
        if not self.feed.archive:  # in step with ttl and Cache-Control; an archive document need not be asked for again
            etree.SubElement(channel, f"{{{SYNDICATION}}}updatePeriod").text = "hourly"
            etree.SubElement(channel, f"{{{SYNDICATION}}}updateFrequency").text = str(60 // FEED_MINUTES)
        self._extend(rss, channel)
        return rss

    def extend_atom(self, feed: Any) -> Any:
        self._extend(feed, feed)
        return feed

    def _extend(self, root: Any, channel: Any) -> None:
        root.addprevious(etree.ProcessingInstruction("xml-stylesheet", STYLESHEET))
        for name, holds in (("archive", self.feed.archive), ("complete", self.feed.complete)):
            if holds:
                etree.SubElement(channel, f"{{{HISTORY}}}{name}")


class _EntryMore(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """The picture as Media RSS, the language, the date of publication, and for RSS the authors in Dublin Core.

    RSS's own `author` holds nothing but addresses. The date is here because feedgen sets the process's locale, and
    sets it back, for each one that it writes.
    """

    entry: Entry

    def extend_rss(self, item: Any) -> Any:
        etree.SubElement(item, "pubDate").text = format_datetime(self.entry.published)
        for author in self.entry.authors:
            etree.SubElement(item, f"{{{DC}}}creator").text = author
        etree.SubElement(item, f"{{{DC}}}language").text = self.entry.language
        return self._extend(item)

    def extend_atom(self, entry: Any) -> Any:
        entry.set(LANG, self.entry.language)
        etree.SubElement(entry, "published").text = self.entry.published.isoformat()
        return self._extend(entry)

    def _extend(self, entry: Any) -> Any:
        if self.entry.picture:
            _media(entry, self.entry.picture)
        return entry


def _media(parent: Any, picture: Picture) -> None:
    content = etree.SubElement(parent, f"{{{MEDIA}}}content", url=picture.url, medium="image")
    if picture.type:
        content.set("type", picture.type)
    content.set("width", str(picture.width))
    content.set("height", str(picture.height))
    for name, text in (("description", picture.alt), ("credit", picture.credit)):
        if text:
            etree.SubElement(content, f"{{{MEDIA}}}{name}").text = text
