"""Articles as rows of the table: their keys and attributes.

`META` has an attribute for each field. The rows that hold the article again have one text instead, in JSON, because
botocore takes most of a run's time to parse rows of many attributes.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

from ..model.article import Article, Body, Status, editorial_listings
from ..model.channel import Channel
from ..model.correction import Correction
from ..model.enclosure import Enclosure
from ..model.history import HistoryEntry, Place
from ..model.manuscript import Image
from .rows import from_item, instant, parsed
from .table import Key, Row

META = "META"  # the sort key of an article's own row
LOG = "LOG"  # the partition key of the change log
RELATED = "RELATED"  # the sort key of the counts of live articles that name an article as related
# What the text leaves out where an article has it.
DEFAULTS: Row = {
    "summary": "",
    "tags": [],
    "authors": [],
    "image": None,
    "enclosure": None,
    "dated": False,
    "slug": None,
    "corrections": [],
    "translation_of": None,
    "related": [],
    "path": None,
    "live": False,
    "updated_by": None,
    "language": None,
    "first_live_at": None,
}


def row_of(article: Article) -> Row:
    """The article's attributes in `META`."""
    instants = {name: instant(getattr(article, name)) for name in _INSTANTS}
    first = {"first_live_at": instant(article.first_live_at) if article.first_live_at else None}
    lists = {"tags": list(article.tags), "authors": list(article.authors), "related": list(article.related)}
    corrections = [{"text": each.text, "at": instant(each.at)} for each in article.corrections]
    return asdict(article) | instants | first | lists | {"corrections": corrections}


def compact_row_of(article: Article) -> Row:
    """The attributes of every other row that holds the article. Equal articles have equal ones."""
    fields = {name: value for name, value in row_of(article).items() if value != DEFAULTS.get(name, ...)}
    return {"article_json": json.dumps(fields, ensure_ascii=False, separators=(",", ":"))}


def is_article(record: Mapping[str, Any]) -> bool:
    """Whether a record of the table's stream is about an article's own row, not one that follows from it."""
    return bool(record["Keys"]["sk"]["S"] == META)


def states_of(record: Mapping[str, Any]) -> tuple[Article | None, Article | None]:
    """The article before and after the change that a record of the table's stream reports; None for no article."""
    before, after = (record.get(image) for image in ("OldImage", "NewImage"))
    return article_of(from_item(before)) if before else None, article_of(from_item(after)) if after else None


def article_of(row: Row) -> Article:
    """The article in a row of any form, from a read or from a stream record."""
    return _article_in(row["article_json"]) if "article_json" in row else _article(row)


# An article is in several channels, and a publisher reads their newest rows for each change: nearly all of these texts
# it has parsed before. Texts have some kilobytes at most.
@lru_cache(maxsize=4_000)
def _article_in(text: str) -> Article:
    return _article(DEFAULTS | json.loads(text))


def _article(row: Row) -> Article:
    return Article(
        **{name: row[name] for name in _SCALARS},
        body=Body(**row["body"]),
        tags=tuple(row["tags"]),
        authors=tuple(row["authors"]),
        image=Image(**row["image"]) if row["image"] else None,
        # Optional in rows: articles of earlier versions lack them.
        enclosure=Enclosure(**row["enclosure"]) if row.get("enclosure") else None,
        corrections=_corrections(row),
        translation_of=row.get("translation_of"),
        related=tuple(row.get("related", ())),
        updated_by=row.get("updated_by"),
        language=row.get("language"),
        first_live_at=parsed(row["first_live_at"]) if row.get("first_live_at") else None,
        published_at=parsed(row["published_at"]),
        created_at=parsed(row["created_at"]),
        changed_at=parsed(row["changed_at" if "changed_at" in row else "updated_at"]),
        updated_at=_updated_at(row),
        status=cast("Status", row["status"]),
    )


def _corrections(row: Row) -> tuple[Correction, ...]:
    """The corrections. Rows of earlier versions have one text, which was shown with the time of the last change."""
    if row.get("correction"):
        return (Correction(row["correction"], parsed(row["updated_at"])),)
    return tuple(Correction(each["text"], parsed(each["at"])) for each in row.get("corrections", ()))


def _updated_at(row: Row) -> datetime:
    """The time of the last update. In rows of earlier versions it is that of the last change, imports included."""
    earlier, revised = "changed_at" not in row, row["revision"] > 1 or row.get("correction")
    published_at = parsed(row["published_at"])
    return published_at if earlier and not revised else max(published_at, parsed(row["updated_at"]))


_INSTANTS = ("published_at", "created_at", "changed_at", "updated_at")
_SCALARS = (
    "id",
    "edition",
    "headline",
    "summary",
    "section",
    "kind",
    "dated",
    "slug",
    "stem",
    "path",
    "live",
    "revision",
)


def rows_of(article: Article | None) -> dict[Key, Row]:
    """The rows that follow from an article's state, by their keys: all but `META` and `PATH`."""
    if article is None:
        return {}
    at = position(article.place)
    listings = editorial_listings(article.state, article.section)
    partitions = [editorial_partition(article.edition, listing) for listing in listings]
    if article.live:
        partitions += map(partition, article.channels)
    attributes = compact_row_of(article)
    rows: dict[Key, Row] = {(partition, at): attributes for partition in partitions}
    if article.live and article.is_page and article.path:
        rows[pages_partition(article.edition), article.path] = attributes
    if article.live and article.translation_of:
        rows[f"ARTICLE#{article.translation_of}", f"TRANSLATION#{article.edition}#{article.id}"] = attributes
    if article.scheduled:
        rows["DUE", at] = {"article": article.id}
    return {(pk, sk): {"pk": pk, "sk": sk} | row for (pk, sk), row in rows.items()}


def log_row_of(article: Article) -> Row:
    """The row of the change log that tells of the article's last change."""
    return {"pk": LOG, "sk": log_position(article), "article": article.id}


def log_position(article: Article) -> str:
    """Where the change log has the article's last change. No other change has the same position."""
    return f"{instant(article.changed_at)}#{article.id}#{article.revision}"


def partition(channel: Channel) -> str:
    """The partition key of a channel's history."""
    return f"LIST#{channel.edition or '*'}#{channel.listing}"


def editorial_partition(edition: str, listing: str) -> str:
    """The partition key of an editorial listing."""
    return f"EDITORIAL#{edition}#{listing}"


def pages_partition(edition: str) -> str:
    """The partition key of an edition's static pages."""
    return f"PAGES#{edition}"


def position(place: Place) -> str:
    """The sort key of a place."""
    return f"{instant(place.published_at)}#{place.article}"


def history_entry_of(row: Row) -> HistoryEntry:
    """The history entry in a channel's row."""
    at, _, id = row["sk"].partition("#")
    return HistoryEntry(Place(parsed(at), id), parsed(row["gone"]) if "gone" in row else None)
