"""What must hold of feeds and of the archive documents that continue them (RFC 5005 §4)."""

import json
import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, product
from typing import Any
from xml.etree import ElementTree as ET

from broadsheet.model.article import Article
from broadsheet.model.config import Site
from tests.faults.invariants import keys, listings, must

FORMATS = ("xml", "atom", "json")
DOCUMENT = re.compile(r"((?:[^/]+/)*)feed(\.\d{4}-\d\d(?:-\d+)?)?\.(xml|atom|json)")
ATOM = "{http://www.w3.org/2005/Atom}"
HISTORY = "{http://purl.org/syndication/history/1.0}"


@dataclass(frozen=True)
class Document:
    """A feed or an archive document: its articles in order, and the keys of the documents that it links to."""

    articles: tuple[str, ...]
    archive: bool
    complete: bool
    current: str | None
    previous: str | None
    next: str | None


@lru_cache(maxsize=20_000)
def document(key: str, content: bytes) -> Document:
    """The feed or archive document with that key."""
    if key.endswith(".json"):
        return _json(key, json.loads(content))
    return _xml(key, ET.fromstring(content))  # noqa: S314  # our own bytes


def check_feeds(live: Iterable[Article], objects: Mapping[str, bytes], site: Site) -> None:
    """Each feed and its history have every live article of the channel once, the newest first, and nothing else.

    Permanent channels have feeds, and tags and authors with an article. The archive documents of each channel are one
    chain, even if it has no feed any more.
    """
    expected: dict[str, list[str]] = {folder: [] for folder in _permanent(site)}
    for article in sorted(live, key=lambda article: (article.published_at, article.id), reverse=True):
        for folder in _folders(article, site):
            expected.setdefault(folder, []).append(article.id)
    for folder, format in product(expected, FORMATS) if objects else ():
        _check_walk(f"{folder}feed.{format}", expected[folder], objects)
    _check_archives(objects, expected)


def _check_archives(objects: Mapping[str, bytes], folders: Container[str]) -> None:
    archives: dict[tuple[str, str], dict[str, Document]] = defaultdict(dict)
    for key, content in objects.items():
        if match := DOCUMENT.fullmatch(key):
            folder, archive, format = match.groups()
            if archive:
                archives[folder, format][key] = document(key, content)
            elif not folder.endswith("/newsletter/"):  # issues, which are no articles
                must(folder in folders, f"{key} exists, and has no articles")
    for chain in archives.values():
        _check_chain(chain)


def walk(feed: str, objects: Mapping[str, bytes]) -> Iterator[tuple[str, Document]]:
    """The feed with that key, and each document that `prev-archive` links to, as far as they exist."""
    at: str | None = feed
    while at and at in objects:
        found = document(at, objects[at])
        yield at, found
        at = found.previous


def followed(objects: Mapping[str, bytes]) -> dict[str, frozenset[str]]:
    """The articles that a client finds now in each feed and its history, by the feed's key."""
    feeds = [key for key in objects if (match := DOCUMENT.fullmatch(key)) and not match[2]]
    return {feed: frozenset(id for _, found in walk(feed, objects) for id in found.articles) for feed in feeds}


def _permanent(site: Site) -> Iterator[str]:
    """The folders of permanent channels."""
    if len(site.editions) > 1:
        yield ""
    for code, edition in site.editions.items():
        yield from (f"{code}/", f"{code}/caricatures/", *(f"{code}/section/{section}/" for section in edition.sections))


def _folders(article: Article, site: Site) -> Iterator[str]:
    if article.kind == "page":
        return
    if len(site.editions) > 1:
        yield ""
    yield f"{article.edition}/"
    yield from (f"{article.edition}/{listing}/" for listing in listings(article))


def _check_walk(feed: str, wanted: list[str], objects: Mapping[str, bytes]) -> None:
    must(feed in objects, f"{feed} is missing")
    [(_, head), *archives] = walk(feed, objects)
    met = [id for found in (head, *(found for _, found in archives)) for id in found.articles]
    must(met == wanted, f"{feed} and its history hold {met}, not {wanted}")
    must(not head.archive, f"{feed} calls itself an archive document")
    must(head.complete == (head.previous is None), f"{feed} is not complete, or does not say that it is")
    for key, found in archives:
        must(found.archive, f"{key} does not call itself an archive document")
        must(not found.complete, f"{key} calls itself complete")


def _check_chain(archives: Mapping[str, Document]) -> None:
    """The archive documents of one feed link to each other, back and forth, and to that feed."""
    newest = [key for key, found in archives.items() if found.next is None]
    must(len(newest) == 1, f"{sorted(archives)}: the newest are {newest}")
    chain = newest
    while (previous := archives[chain[-1]].previous) and len(chain) <= len(archives):
        must(previous in archives, f"{chain[-1]} links to {previous}, which is missing")
        chain.append(previous)
    must(sorted(chain) == sorted(archives), f"{sorted(archives)}: only {chain} are one chain")
    for later, earlier in pairwise(chain):
        must(archives[earlier].next == later, f"{earlier} links to {archives[earlier].next}, not {later}")
    for key, found in archives.items():
        folder, _, format = DOCUMENT.fullmatch(key).groups()  # type: ignore[union-attr]  # that is how they were found
        must(found.current == f"{folder}feed.{format}", f"{key} links to {found.current} as its feed")


def _json(key: str, found: dict[str, Any]) -> Document:
    history = found["_history"]
    articles = tuple(item["id"].rpartition(":")[2] for item in found["items"])
    linked = _resolved(key, history.get("current"), found.get("next_url"), history.get("next_archive"))
    return Document(articles, history.get("archive", False), history.get("complete", False), *linked)


def _xml(key: str, root: ET.Element) -> Document:
    channel = root if root.tag == f"{ATOM}feed" else root[0]
    ids = channel.findall(f"{ATOM}entry/{ATOM}id") or channel.findall("item/guid")
    links = {link.get("rel"): link.get("href") for link in channel.findall(f"{ATOM}link")}
    archive, complete = (channel.find(f"{HISTORY}{name}") is not None for name in ("archive", "complete"))
    linked = _resolved(key, links.get("current"), links.get("prev-archive"), links.get("next-archive"))
    return Document(tuple((id.text or "").rpartition(":")[2] for id in ids), archive, complete, *linked)


def _resolved(key: str, *urls: str | None) -> Iterator[str | None]:
    yield from (next(keys(key, [url]), None) if url else None for url in urls)
