"""(d) Rendering a feed with full texts in three formats; the peer is feedgen alone, which writes RSS and Atom.

Each run has new articles, whose entries are not cached; rendered a second time, they are. The peer has the same
entries, with all the fields that feedgen and its extensions for authors and images support.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from time import process_time

from feedgen.feed import FeedGenerator  # type: ignore[import-untyped]  # it has no types

from benchmarks import archive
from broadsheet.model.config import Site, parse_site
from broadsheet.render.feeds.channel_feeds import FORMATS
from broadsheet.render.feeds.entry import entry
from broadsheet.render.feeds.feed import Feed
from broadsheet.settings import SITE_FILE

ENTRIES = 45
RUNS = 100


@dataclass
class Rendering:
    """Seconds of processor time for each run: new entries, cached entries, and the peer."""

    new: list[float] = field(default_factory=list)
    cached: list[float] = field(default_factory=list)
    peer: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """The time of new entries to that of the peer, the median of all runs."""
        return median(own / peer for own, peer in zip(self.new, self.peer, strict=True))

    @property
    def ratio_cached(self) -> float:
        """The time of cached entries to that of the peer, the median of all runs."""
        return median(own / peer for own, peer in zip(self.cached, self.peer, strict=True))


def measure(runs: int = RUNS) -> Rendering:
    """Render each feed three times: new, cached, and by the peer, which comes first in every other run."""
    site = parse_site(SITE_FILE.read_text(encoding="utf-8"))
    rendering = Rendering()
    for run in range(-1, runs):  # run -1 warms up the process
        feed = feed_of(run + 1, site)
        takes = [(rendering.new, in_all_formats), (rendering.cached, in_all_formats)]
        turns = [(rendering.peer, by_feedgen)]
        for times, write in takes + turns if run % 2 else turns + takes:
            taken = _time(write, feed)
            if run >= 0:
                times.append(taken)
    return rendering


def feed_of(run: int, site: Site) -> Feed:
    """A feed of articles that no other run has."""
    numbers = range(run * ENTRIES, (run + 1) * ENTRIES)
    entries = tuple(entry(archive.article(number, site), archive.text(number), site) for number in numbers)
    return Feed(
        id=site.tag("feeds/en"),
        url=site.url("/en/feed.xml"),
        home=site.url("/en/"),
        title=site.name,
        description=site.name,
        language="en",
        updated=entries[0].updated,
        entries=entries,
        hub="https://hub.example/",
        previous=site.url("/en/feed.2025-05.xml"),
    )


def in_all_formats(feed: Feed) -> None:
    for format in FORMATS:
        format.render(feed)


def by_feedgen(feed: Feed) -> None:
    """The feed by feedgen, as in its documentation."""
    made = FeedGenerator()
    made.load_extension("dc")
    made.load_extension("media")
    made.id(feed.id)
    made.title(feed.title)
    made.description(feed.description)
    made.link(href=feed.url, rel="self")
    made.link(href=feed.home, rel="alternate")
    made.language(feed.language)
    made.updated(feed.updated)
    for one in feed.entries:
        added = made.add_entry(order="append")
        added.id(one.id)
        added.title(one.title)
        added.link(href=one.link)
        added.summary(one.summary)
        added.content(one.content, type="html")
        added.author([{"name": author} for author in one.authors])
        added.category([{"term": each.term, "label": each.label, "scheme": each.scheme} for each in one.categories])
        added.published(one.published)
        added.updated(one.updated)
        added.dc.dc_creator(list(one.authors))
        added.dc.dc_language(one.language)
        if one.image:
            size = {"width": str(one.image.width), "height": str(one.image.height)}
            added.media.content(url=one.image.url, type=one.image.type, medium="image", group=None, **size)
    made.rss_str()
    made.atom_str()


def _time(write: Callable[[Feed], None], feed: Feed) -> float:
    start = process_time()
    write(feed)
    return process_time() - start
