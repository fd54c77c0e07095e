"""The articles that the clients read, and their feeds."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from broadsheet_cli.client import Client
from tests.readers.clients import Entry

# Every kind of folder that has feeds, and the editions that they show. What `article` makes stands in all of its own's.
FOLDERS: Mapping[str, tuple[str, ...]] = {
    "/": ("en", "ar"),
    "/en/": ("en",),
    "/en/section/city/": ("en",),
    "/en/tag/harbour/": ("en",),
    "/en/author/lina-haddad/": ("en",),
    "/en/caricatures/": ("en",),
    "/ar/": ("ar",),
    "/ar/section/city/": ("ar",),
    "/ar/tag/ميناء/": ("ar",),
    "/ar/author/لينا-حداد/": ("ar",),
    "/ar/caricatures/": ("ar",),
}
ENDINGS = ("xml", "atom", "json")


def feed(folder: str, ending: str) -> str:
    """The path of a folder's feed, as clients ask for it."""
    return quote(f"{folder}feed.{ending}")


FEEDS: Mapping[str, tuple[str, ...]] = {
    feed(folder, ending): editions for folder, editions in FOLDERS.items() for ending in ENDINGS
}

# Of those that stand at the same instant, the order is by their ids.
TITLES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "markup": "A & B <b>",
        "escaped": "Fish &amp; chips &lt;3",
        "script": "C++ & <script>alert('1')</script> ]]>",
        "emoji": 'Ferry 🚢 "Nūr" — it’s back 👩🏽‍🚀',
        "arabic-inside": "Regatta: الميناء wins, 2 < 3",
    },
    "ar": {
        "markup-ar": "أ & ب <b>",
        "latin-inside": "الميناء يستقبل عبّارة Ferry Lines من جديد",
        "latin-first": "Ferry Lines تعود إلى الميناء 🚢",
    },
}

_TAGS = {"en": "harbour", "ar": "ميناء"}
_AUTHORS = {"en": "Lina Haddad", "ar": "لينا حداد"}


def article(edition: str, headline: str, published_at: str, **changed: Any) -> dict[str, Any]:
    """An article as an editor sends it, which is in every feed of its edition."""
    return {
        "edition": edition,
        "headline": headline,
        "body": {"format": "markdown", "text": "The *night ferry* called at six."},
        "section": "city",
        "tags": [_TAGS[edition]],
        "authors": [_AUTHORS[edition]],
        "kind": "caricature",
        "image": {"src": "/media/gull.svg", "alt": "A gull reads the paper", "width": 800, "height": 600},
        "published_at": published_at,
    } | changed


def id_of(name: str) -> str:
    """The id that the entry of this article has in every feed."""
    return f"tag:courier.example,2025:{name}"


def shown(client: Client, editions: Iterable[str]) -> list[Entry]:
    """The entries that a feed of these editions must have, in order, from the API's list of articles."""
    articles = [article for edition in editions for article in client.list(edition=edition) if article["live"]]
    entries = [
        Entry(
            id=id_of(str(article["id"])),
            title=str(article["headline"]),
            link=client.api + quote(str(article["path"])),
            published=datetime.fromisoformat(str(article["published_at"])),
        )
        for article in articles
    ]
    return newest_first(entries)


def newest_first(entries: Iterable[Entry]) -> list[Entry]:
    """In the order of every feed: by date, ties by id."""
    return sorted(entries, key=lambda entry: (entry.published, entry.id), reverse=True)
