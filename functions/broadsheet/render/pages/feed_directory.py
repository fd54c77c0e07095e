"""Every feed in one place: a page for people in each edition, and an OPML document for software."""

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
from ..shared.serving import OPML
from ..shared.target import ChangeSet, RenderedObject, Target
from ..shared.words import words
from .fronts import editions
from .layout import page

# A longer list is folded up by first letters.
LONGEST_LIST = 60

# A channel, and what it is called.
Listed = tuple[Channel, str]


@dataclass(frozen=True, slots=True)
class Group:
    """Channels of one kind: their heading, what each of them holds, and themselves."""

    heading: str
    text: str
    channels: Sequence[Listed]

    @property
    def folded(self) -> Sequence[tuple[str, Sequence[Listed]]]:
        """The channels by the letters that they are filed under; none where they are few enough for one list."""
        if len(self.channels) <= LONGEST_LIST:
            return ()
        return [(letter, list(listed)) for letter, listed in groupby(self.channels, lambda each: _filed(each)[0])]


def feed_directories(changes: ChangeSet) -> Iterator[Target]:
    """The page of each edition that lists its feeds."""
    for edition in editions(changes):
        path = f"/{edition}/feeds/"
        yield Target(urls.key(path), (TagAndAuthorNames(edition),), partial(_page, edition, path))


def opml(changes: ChangeSet) -> Iterator[Target]:
    """The feeds of all editions as OPML 2.0, in the format that every reader knows."""
    yield Target("feeds.opml", tuple(TagAndAuthorNames(edition) for edition in changes.site.editions), _opml)


def _page(code: str, path: str, site: Site, snapshot: Snapshot) -> RenderedObject:
    edition = site.editions[code]
    said = words(edition)
    whole = [
        (Channel(code, "all"), said.whole_edition, said.edition_holds),
        (Channel(code, "caricatures"), said.caricatures, said.caricatures_hold),
        *([(EVERYTHING, said.all_editions, said.everything_holds)] if EVERYTHING.permanent(site) else []),
    ]
    groups = _groups(edition, snapshot[TagAndAuthorNames(code)])
    return page("feeds.html", site, edition, path, said.feeds, said.feeds_text, whole=whole, groups=groups)


def _groups(edition: Edition, names: Mapping[str, str]) -> list[Group]:
    """The sections, authors and tags, as far as there are any."""
    said = words(edition)
    sections = [(Channel(edition.code, f"section/{key}"), name) for key, name in edition.sections.items()]
    named = sorted(((Channel(edition.code, listing), name) for listing, name in names.items()), key=_filed)
    authors = [(channel, name) for channel, name in named if channel.listing.startswith("author/")]
    tags = [(channel, name) for channel, name in named if channel.listing.startswith("tag/")]
    groups = (
        Group(said.sections, said.sections_hold, sections),
        Group(said.authors, said.authors_hold, authors),
        Group(said.tags, said.tags_hold, tags),
    )
    return [group for group in groups if group.channels]


def _filed(listed: Listed) -> str:
    """What it is looked up under. Most Arabic nouns have the article in front, so the letter behind it is the first."""
    key = listed[0].listing.partition("/")[2]
    return (key.removeprefix("ال") or key).upper()


def _opml(site: Site, snapshot: Snapshot) -> RenderedObject:
    """The same bytes as long as the same feeds are there: it names no time."""
    root = etree.Element("opml", version="2.0")
    head, body = etree.SubElement(root, "head"), etree.SubElement(root, "body")
    etree.SubElement(head, "title").text = site.name
    etree.SubElement(head, "ownerName").text = site.name
    etree.SubElement(head, "docs").text = "http://opml.org/spec2.opml"
    if EVERYTHING.permanent(site):
        _outline(body, EVERYTHING, channels.name(EVERYTHING, site, ()), site)
    for edition in site.editions.values():
        paper = etree.SubElement(body, "outline", text=edition.name)
        _outline(paper, Channel(edition.code, "all"), edition.name, site)
        _outline(paper, Channel(edition.code, "caricatures"), words(edition).caricatures, site)
        for group in _groups(edition, snapshot[TagAndAuthorNames(edition.code)]):
            outline = etree.SubElement(paper, "outline", text=group.heading)
            for channel, name in group.channels:
                _outline(outline, channel, name, site)
    return OPML.output(etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True))


def _outline(parent: Any, channel: Channel, name: str, site: Site) -> None:
    label = channels.label(channel, site, name)
    home = urls.absolute(site, channel.folder)
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
