"""The page of a section, a tag, an author or the caricatures: the newest articles, and the way to the feeds."""

from collections.abc import Iterator
from functools import partial

from ...model.channel import Channel
from ...model.config import Edition, Site
from ...model.queries import ArticlesOfMonth, FeedWindow, Snapshot
from ..shared import channels, urls
from ..shared.target import ChangeSet, RenderedObject, Target
from ..shared.words import words
from .channel_months import path
from .fronts import SHOWN
from .layout import page


def channel_pages(changes: ChangeSet) -> Iterator[Target]:
    """The channels' pages, but those of editions, which have their fronts, and of all together, which has the doors.

    A page is there as long as the channel's feeds are.
    """
    for channel in changes.channels:
        if channel.edition is not None and channel.listing != "all":
            render = partial(_render, channel, channel.edition)
            yield Target(urls.key(channel.folder), (FeedWindow(channel),), render)


def _render(channel: Channel, code: str, site: Site, snapshot: Snapshot) -> RenderedObject | None:
    articles = snapshot[FeedWindow(channel)].articles[:SHOWN]
    if not articles and not channel.permanent(site):
        return None
    edition = site.editions[code]
    said = words(edition)
    name = channels.name(channel, site, articles)
    # Its older articles are in its months, and the oldest of these leads on to those before.
    months = dict.fromkeys(site.month(article.published_at) for article in articles)
    return page(
        "channel.html",
        site,
        edition,
        channel.folder,
        name,
        f"{channels.label(channel, site, name)}. {channels.description(channel, site)}",
        nearest=channel,
        kicker=_kicker(channel, edition),
        articles=articles,
        gallery=channel.listing == "caricatures",
        months=[(said.month(each), path(ArticlesOfMonth(channel, each))) for each in months],
    )


def _kicker(channel: Channel, edition: Edition) -> str | None:
    """What a name is the name of, where it does not say so itself."""
    said = words(edition)
    return {"tag": said.topic, "author": said.author}.get(channel.listing.partition("/")[0])
