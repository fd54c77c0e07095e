"""Articles as rows: the keys that they stand under in the table, and what their attributes are."""

from dataclasses import asdict
from typing import cast

from ..model.article import Article, Body, Status, editorial_listings
from ..model.channel import Channel
from ..model.history import HistoryEntry, Place
from ..model.manuscript import Image
from .rows import instant, parsed
from .table import Row

Key = tuple[str, str]


def row_of(article: Article) -> Row:
    """The article's attributes, as they stand in every row that holds it."""
    instants = {name: instant(getattr(article, name)) for name in ("published_at", "created_at", "updated_at")}
    return asdict(article) | instants | {"tags": list(article.tags), "authors": list(article.authors)}


def article_of(row: Row) -> Article:
    """The article in a row, from a read or from a stream record."""
    return Article(
        **{name: row[name] for name in _PLAIN},
        body=Body(**row["body"]),
        tags=tuple(row["tags"]),
        authors=tuple(row["authors"]),
        image=Image(**row["image"]) if row["image"] else None,
        # Rows of before there were these.
        correction=row.get("correction", ""),
        translation_of=row.get("translation_of"),
        published_at=parsed(row["published_at"]),
        created_at=parsed(row["created_at"]),
        updated_at=parsed(row["updated_at"]),
        status=cast("Status", row["status"]),
    )


_PLAIN = (
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
    """The rows that follow from an article's state, its own and its address aside, by their keys."""
    if article is None:
        return {}
    at = position(article.place)
    desk = () if article.status == "withdrawn" else editorial_listings(article.status, article.section)
    partitions = [editorial_partition(article.edition, listing) for listing in desk]
    if article.live:
        partitions += map(partition, article.channels)
    held = row_of(article)
    rows: dict[Key, Row] = {(partition, at): held for partition in partitions}
    if article.live and article.translation_of:
        rows[f"ARTICLE#{article.translation_of}", f"TRANSLATION#{article.edition}#{article.id}"] = held
    if article.scheduled:
        rows["DUE", at] = {"article": article.id}
    return {(pk, sk): {"pk": pk, "sk": sk} | row for (pk, sk), row in rows.items()}


def partition(channel: Channel) -> str:
    """Where the articles of a channel stand, and the places that they left."""
    return f"LIST#{channel.edition or '*'}#{channel.listing}"


def editorial_partition(edition: str, listing: str) -> str:
    """Where the articles of an editors' listing stand."""
    return f"EDITORIAL#{edition}#{listing}"


def position(place: Place) -> str:
    """The sort key of a place."""
    return f"{instant(place.published_at)}#{place.article}"


def history_entry_of(row: Row) -> HistoryEntry:
    """The place that a channel's row stands for."""
    at, _, id = row["sk"].partition("#")
    return HistoryEntry(Place(parsed(at), id), parsed(row["gone"]) if "gone" in row else None)
