"""Front pages, and the fragments with an edition's newest articles: latest headlines, ticker, caricature."""

from collections.abc import Iterator, Mapping
from functools import partial

from ...model.channel import Channel
from ...model.config import Site
from ...model.front import arranged
from ...model.queries import FeedWindow, FrontChoice, Snapshot
from ..shared import urls
from ..shared.serving import PAGE
from ..shared.target import ChangeSet, RenderedObject, Target
from ..shared.templating import fragment
from .front_parts import parted
from .layout import page
from .meta import front_meta

# The fragments made from each channel, and how many articles each shows.
FRAGMENTS: Mapping[str, Mapping[str, int]] = {"all": {"latest": 9, "ticker": 6}, "caricatures": {"caricature": 1}}


def fragments(changes: ChangeSet) -> Iterator[Target]:
    """Pieces of HTML that pages load by script, so a new article does not change every page."""
    for channel in changes.channels:
        if channel.edition is not None:
            for name in FRAGMENTS.get(channel.listing, {}):
                key = urls.key(f"{changes.site.root(channel.edition)}/fragments/{name}.html")
                yield Target(key, (FeedWindow(channel),), partial(_fragment, channel, channel.edition, name))


def fronts(changes: ChangeSet) -> Iterator[Target]:
    """The editions' front pages. They exist even without articles."""
    for edition in editions(changes):
        path = f"{changes.site.root(edition)}/"
        yield Target(urls.key(path), (_newest(edition), FrontChoice(edition)), partial(_front, edition, path))


def editions(changes: ChangeSet) -> Iterator[str]:
    """The editions in which an article changed."""
    yield from (channel.edition for channel in changes.channels if channel.edition and channel.listing == "all")


def _newest(edition: str) -> FeedWindow:
    return FeedWindow(Channel(edition, "all"))


def _fragment(channel: Channel, edition: str, name: str, site: Site, snapshot: Snapshot) -> RenderedObject:
    articles = snapshot[FeedWindow(channel)].articles[: FRAGMENTS[channel.listing][name]]
    return PAGE.output(fragment(f"{name}.html", site, site.editions[edition], articles=articles))


def _front(code: str, path: str, site: Site, snapshot: Snapshot) -> RenderedObject:
    edition = site.editions[code]
    choice, newest = snapshot[FrontChoice(code)], snapshot[_newest(code)]
    articles = arranged(choice.front, newest.articles, choice.articles)
    return page(
        "front.html",
        site,
        edition,
        path,
        edition.name,
        edition.tagline,
        articles=articles,
        parts=parted(articles, choice.front, edition.sections, newest.articles),
        # Where none of these is a caricature, the page loads the newest one, unless these are all that there ever were.
        older_cartoons=newest.previous is not None,
        translated_paths={other: f"{each.root}/" for other, each in site.editions.items() if other != code},
        meta=front_meta(edition, site),
    )
