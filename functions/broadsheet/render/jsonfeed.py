"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""

import json
from typing import Any

from . import serving
from .entry import Entry
from .feed import Feed, Format


def write(feed: Feed) -> bytes:
    """The feed as a JSON document in UTF-8."""
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": feed.url,
        "description": feed.description,
        "authors": [{"name": feed.title, "url": feed.home}],
        "language": feed.language,
        "items": [_item(entry) for entry in feed.entries],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def _item(entry: Entry) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": entry.id,
        "url": entry.link,
        "title": entry.title,
        "summary": entry.summary,
        "content_html": entry.content,
        "date_published": entry.published.isoformat(),
        "date_modified": entry.updated.isoformat(),
        "tags": [category.label for category in entry.categories],
        "language": entry.language,
    }
    if entry.authors:
        item["authors"] = [{"name": author} for author in entry.authors]
    if entry.picture:
        item["image"] = entry.picture.url
    return item


JSON_FEED = Format("JSON Feed", "feed.json", serving.JSON_FEED, write)
