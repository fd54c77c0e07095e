"""Every channel's feeds and their archive documents, in every format. A further format is one module and one line."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from ...model.article import Article
from ...model.channel import Channel
from ...model.config import Site
from ...model.history import Document
from ...model.queries import Facts, Newest, Span
from ..shared import channels, urls
from ..shared.serving import ARCHIVES
from ..shared.target import Output, Target, Touched
from .atom import ATOM
from .entry import entry
from .feed import Feed, Format, newest_change, written
from .jsonfeed import JSON_FEED
from .rss import RSS

FORMATS = (RSS, ATOM, JSON_FEED)


def feeds(touched: Touched) -> Iterator[Target]:
    """The feeds of the channels. Those of a channel that stands by itself exist even when they are empty."""
    for channel in touched.channels:
        for format in FORMATS:
            render = partial(_feed, channel, format)
            yield Target(_key(channel, format), (Newest(channel),), render, full_text=True)


def archives(touched: Touched) -> Iterator[Target]:
    """The archive documents of the channels' histories (RFC 5005 §4).

    The newest come first: a back-dated article moves others to newer ones, and who reads on meanwhile misses none.
    """
    for question, documents in reversed(tuple(touched.documents.items())):
        for document in reversed(documents):
            span = Span(question.channel, document.first, document.last)
            for format in FORMATS:
                render = partial(_archive, question.channel, format, document, span)
                key = _key(question.channel, format, document.name)
                yield Target(key, (question, span), render, full_text=True)


def topics(channels: Sequence[Channel]) -> list[str]:
    """The keys of the channels' feeds."""
    return [_key(channel, format) for channel in channels for format in FORMATS]


def last_written(channel: Channel, document: str | None = None) -> str:
    """The key of a feed, or of an archive document, in the format that comes last: when it is there, the others are."""
    return _key(channel, FORMATS[-1], document)


def _feed(channel: Channel, format: Format, site: Site, facts: Facts) -> Output | None:
    recent = facts[Newest(channel)]
    if not recent.articles and not channel.stands(site):
        return None
    made = _made(channel, format, site, recent.articles, recent.left, facts)
    previous = recent.previous and _url(channel, format, site, recent.previous)
    return format.kind.output(written(replace(made, previous=previous), format.write))


def _archive(
    channel: Channel, format: Format, document: Document, span: Span, site: Site, facts: Facts
) -> Output | None:
    made = replace(
        _made(channel, format, site, facts[span], document.left, facts),
        url=_url(channel, format, site, document.name),
        current=_url(channel, format, site),
        previous=document.previous and _url(channel, format, site, document.previous),
        next=document.next and _url(channel, format, site, document.next),
        hub=None,  # nobody waits for news from there
    )
    return replace(format.kind, cache_control=ARCHIVES).output(written(made, format.write))


def _made(
    channel: Channel, format: Format, site: Site, articles: Sequence[Article], left: datetime | None, facts: Facts
) -> Feed:
    """The feed with these articles. Those of an edition that the site has no longer are left out."""
    entries = tuple(
        entry(article, facts.bodies[article.body.hash], site)
        for article in articles
        if article.edition in site.editions
    )
    return Feed(
        id=site.tag("/".join(filter(None, ("feeds", channel.edition, channel.listing.removeprefix("all"))))),
        url=_url(channel, format, site),
        home=urls.absolute(site, channel.folder),
        title=channels.title(channel, site, articles),
        description=channels.description(channel, site),
        language=channel.edition,
        updated=newest_change(left, entries),
        entries=entries,
        hub=site.hub,
    )


def _url(channel: Channel, format: Format, site: Site, document: str | None = None) -> str:
    return urls.absolute(site, channel.folder + format.file(document))


def _key(channel: Channel, format: Format, document: str | None = None) -> str:
    return channel.folder[1:] + format.file(document)
