"""The months of a channel: every article of each, with links to the months before and after."""

from collections.abc import Iterator
from functools import partial
from itertools import groupby

from ...model.channel import Channel
from ...model.config import Site
from ...model.queries import AdjacentMonths, ArticlesOfMonth, Snapshot
from ..shared import channels, urls
from ..shared.locale import locale
from ..shared.target import ChangeSet, RenderedObject, Target
from .layout import page


def channel_months(changes: ChangeSet) -> Iterator[Target]:
    """A page for each month in which a channel has live articles."""
    for monthly in dict.fromkeys((*months_of_changes(changes), *changes.months)):
        if monthly.channel.listing != "all":  # editions have the archive
            around = AdjacentMonths(monthly.channel, monthly.month)
            yield Target(urls.key(path(monthly, changes.site)), (monthly, around), partial(_render, monthly, around))


def months_of_changes(changes: ChangeSet) -> Iterator[ArticlesOfMonth]:
    """The months of the live articles, in their edition and each of its channels."""
    for article in changes.articles:
        if article.live:
            month = changes.site.month(article.published_at)
            yield from (ArticlesOfMonth(channel, month) for channel in article.channels if channel.edition)


def path(monthly: ArticlesOfMonth, site: Site) -> str:
    """The path of the month's page."""
    return f"{monthly.channel.folder(site)}{monthly.month:%Y/%m}/"


def _render(monthly: ArticlesOfMonth, around: AdjacentMonths, site: Site, snapshot: Snapshot) -> RenderedObject | None:
    articles = snapshot[monthly]
    if not articles:
        return None
    channel = monthly.channel
    edition = site.editions[channel.edition or ""]
    dates = locale(edition).dates
    name = channels.name(channel, site, articles)
    month = dates.month(monthly.month)
    adjacent = [
        first and (path(ArticlesOfMonth(channel, first), site), dates.month(first)) for first in snapshot[around]
    ]
    return page(
        "channel_month.html",
        site,
        edition,
        path(monthly, site),
        f"{name}{dates.comma} {month}",
        f"{channels.label(channel, site, name)}{dates.comma} {month}",
        nearest=channel,
        articles=articles,
        breadcrumbs=[(name, channel.folder(site))],
        adjacent=adjacent,
        month=month,
        days=[(day, list(grouped)) for day, grouped in groupby(articles, lambda article: article.day)],
        gallery=channel == Channel(channel.edition, "caricatures"),
    )
