"""The schema of an article, as editors send it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from ..model.config import Site
from ..model.correction import MOST_CORRECTIONS, SentCorrection
from ..model.enclosure import MEDIA_TYPE, Enclosure, media_type
from ..model.errors import FieldError, Rule, TooLarge
from ..model.image import MAX_SIDE
from ..model.manuscript import ID, ID_RULE, LONGEST_ID, OTHER_RULE, PAGE, Image, Manuscript, in_future, is_id
from ..model.reserved import is_reserved, reserved_rule
from ..model.slug import name_key, slugify
from .body import is_empty
from .fields import (
    IS_REQUIRED,
    NOT_BLANK,
    NOT_TWICE,
    REQUIRED,
    Boolean,
    Choice,
    CleanText,
    Instant,
    Line,
    ListOf,
    Name,
    Object,
    ReadOnly,
    Text,
    Url,
    WholeNumber,
    one_of,
    read,
    read_only,
    refuse,
    same_name,
)

LARGEST_BODY = 1_000_000  # bytes of UTF-8
LONGEST_CORRECTION = 2000  # characters
# A static page is no news: it is in no channel, has no byline, and is changed, not corrected.
NOT_OF_PAGES = ("section", "tags", "authors", "enclosure", "correction", "corrections", "related")
NOT_OF_PAGES_RULE = Rule("conflict", "must be left out for a page")
# With eleven, the counts of related articles would not fit into the transaction.
MOST_TAGS_WITH_RELATED = 10
# With twenty, the move of an article to another edition would not fit into it.
MOST_NAMES = 19
SOURCE = re.compile(r"https://[^\s/?#]+[^\s]*|/(?!/)[^\s]*")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
LANGUAGE_RULE = Rule("not_a_language", "must be a language, like ar or en-GB")
MEDIA_TYPE_RULE = Rule("not_a_media_type", "must be the media type of audio or video, like audio/mpeg")
SLUG_RULE = Rule("not_a_slug", "must be lower-case letters and digits joined by hyphens, at most 80 characters")


def pixels() -> WholeNumber:
    """The width or height of an image."""
    return WholeNumber(1, MAX_SIDE, "pixels")


IMAGE = {
    "src": Url(SOURCE, "must be an https:// URL or a path of the site"),
    "alt": Line(1000),
    "caption": Line(2000, default=""),
    "credit": Line(300, default=""),
    "width": pixels(),
    "height": pixels(),
    "lang": Text(pattern=LANGUAGE, rule=LANGUAGE_RULE, default=None),
}
ENCLOSURE = {
    "url": Url(SOURCE, "must be an https:// URL or a path of the site"),
    "type": Text(pattern=MEDIA_TYPE, rule=MEDIA_TYPE_RULE, default=None),
    "length": WholeNumber(1, 1_000_000_000_000, "bytes", default=None),
    "duration": WholeNumber(1, 1_000_000, "seconds", default=None),
    "title": Line(300, default=""),
}
ARTICLE = Object(
    {
        "edition": Text(),
        "headline": Line(300, required=True),
        "summary": Line(2000, default=""),
        "body": Object({"format": Choice("markdown", "html"), "text": CleanText()}),
        "section": Text(default=None),
        # One transaction, of at most 100 items, writes an article with a row for each tag and author.
        "tags": ListOf(Name(100, required=True), 12, default=()),
        "authors": ListOf(Name(200, required=True), 8, default=()),
        "kind": Choice("article", "caricature", PAGE, default="article"),
        "image": Object(IMAGE, default=None),
        "enclosure": Object(ENCLOSURE, default=None),
        "published_at": Instant(default=None),
        "status": Choice("draft", "scheduled", "published", default="published"),
        "slug": Text(default=None),
        "correction": Line(LONGEST_CORRECTION, default=""),
        "corrections": ListOf(
            Object({"text": Line(LONGEST_CORRECTION, required=True), "at": Instant(default=None)}),
            MOST_CORRECTIONS,
            default=None,
        ),
        "updated_at": Instant(default=None),
        "translation_of": Text(default=None),
        "related": ListOf(Text(LONGEST_ID, ID, ID_RULE), 3, default=()),
        "language": Text(pattern=LANGUAGE, rule=LANGUAGE_RULE, default=None),
        "id": ReadOnly(Text(LONGEST_ID, ID, ID_RULE)),
        "path": ReadOnly(Text(default=None)),
        "url": ReadOnly(Text(default=None)),
        "live": ReadOnly(Boolean()),
        "revision": ReadOnly(WholeNumber(1)),
        "updated_by": ReadOnly(Text(default=None)),
    }
)
READ_ONLY = read_only(ARTICLE)

APART = ("image", "enclosure", "corrections", "related")  # fields whose types in a manuscript differ


def parse_article(sent: object, site: Site, id: str, now: datetime | None = None) -> Manuscript:
    """The manuscript in a request's JSON, of the article of that id.

    With `now`, times in the future are refused, as far as the request alone tells them; `revise` refuses the rest.
    Raises `Invalid` with every broken rule, `TooLarge` for an overlong body.
    """
    values, errors = read(ARTICLE, sent, "article")
    refuse(
        [*errors, *same_name(values, "id", id), *rules_of_site(values, site), *_rules_between_fields(values, id, now)]
    )
    values = {name: value for name, value in values.items() if name not in READ_ONLY}
    body = values.pop("body")
    if values["status"] == "scheduled":  # its date alone says when, so that the same text is right after it, too
        values["status"] = "published"
    if len(body["text"].encode()) > LARGEST_BODY:
        raise TooLarge(f"body.text is over {LARGEST_BODY:,} bytes of UTF-8")
    image, enclosure, corrections, related = (values.pop(name) for name in APART)
    values["section"] = values["section"] or ""
    return Manuscript(
        **values | {name: _distinct(values[name]) for name in ("tags", "authors")},
        format=body["format"],
        text=body["text"],
        image=Image(**image) if image else None,
        enclosure=Enclosure(**enclosure | {"type": _type_of(enclosure)}) if enclosure else None,
        related=tuple(related),
        corrections=None if corrections is None else tuple(SentCorrection(**each) for each in corrections),
    )


def named_paths(sent: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The path that a valid request repeats as that of the article, with each field that names it."""
    if sent.get("path"):
        yield "path", sent["path"]
    if sent.get("url"):
        try:
            path = urlsplit(sent["url"]).path
        except ValueError:
            path = sent["url"]
        yield "url", unquote(path)


