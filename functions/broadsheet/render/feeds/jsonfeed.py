"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/), with RFC 5005's history in an extension of ours."""

from functools import partial
from typing import Any

import orjson

from ..shared import serving
from ..shared.memory import Memory
from .entry import Entry
from .feed import Feed, Format

REMEMBERED = 16_000_000  # bytes of written entries that a warm function keeps: thousands of a usual length


def write(feed: Feed) -> bytes:
    """The feed as a JSON document in UTF-8, an item to a line."""
    # What RSS and Atom say by RFC 5005's elements and links, but `prev-archive`, which is `next_url` here.
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
    items = b",\n".join(_items.recall_all(feed.entries, partial(map, _item)))
    return head.removesuffix(b"}") + b',"items":[\n' + items + b"\n]}\n"


def _item(entry: Entry) -> bytes:
    return _object(
        {
            "id": entry.id,
            "url": entry.link,
            "title": entry.title,
            "summary": entry.summary,
            "content_html": entry.content,
            "content_text": entry.summary if entry.content is None else None,
            "image": entry.picture.url if entry.picture else None,
            "date_published": entry.published.isoformat(),
            "date_modified": entry.updated.isoformat(),
            "authors": [{"name": author} for author in entry.authors] or None,
            "tags": [category.label for category in entry.categories],
            "language": entry.language,
        }
    )


def _object(members: dict[str, Any]) -> bytes:
    """A JSON object of the members that are not None."""
    return orjson.dumps({name: value for name, value in members.items() if value is not None})


_items: Memory[Entry, bytes] = Memory(REMEMBERED, lambda item: 2 * len(item))  # the key holds the texts too

JSON_FEED = Format("JSON Feed", "json", serving.JSON_FEED, write)
