"""The frame that every page of an edition stands in, and the doors to the editions."""

from collections.abc import Mapping, Sequence
from typing import Any

from ...model.article import Article
from ...model.channel import EVERYTHING, Channel
from ...model.config import Edition, Site
from ..feeds.channel_feeds import FORMATS
from ..shared import channels
from ..shared.serving import PAGE
from ..shared.target import RenderedObject
from ..shared.templating import fragment
from .meta import PLAIN, Meta, trail_meta

NOWHERE: Mapping[str, str | None] = {}


def page(
    template: str,
    site: Site,
    edition: Edition,
    path: str | None,
    title: str,
    description: str,
    nearest: Channel | None = None,
    articles: Sequence[Article] = (),
    trail: Sequence[tuple[str, str]] | None = None,
    elsewhere: Mapping[str, str | None] = NOWHERE,
    meta: Meta = PLAIN,
    **context: Any,
) -> RenderedObject:
    """A page from a template that extends `base.html`. Without a `path` it stands for no address and is not indexed.

    It offers the feeds of its `nearest` channel, the edition itself where none is given, and of the one around that.
    `articles` are those that the page lists, newest first. `trail` is the way to it from the front page, names with
    their paths; a page that has one shows it. Of others, `meta` is what they say of themselves to software.
    `elsewhere` is where its readers are led in other editions, if not to their fronts.
    """
    if trail is not None:
        trail = [(edition.name, f"/{edition.code}/"), *trail]
        meta = trail_meta([*trail, (title, path or "/")], site)
    whole = Channel(edition.code, "all")
    offered = [whole, EVERYTHING] if nearest is None else [nearest, whole]
    html = fragment(
        template,
        site,
        edition,
        path=path,
        title=title,
        description=description,
        formats=FORMATS,
        feeds=_labelled(offered, site, articles),
        articles=articles,
        trail=trail,
        elsewhere=elsewhere,
        meta=meta,
        **context,
    )
    return PAGE.output(html)


def feed_links(site: Site) -> RenderedObject:
    """The page at the site's bare address. Whoever gives a reader no more than that finds every edition's feeds."""
    offered = [EVERYTHING, *(Channel(edition, "all") for edition in site.editions)]
    first = next(iter(site.editions.values()))
    return PAGE.output(fragment("root.html", site, first, formats=FORMATS, feeds=_labelled(offered, site, ())))


def _labelled(offered: Sequence[Channel], site: Site, articles: Sequence[Article]) -> list[tuple[Channel, str]]:
    standing = [channel for channel in offered if channel != EVERYTHING or channel.permanent(site)]
    return [(each, channels.label(each, site, channels.name(each, site, articles))) for each in standing]
