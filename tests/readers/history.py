"""A walk through a feed's history over HTTP, as RFC 5005 §4 describes it, in any of the three formats."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import feedparser  # type: ignore[import-untyped]  # it has no types
import urllib3

_http = urllib3.PoolManager(retries=False)


@dataclass(frozen=True)
class Document:
    """A feed, or an archive document of its history: the ids of its entries in order, and its links."""

    url: str
    body: bytes
    ids: tuple[str, ...]
    archive: bool
    complete: bool
    current: str | None
    previous: str | None
    next: str | None


def read(url: str) -> Document:
    """The document at a URL."""
    answer = _http.request("GET", url, redirect=False)
    assert answer.status == 200, f"{url} answers {answer.status}"
    kind = answer.headers["Content-Type"]
    return _json(url, answer.data) if "json" in kind else _xml(url, answer.data, kind)


def walk(url: str) -> Iterator[Document]:
    """The document at a URL, and each that it links to by `prev-archive` (in JSON Feed `next_url`)."""
    been = set()
    at: str | None = url
    while at:
        assert at not in been, f"{at} comes round again"
        been.add(at)
        document = read(at)
        yield document
        at = document.previous


def _xml(url: str, body: bytes, kind: str) -> Document:
    found = feedparser.parse(body, response_headers={"content-type": kind, "content-location": url})
    assert not found.bozo, found.get("bozo_exception")
    rels = [link.rel for link in found.feed.links]
    links = {link.rel: link.href for link in found.feed.links}
    assert all(rels.count(rel) <= 1 for rel in ("current", "prev-archive", "next-archive")), rels
    return Document(
        url=url,
        body=body,
        ids=tuple(entry.id for entry in found.entries),
        archive="fh_archive" in found.feed,
        complete="fh_complete" in found.feed,
        current=links.get("current"),
        previous=links.get("prev-archive"),
        next=links.get("next-archive"),
    )


def _json(url: str, body: bytes) -> Document:
    found = json.loads(body)
    history = found.get("_history", {})
    return Document(
        url=url,
        body=body,
        ids=tuple(item["id"] for item in found["items"]),
        archive=history.get("archive", False),
        complete=history.get("complete", False),
        current=history.get("current"),
        previous=found.get("next_url"),
        next=history.get("next_archive"),
    )
