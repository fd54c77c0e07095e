"""The months of a section, a tag, an author or the caricatures: every article of each, and the way to the next."""

from collections.abc import Iterator
from functools import partial
from itertools import groupby

from ...model.channel import Channel
from ...model.config import Site
from ...model.queries import Beside, Facts, Monthly
from ..shared import channels, urls
from ..shared.target import Output, Target, Touched
from ..shared.words import words
from .layout import page


def channel_months(touched: Touched) -> Iterator[Target]:
    """A page for each month in which a channel has live articles, and none for the others."""
    for monthly in dict.fromkeys((*held(touched), *touched.months)):
        beside = Beside(monthly.channel, monthly.month)
        yield Target(urls.key(path(monthly)), (monthly, beside), partial(_render, monthly, beside))


def held(touched: Touched) -> Iterator[Monthly]:
    """The months that hold the articles in the channels that have months of their own; an edition's are the archive."""
    for article in touched.articles:
        if article.live:
            month = touched.site.month(article.published_at)
            yield from (Monthly(channel, month) for channel in article.channels if channel.listing != "all")


def path(monthly: Monthly) -> str:
    """Where the month's page is."""
    return f"{monthly.channel.folder}{monthly.month:%Y/%m}/"


def _render(monthly: Monthly, beside: Beside, site: Site, facts: Facts) -> Output | None:
    articles = facts[monthly]
    if not articles:
        return None
    channel = monthly.channel
    edition = site.editions[channel.edition or ""]
    said = words(edition)
    name = channels.name(channel, site, articles)
    month = said.month(monthly.month)
    near = [each and (path(Monthly(channel, each)), said.month(each)) for each in facts[beside]]
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
