"""Channel pages: the newest articles of a section, a tag, an author or the caricatures, with links to their feeds."""

from collections.abc import Iterator
from functools import partial

from ...model.channel import Channel
from ...model.config import Edition, Site
from ...model.queries import ArticlesOfMonth, FeedWindow, Snapshot
from ..shared import channels, urls
from ..shared.locale import locale
from ..shared.target import ChangeSet, RenderedObject, Target
from .channel_months import path
from .layout import page
from .meta import PLAIN, author_meta

MAX_ARTICLES = 30


def channel_pages(changes: ChangeSet) -> Iterator[Target]:
    """A page for each channel but editions, which have front pages, and all editions, which have the language chooser.

    A channel has a page exactly when it has feeds.
    """
    for channel in changes.channels:
        if channel.edition is not None and channel.listing != "all":
            render = partial(_render, channel, channel.edition)
            yield Target(urls.key(channel.folder(changes.site)), (FeedWindow(channel),), render)


def _render(channel: Channel, code: str, site: Site, snapshot: Snapshot) -> RenderedObject | None:
    articles = snapshot[FeedWindow(channel)].articles[:MAX_ARTICLES]
    if not articles and not channel.permanent(site):
        return None
    edition = site.editions[code]
    dates = locale(edition).dates
    name = channels.name(channel, site, articles)
    kind, _, key = channel.listing.partition("/")
    profile = edition.authors.get(key) if kind == "author" else None
    # Older articles are on the pages of their months, which link to the months before.
    months = dict.fromkeys(site.month(article.published_at) for article in articles)
    return page(
        "channel.html",
        site,
        edition,
        channel.folder(site),
        name,
        f"{channels.label(channel, site, name)}. {channels.description(channel, site)}",
        nearest=channel,
        kicker=_kicker(channel, edition),
        articles=articles,
        gallery=channel.listing == "caricatures",
        in_section=kind == "section",
        profile=profile,
        meta=author_meta(channel, name, profile, site) if kind == "author" else PLAIN,
        months=[(dates.month(month), path(ArticlesOfMonth(channel, month), site)) for month in months],
    )


def _kicker(channel: Channel, edition: Edition) -> str | None:
    """The kind of channel, for tags and authors, whose names do not tell it."""
    texts = locale(edition)
    return {"tag": texts.channels.topic, "author": texts.channels.author}.get(channel.listing.partition("/")[0])
