"""Every channel's feeds and their archive documents, in every format. A further format is one module and one line."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from ...model.article import Article
from ...model.channel import Channel
from ...model.config import Site
from ...model.history import ArchiveDocument
from ...model.queries import ArticlesBetween, FeedWindow, Snapshot
from ..shared import channels, urls
from ..shared.serving import ARCHIVES
from ..shared.target import ChangeSet, RenderedObject, Target
from .atom import ATOM
from .entry import entry
from .feed import Feed, Format, newest_change, written
from .jsonfeed import JSON_FEED
from .rss import RSS

FORMATS = (RSS, ATOM, JSON_FEED)


def feeds(changes: ChangeSet) -> Iterator[Target]:
    """The feeds of the channels. Those of a channel that stands by itself exist even when they are empty."""
    for channel in changes.channels:
        for format in FORMATS:
            render = partial(_feed, channel, format)
            yield Target(_key(channel, format), (FeedWindow(channel),), render, full_text=True)


def archive_documents(changes: ChangeSet) -> Iterator[Target]:
    """The archive documents of the channels' histories (RFC 5005 §4).

    The newest come first: a back-dated article moves others to newer ones, and who reads on meanwhile misses none.
    """
    for query, documents in reversed(tuple(changes.documents.items())):
        for document in reversed(documents):
            span = ArticlesBetween(query.channel, document.first, document.last)
            for format in FORMATS:
                render = partial(_archive, query.channel, format, document, span)
                key = _key(query.channel, format, document.name)
                yield Target(key, (query, span), render, full_text=True)


def feed_keys(channels: Sequence[Channel]) -> list[str]:
    """The keys of the channels' feeds."""
    return [_key(channel, format) for channel in channels for format in FORMATS]


def last_feed_key(channel: Channel, document: str | None = None) -> str:
    """The key of a feed, or of an archive document, in the format that comes last: when it is there, the others are."""
    return _key(channel, FORMATS[-1], document)


def _feed(channel: Channel, format: Format, site: Site, snapshot: Snapshot) -> RenderedObject | None:
    recent = snapshot[FeedWindow(channel)]
    if not recent.articles and not channel.permanent(site):
        return None
    made = _made(channel, format, site, recent.articles, recent.last_removed_at, snapshot)
    previous = recent.previous and _url(channel, format, site, recent.previous)
    return format.kind.output(written(replace(made, previous=previous), format.write))


def _archive(
    channel: Channel, format: Format, document: ArchiveDocument, span: ArticlesBetween, site: Site, snapshot: Snapshot
) -> RenderedObject | None:
    made = replace(
        _made(channel, format, site, snapshot[span], document.last_removed_at, snapshot),
        url=_url(channel, format, site, document.name),
        current=_url(channel, format, site),
        previous=document.previous and _url(channel, format, site, document.previous),
        next=document.next and _url(channel, format, site, document.next),
        hub=None,  # nobody waits for news from there
    )
    return replace(format.kind, cache_control=ARCHIVES).output(written(made, format.write))


def _made(
    channel: Channel, format: Format, site: Site, articles: Sequence[Article], left: datetime | None, snapshot: Snapshot
) -> Feed:
    """The feed with these articles. Those of an edition that the site has no longer are left out."""
    entries = tuple(
        entry(article, snapshot.bodies[article.body.hash], site)
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
