"""The layout that all pages of an edition share."""

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
from .meta import PLAIN, Meta, breadcrumbs_meta

NO_PATHS: Mapping[str, str | None] = {}


def page(
    template: str,
    site: Site,
    edition: Edition,
    path: str | None,
    title: str,
    description: str,
    nearest: Channel | None = None,
    articles: Sequence[Article] = (),
    breadcrumbs: Sequence[tuple[str, str]] | None = None,
    translated_paths: Mapping[str, str | None] = NO_PATHS,
    meta: Meta = PLAIN,
    **context: Any,
) -> RenderedObject:
    """A page from a template that extends `base.html`. Without a `path` it has no URL of its own and is not indexed.

    The page links to the feeds of the `nearest` channel, by default the edition, and of the channel around that.
    `articles` are those that the page lists, newest first. `breadcrumbs` are the names and paths of the pages between
    the front page and this one; `meta` is for pages without them. `translated_paths` are the paths of the same page in
    other editions; the others are linked by their front pages.
    """
    if breadcrumbs is not None:
        breadcrumbs = [(edition.name, f"{edition.root}/"), *breadcrumbs]
        meta = breadcrumbs_meta([*breadcrumbs, (title, path or "/")], site)
    whole = Channel(edition.code, "all")
    linked = [whole, EVERYTHING] if nearest is None else [nearest, whole]
    html = fragment(
        template,
        site,
        edition,
        path=path,
        title=title,
        description=description,
        formats=FORMATS,
        feeds=labelled(linked, site, articles),
        articles=articles,
        breadcrumbs=breadcrumbs,
        translated_paths=translated_paths,
        translated=[site.editions[code] for code in translated_paths if code in site.editions],
        meta=meta,
        **context,
    )
    return PAGE.output(html)


def labelled(linked: Sequence[Channel], site: Site, articles: Sequence[Article]) -> list[tuple[Channel, str]]:
    """The channels with their labels; without the channel of all editions where the site has only one."""
    existing = [channel for channel in linked if channel != EVERYTHING or channel.permanent(site)]
    return [(channel, channels.label(channel, site, channels.name(channel, site, articles))) for channel in existing]
