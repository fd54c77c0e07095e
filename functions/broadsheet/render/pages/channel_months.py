"""The months of a section, a tag, an author or the caricatures: every article of each, and the way to the next."""

from collections.abc import Iterator
from functools import partial
from itertools import groupby

from ...model.channel import Channel
from ...model.config import Site
from ...model.queries import AdjacentMonths, ArticlesOfMonth, Snapshot
from ..shared import channels, urls
from ..shared.target import ChangeSet, RenderedObject, Target
from ..shared.words import words
from .layout import page


def channel_months(changes: ChangeSet) -> Iterator[Target]:
    """A page for each month in which a channel has live articles, and none for the others."""
    for monthly in dict.fromkeys((*months_of_changes(changes), *changes.months)):
        beside = AdjacentMonths(monthly.channel, monthly.month)
        yield Target(urls.key(path(monthly)), (monthly, beside), partial(_render, monthly, beside))


def months_of_changes(changes: ChangeSet) -> Iterator[ArticlesOfMonth]:
    """The months that hold the articles in the channels that have months of their own; an edition's are the archive."""
    for article in changes.articles:
        if article.live:
            month = changes.site.month(article.published_at)
            yield from (ArticlesOfMonth(channel, month) for channel in article.channels if channel.listing != "all")


def path(monthly: ArticlesOfMonth) -> str:
    """Where the month's page is."""
    return f"{monthly.channel.folder}{monthly.month:%Y/%m}/"


def _render(monthly: ArticlesOfMonth, beside: AdjacentMonths, site: Site, snapshot: Snapshot) -> RenderedObject | None:
    articles = snapshot[monthly]
    if not articles:
        return None
    channel = monthly.channel
    edition = site.editions[channel.edition or ""]
    said = words(edition)
    name = channels.name(channel, site, articles)
    month = said.month(monthly.month)
    near = [each and (path(ArticlesOfMonth(channel, each)), said.month(each)) for each in snapshot[beside]]
    return page(
        "channel_month.html",
        site,
        edition,
        path(monthly),
        f"{name}{said.comma} {month}",
        f"{channels.label(channel, site, name)}{said.comma} {month}",
        nearest=channel,
        articles=articles,
        trail=[(name, channel.folder)],
        near=near,
        month=month,
        days=[(day, list(each)) for day, each in groupby(articles, lambda article: article.day)],
        gallery=channel == Channel(channel.edition, "caricatures"),
    )
