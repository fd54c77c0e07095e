"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/), with the history of RFC 5005 in an extension of our own."""

from typing import Any

import orjson

from ...model.enclosure import Enclosure
from ..shared import serving
from .entry import Entry
from .feed import Feed, Format


def write(feed: Feed) -> bytes:
    """The feed as a JSON document in UTF-8, one item per line."""
    # RFC 5005's elements and links in RSS and Atom; `prev-archive` is JSON Feed's own `next_url`.
    history = {
        "about": "https://www.rfc-editor.org/rfc/rfc5005",
        "complete": feed.complete,
        "archive": feed.archive,
        "current": feed.current,
        "next_archive": feed.next,
    }
    head = _object(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": feed.title,
            "home_page_url": feed.home,
            "feed_url": feed.url,
            "description": feed.description,
            "authors": [{"name": feed.title, "url": feed.home}],
            "language": feed.language,
            "hubs": [{"type": "WebSub", "url": feed.hub}] if feed.hub else None,
            "next_url": feed.previous,
            "_history": {name: value for name, value in history.items() if value},
        }
    )
    items = b",\n".join(map(_item, feed.entries))
    return head.removesuffix(b"}") + b',"items":[\n' + items + b"\n]}\n"


def _item(entry: Entry) -> bytes:
    content = entry.content
    return _object(
        {
            "id": entry.id,
            "url": entry.link,
            "title": entry.title,
            "summary": entry.summary,
            "content_html": content,
            "content_text": entry.summary if content is None else None,
            "image": entry.image.url if entry.image else None,
            "date_published": entry.published.isoformat(),
            "date_modified": entry.updated.isoformat(),
            "authors": [{"name": author} for author in entry.authors] or None,
            "tags": [category.label for category in entry.categories],
            "language": entry.language,
            "attachments": [_attachment(enclosure) for enclosure in entry.enclosures] or None,
        }
    )


def _attachment(enclosure: Enclosure) -> dict[str, Any]:
    members = {
        "url": enclosure.url,
        "mime_type": enclosure.type,
        "title": enclosure.title or None,
        "size_in_bytes": enclosure.length,
        "duration_in_seconds": enclosure.duration,
    }
    return {name: value for name, value in members.items() if value is not None}


def _object(members: dict[str, Any]) -> bytes:
    """A JSON object of the members that are not None."""
    return orjson.dumps({name: value for name, value in members.items() if value is not None})


JSON_FEED = Format("JSON Feed", "json", serving.JSON_FEED, write)
