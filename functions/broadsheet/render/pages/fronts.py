"""Pages and fragments that show an edition's newest articles: its front, the latest headlines, the ticker."""

from collections.abc import Iterator, Mapping
from functools import partial

from ...model.channel import Channel
from ...model.config import Site
from ...model.queries import FeedWindow, Snapshot
from ..shared import urls
from ..shared.serving import PAGE
from ..shared.target import ChangeSet, RenderedObject, Target
from ..shared.templating import fragment
from .layout import page
from .meta import front_meta

SHOWN = 30
# How many articles each fragment shows, and of which of an edition's channels.
FRAGMENTS: Mapping[str, Mapping[str, int]] = {"all": {"latest": 8, "ticker": 6}, "caricatures": {"caricature": 1}}


def fragments(changes: ChangeSet) -> Iterator[Target]:
    """Pieces of HTML that pages fetch for themselves, so that what is fresh on them needs no page rendered again."""
    for channel in changes.channels:
        if channel.edition is not None:
            for name in FRAGMENTS.get(channel.listing, {}):
                key = f"{channel.edition}/fragments/{name}.html"
                yield Target(key, (FeedWindow(channel),), partial(_fragment, channel, channel.edition, name))


def fronts(changes: ChangeSet) -> Iterator[Target]:
    """The editions' front pages. They exist even when nothing is live."""
    for edition in editions(changes):
        path = f"/{edition}/"
        yield Target(urls.key(path), (_newest(edition),), partial(_front, edition, path))


def editions(changes: ChangeSet) -> Iterator[str]:
    """The editions that changes touch."""
    yield from (channel.edition for channel in changes.channels if channel.edition and channel.listing == "all")


def _newest(edition: str) -> FeedWindow:
    return FeedWindow(Channel(edition, "all"))


def _fragment(channel: Channel, edition: str, name: str, site: Site, snapshot: Snapshot) -> RenderedObject:
    articles = snapshot[FeedWindow(channel)].articles[: FRAGMENTS[channel.listing][name]]
    return PAGE.output(fragment(f"{name}.html", site, site.editions[edition], articles=articles))


def _front(edition: str, path: str, site: Site, snapshot: Snapshot) -> RenderedObject:
    paper = site.editions[edition]
    articles = snapshot[_newest(edition)].articles[:SHOWN]
    meta = front_meta(paper, site)
    return page("front.html", site, paper, path, paper.name, paper.tagline, articles=articles, meta=meta)
