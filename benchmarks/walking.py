"""(f) A walk through a channel's whole history, from its feed along `prev-archive` (RFC 5005 §4), over HTTP.

The outputs of publishing render the documents from the table at once, without publishing thousands of changes one by
one. A test compares them with those that publishing leaves. The template's distribution serves them.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

from benchmarks import archive
from benchmarks.wire import Wire
from broadsheet.model.channel import Channel
from broadsheet.model.config import Site, parse_site
from broadsheet.model.history import Place
from broadsheet.model.queries import ArchiveDocumentsAround, Query, Snapshot
from broadsheet.render.feeds.atom import ATOM
from broadsheet.render.feeds.channel_feeds import FORMATS, archive_documents, feeds
from broadsheet.render.feeds.feed import Format
from broadsheet.render.feeds.jsonfeed import JSON_FEED
from broadsheet.render.feeds.rss import RSS
from broadsheet.render.shared.target import ChangeSet, RenderedObject
from broadsheet.settings import SITE_FILE
from broadsheet.store.queries import ArticleQueries
from infra.local.services.cdn import Cdn
from infra.local.services.distribution import behaviours
from infra.local.web import Server, text
from tests.world import World, deployed

SIZE = 10_000
CHANNEL = Channel(archive.EDITION, "all")
ATOM_NAMES = "{http://www.w3.org/2005/Atom}"

Read = tuple[list[str], str | None]
"""The ids in a document, and the URL of the one before it."""


@dataclass
class Walk:
    """A walk in one format: the ids that it met, in order; its requests; the bytes over the wire (both ways, with
    headers, compressed by brotli); and the bytes of the documents before compression.
    """

    ids: list[str] = field(default_factory=list)
    requests: int = 0
    on_the_wire: int = 0
    bytes: int = 0


def measure(size: int = SIZE) -> dict[str, Walk]:
    """Walk through the history of an edition of that size, in each format."""
    with deployed() as deployment, archive.quick_queries():
        world = World(deployment, site=_site())
        archive.fill(world, size)
        for key, output in written(world, size).items():
            headers = {"ContentType": output.content_type, "CacheControl": output.cache_control}
            world.pages.put(key, output.body, headers, None)
        server = Server(Cdn(behaviours(deployment), deployment.clients, lambda _: text(404, "Nothing else is here.\n")))
        try:
            with Wire(server.port) as wire:
                return {format.name: walk(wire, format, world.site) for format in FORMATS}
        finally:
            server.close()


def expected(size: int) -> list[str]:
    """The ids that every walk has to meet, newest first."""
    site = _site()
    return [site.tag(f"archived-{number}") for number in range(size)]


def written(world: World, size: int) -> dict[str, RenderedObject]:
    """A channel's feeds and all its archive documents, by key, as publishing leaves them."""
    table = ArticleQueries(world.clients.dynamodb, world.table, world.site)
    # A query for an article that joined as a month's first finds all documents of that month.
    firsts = {
        world.site.month(archive.published_at(number)): Place(archive.published_at(number), f"archived-{number}")
        for number in range(size)
    }
    around = [ArchiveDocumentsAround(CHANNEL, first, joined=True) for first in firsts.values()]
    changes = ChangeSet(world.site, channels=(CHANNEL,), documents={query: table(query) for query in around})
    targets = {target.key: target for output in (archive_documents, feeds) for target in output(changes)}
    queries: list[Query[Any]] = [query for target in targets.values() for query in target.queries]
    results = {query: table(query) for query in queries}
    sources = {sent.hash: sent.text for sent in map(archive.manuscript, range(min(size, archive.OWN_TEXTS)))}
    rendered = {key: target.render(world.site, Snapshot(results, sources)) for key, target in targets.items()}
    return {key: each for key, each in rendered.items() if each}


def walk(wire: Wire, format: Format, site: Site) -> Walk:
    """Go from the feed to the oldest document."""
    walked = Walk()
    at: str | None = site.url(CHANNEL.folder(site) + format.file())
    while at:
        found = wire.get(at.removeprefix(site.base_url), {"Accept-Encoding": "br, gzip"})
        if found.status != 200:
            raise RuntimeError(f"{at} answers {found.status}")
        walked.requests += 1
        walked.on_the_wire += found.sent + found.received
        walked.bytes += len(found.body)
        ids, at = READ[format.name](found.body)
        walked.ids += ids
    return walked


def _site() -> Site:
    return parse_site(SITE_FILE.read_text(encoding="utf-8"))


def _rss(body: bytes) -> Read:
    channel = ElementTree.fromstring(body)[0]  # noqa: S314  # our own bytes
    return [str(item.findtext("guid")) for item in channel.iter("item")], _previous(channel)


def _atom(body: bytes) -> Read:
    feed = ElementTree.fromstring(body)  # noqa: S314  # our own bytes
    return [str(entry.findtext(f"{ATOM_NAMES}id")) for entry in feed.iter(f"{ATOM_NAMES}entry")], _previous(feed)


def _json(body: bytes) -> Read:
    feed = json.loads(body)
    return [item["id"] for item in feed["items"]], feed.get("next_url")


def _previous(feed: ElementTree.Element) -> str | None:
    links = {link.get("rel"): link.get("href") for link in feed.iterfind(f"{ATOM_NAMES}link")}
    return links.get("prev-archive")


READ: Mapping[str, Callable[[bytes], Read]] = {RSS.name: _rss, ATOM.name: _atom, JSON_FEED.name: _json}
