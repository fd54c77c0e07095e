"""The feed directory: a page for people in each edition, and an OPML document for feed readers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # it has no types

from ...model.channel import EVERYTHING, Channel
from ...model.config import Edition, Site
from ...model.queries import Snapshot, TagAndAuthorNames
from ..feeds.rss import RSS
from ..shared import channels, urls
from ..shared.locale import locale
from ..shared.serving import OPML
from ..shared.target import ChangeSet, RenderedObject, Target
from .fronts import editions
from .layout import page

# Longer lists are folded by first letters.
MAX_LIST_LENGTH = 60

# A channel and its name.
NamedChannel = tuple[Channel, str]


@dataclass(frozen=True, slots=True)
class Group:
    """Channels of one kind, with a heading and a text that says what they hold."""

    heading: str
    text: str
    channels: Sequence[NamedChannel]

    @property
    def folded(self) -> Sequence[tuple[str, Sequence[NamedChannel]]]:
        """The channels by first letters; empty if they are few enough for one list."""
        if len(self.channels) <= MAX_LIST_LENGTH:
            return ()
        return [(letter, list(named)) for letter, named in groupby(self.channels, lambda named: _sort_key(named)[0])]


def feed_directories(changes: ChangeSet) -> Iterator[Target]:
    """The page of each edition that lists its feeds."""
    for edition in editions(changes):
        path = f"{changes.site.root(edition)}/feeds/"
        yield Target(urls.key(path), (TagAndAuthorNames(edition),), partial(_page, edition, path))


def opml(changes: ChangeSet) -> Iterator[Target]:
    """The feeds of all editions as OPML 2.0. It names the RSS feeds, since every reader knows RSS."""
    if changes.channels:
        yield Target("feeds.opml", tuple(TagAndAuthorNames(edition) for edition in changes.site.editions), _opml)


def _page(code: str, path: str, site: Site, snapshot: Snapshot) -> RenderedObject:
    edition = site.editions[code]
    texts = locale(edition)
    whole = [
        (Channel(code, "all"), texts.channels.whole_edition, texts.channels.edition_holds),
        (Channel(code, "caricatures"), texts.channels.caricatures, texts.channels.caricatures_hold),
    ]
    if site.sends_mail:
        whole.append((Channel(code, "newsletter"), texts.issues.title, texts.issues.intro))
    if EVERYTHING.permanent(site):
        whole.append((EVERYTHING, texts.channels.all_editions, texts.channels.everything_holds))
    groups = _groups(edition, snapshot[TagAndAuthorNames(code)])
    title, intro = texts.feeds.title, texts.feeds.intro
    return page("feed_directory.html", site, edition, path, title, intro, whole=whole, groups=groups)


def _groups(edition: Edition, names: Mapping[str, str]) -> list[Group]:
    """The sections, authors and tags; kinds without channels are left out."""
    texts = locale(edition)
    sections = [(Channel(edition.code, f"section/{key}"), name) for key, name in edition.sections.items()]
    named = sorted(((Channel(edition.code, listing), name) for listing, name in names.items()), key=_sort_key)
    authors = [(channel, name) for channel, name in named if channel.listing.startswith("author/")]
    tags = [(channel, name) for channel, name in named if channel.listing.startswith("tag/")]
    groups = (
        Group(texts.channels.sections, texts.channels.sections_hold, sections),
        Group(texts.channels.authors, texts.channels.authors_hold, authors),
        Group(texts.channels.topics, texts.channels.topics_hold, tags),
    )
    return [group for group in groups if group.channels]


def _sort_key(named: NamedChannel) -> str:
    """The channel's key without the Arabic definite article, which dictionaries ignore too."""
    key = named[0].listing.partition("/")[2]
    return (key.removeprefix("ال") or key).upper()


def _opml(site: Site, snapshot: Snapshot) -> RenderedObject:
    """OPML without dates, so the same feeds give the same bytes."""
    root = etree.Element("opml", version="2.0")
    head, body = etree.SubElement(root, "head"), etree.SubElement(root, "body")
    etree.SubElement(head, "title").text = site.name
    etree.SubElement(head, "ownerName").text = site.name
    etree.SubElement(head, "docs").text = "http://opml.org/spec2.opml"
    if EVERYTHING.permanent(site):
        _outline(body, EVERYTHING, channels.name(EVERYTHING, site, ()), site)
    for edition in site.editions.values():
        whole = etree.SubElement(body, "outline", text=edition.name)
        _outline(whole, Channel(edition.code, "all"), edition.name, site)
        _outline(whole, Channel(edition.code, "caricatures"), locale(edition).channels.caricatures, site)
        if site.sends_mail:
            _outline(whole, Channel(edition.code, "newsletter"), locale(edition).issues.title, site)
        for group in _groups(edition, snapshot[TagAndAuthorNames(edition.code)]):
            outline = etree.SubElement(whole, "outline", text=group.heading)
            for channel, name in group.channels:
                _outline(outline, channel, name, site)
    return OPML.output(etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True))


def _outline(parent: Any, channel: Channel, name: str, site: Site) -> None:
    label = channels.label(channel, site, name)
    home = urls.absolute(site, channel.folder(site))
    outline = etree.SubElement(
        parent,
        "outline",
        type="rss",
        text=label,
        title=label,
        description=channels.description(channel, site),
        xmlUrl=home + RSS.file(),
        htmlUrl=home,
        version="RSS2",
    )
    if channel.edition:
        outline.set("language", channel.edition)