def rules_of_site(values: Mapping[str, Any], site: Site) -> Iterator[FieldError]:
    """What is wrong with an edition and a section. Without a valid edition, the section is one of any edition."""
    edition = site.editions.get(values["edition"]) if "edition" in values else None
    if "edition" in values and edition is None:
        yield FieldError("edition", one_of(site.editions))
    editions = [edition] if edition else list(site.editions.values())
    sections = dict.fromkeys(section for each in editions for section in each.sections)
    if values.get("section") is not None and values["section"] not in sections:
        yield FieldError("section", one_of(sections))


def _rules_between_fields(values: Mapping[str, Any], id: str, now: datetime | None) -> Iterator[FieldError]:
    slug, original = values.get("slug"), values.get("translation_of")
    if slug is not None and (not slug or slugify(slug) != slug):
        yield FieldError("slug", SLUG_RULE)
    yield from _rules_of_kind(values)
    if original is not None and not is_id(original):
        yield FieldError("translation_of", ID_RULE)
    yield from _rules_of_related(values.get("related", ()), values.get("tags", ()), id)
    if original == id:
        yield FieldError("translation_of", OTHER_RULE)
    yield from _rules_of_times(values, now)
    yield from _rules_of_names(values.get("tags", ()), values.get("authors", ()))
    yield from _rules_of_status(values)
    if values.get("correction") and values.get("corrections") is not None:
        yield FieldError("correction", Rule("conflict", "must not be sent with corrections, which are the whole list"))
    if values.get("kind") == "caricature" and "image" in values and values["image"] is None:
        yield FieldError("image", Rule("required", "is required for a caricature"))
    enclosure = values.get("enclosure") or {}
    if enclosure.keys() >= {"url", "type"} and _type_of(enclosure) is None:
        rule = Rule("required", "is required, because the suffix of enclosure.url does not tell it")
        yield FieldError("enclosure.type", rule)


def _rules_of_kind(values: Mapping[str, Any]) -> Iterator[FieldError]:
    if values.get("kind") == PAGE:
        yield from (FieldError(name, NOT_OF_PAGES_RULE) for name in NOT_OF_PAGES if values.get(name))
        if is_reserved(values.get("slug") or ""):
            yield FieldError("slug", reserved_rule(values["slug"]))
    elif values.get("section", REQUIRED) is None:
        yield FieldError("section", IS_REQUIRED)


def _rules_of_times(values: Mapping[str, Any], now: datetime | None) -> Iterator[FieldError]:
    """Without a date, an article may keep one that is in the future, and be updated then."""
    if now:
        corrections = [each.get("at") for each in values.get("corrections") or ()]
        published_at = values.get("published_at")
        yield from in_future(corrections, published_at and values.get("updated_at"), published_at or now, now)


def _rules_of_related(related: Sequence[str], tags: Sequence[str], id: str) -> Iterator[FieldError]:
    for number, named in enumerate(related):
        if named in related[:number]:
            yield FieldError(f"related.{number}", NOT_TWICE)
        if named == id:
            yield FieldError(f"related.{number}", OTHER_RULE)
    if related and len(tags) > MOST_TAGS_WITH_RELATED:
        message = f"must have at most {MOST_TAGS_WITH_RELATED} items where related names articles"
        yield FieldError("tags", Rule("too_many", message))


def _rules_of_names(tags: Sequence[str], authors: Sequence[str]) -> Iterator[FieldError]:
    if len(tags) + len(authors) > MOST_NAMES:
        yield FieldError("tags", Rule("too_many", f"must have at most {MOST_NAMES} items together with authors"))


def _rules_of_status(values: Mapping[str, Any]) -> Iterator[FieldError]:
    if values.get("status") == "scheduled" and values.get("published_at", REQUIRED) is None:
        yield FieldError("published_at", Rule("required", "is required for a scheduled article"))
    needs_text = values.get("kind") in ("article", PAGE) and values.get("status") in ("scheduled", "published")
    if needs_text and is_empty(values.get("body", {}).get("text", "not known")):
        yield FieldError("body.text", NOT_BLANK)


def _type_of(enclosure: Mapping[str, Any]) -> str | None:
    return enclosure["type"] or media_type(enclosure["url"])


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """The names in their order, without other spellings of an earlier name."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(name_key(name), name)
    return tuple(first.values())
