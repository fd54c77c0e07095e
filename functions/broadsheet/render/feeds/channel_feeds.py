"""The feeds and archive documents of all channels. A new format is a module, and a line in `FORMATS`."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from ...model.article import Article
from ...model.channel import Channel
from ...model.config import Podcast, Site
from ...model.history import ArchiveDocument
from ...model.queries import ArticlesBetween, FeedWindow, Snapshot
from ..shared import channels, urls
from ..shared.serving import ARCHIVES
from ..shared.target import ChangeSet, RenderedObject, Target
from .atom import ATOM
from .entry import entry
from .feed import Feed, Format, newest_change
from .jsonfeed import JSON_FEED
from .rss import RSS

FORMATS = (RSS, ATOM, JSON_FEED)


def feeds(changes: ChangeSet) -> Iterator[Target]:
    """The channels' feeds. Those of permanent channels exist even when they are empty."""
    for channel in changes.channels:
        for format in FORMATS:
            render = partial(_feed, channel, format)
            yield Target(_key(channel, format, changes.site), (FeedWindow(channel),), render, full_text=True)


def archive_documents(changes: ChangeSet) -> Iterator[Target]:
    """The archive documents of the channels' histories (RFC 5005 §4).

    Write order: the newest of a channel first. A back-dated article moves others to newer documents, so a client that
    reads the history in between sees some twice and misses none.
    """
    steps: Counter[Channel] = Counter()
    for query, documents in reversed(tuple(changes.documents.items())):
        for document in reversed(documents):
            step, steps[query.channel] = steps[query.channel], steps[query.channel] + 1
            span = ArticlesBetween(query.channel, document.first, document.last)
            for format in FORMATS:
                render = partial(_archive, query.channel, format, document, span)
                key = _key(query.channel, format, changes.site, document.name)
                yield Target(key, (query, span), render, full_text=True, step=step)


def feed_keys(site: Site, channels: Iterable[Channel]) -> list[str]:
    """The keys of the channels' feeds."""
    return [_key(channel, format, site) for channel in channels for format in FORMATS]


def document_keys(site: Site, channel: Channel, name: str) -> list[str]:
    """The keys of an archive document, by its name."""
    return [_key(channel, format, site, name) for format in FORMATS]


def _feed(channel: Channel, format: Format, site: Site, snapshot: Snapshot) -> RenderedObject | None:
    recent = snapshot[FeedWindow(channel)]
    if not recent.articles and not channel.permanent(site):
        return None
    feed = _make(channel, format, site, recent.articles, recent.last_removed_at, snapshot)
    previous = recent.previous and _url(channel, format, site, recent.previous)
    return format.kind.output(format.render(replace(feed, previous=previous)))


def _archive(
    channel: Channel, format: Format, document: ArchiveDocument, span: ArticlesBetween, site: Site, snapshot: Snapshot
) -> RenderedObject | None:
    feed = replace(
        _make(channel, format, site, snapshot[span], document.last_removed_at, snapshot),
        url=_url(channel, format, site, document.name),
        current=_url(channel, format, site),
        previous=document.previous and _url(channel, format, site, document.previous),
        next=document.next and _url(channel, format, site, document.next),
        hub=None,  # nobody subscribes to archive documents
    )
    return replace(format.kind, cache_control=ARCHIVES).output(format.render(feed))


def _make(
    channel: Channel,
    format: Format,
    site: Site,
    articles: Sequence[Article],
    removed_at: datetime | None,
    snapshot: Snapshot,
) -> Feed:
    """The feed with these articles, except those of editions that were removed from the settings."""
    entries = tuple(
        entry(article, snapshot.bodies[article.body.hash], site)
        for article in articles
        if article.edition in site.editions
    )
    return Feed(
        id=site.tag("/".join(filter(None, ("feeds", channel.edition, channel.listing.removeprefix("all"))))),
        url=_url(channel, format, site),
        home=urls.absolute(site, channel.folder(site)),
        title=channels.title(channel, site, articles),
        description=channels.description(channel, site),
        language=channel.edition,
        updated=newest_change(removed_at, entries),
        entries=entries,
        hub=site.hub,
        podcast=_podcast(channel, site),
    )


def _podcast(channel: Channel, site: Site) -> Podcast | None:
    """The settings of the section as a podcast."""
    kind, _, section = channel.listing.partition("/")
    edition = site.editions.get(channel.edition or "") if kind == "section" else None
    podcast = edition.podcasts.get(section) if edition else None
    return podcast and replace(podcast, image=urls.absolute(site, podcast.image))


def _url(channel: Channel, format: Format, site: Site, document: str | None = None) -> str:
    return urls.absolute(site, channel.folder(site) + format.file(document))


def _key(channel: Channel, format: Format, site: Site, document: str | None = None) -> str:
    return urls.key(channel.folder(site) + format.file(document))
