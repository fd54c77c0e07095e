"""Manuscripts: articles as editors send them. `broadsheet.schemas.article` parses them."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .correction import SentCorrection
from .enclosure import Enclosure
from .errors import NOT_IN_FUTURE, FieldError, Invalid, ParameterError, Rule

PAGE = "page"
"""The kind of static pages."""

LONGEST_ID = 128
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]*")
ID_RULE = Rule("not_an_id", f"must be 1 to {LONGEST_ID} of A-Z a-z 0-9 . _ ~ - and start with a letter or digit")
OTHER_RULE = Rule("self_reference", "must name another article than itself")


@dataclass(frozen=True, slots=True)
class Image:
    """An image with its metadata. `lang` is the caption's language, None where it is the article's."""

    src: str
    alt: str
    caption: str
    credit: str
    width: int
    height: int
    lang: str | None


@dataclass(frozen=True, slots=True)
class Manuscript:
    """An article as it was sent. `published_at` is in UTC. Where it or `slug` is None, the system chooses.

    `correction` is one more correction, "" for none; `corrections` are all of them, None where the article keeps those
    that it has. `updated_at` is the time of its last update, None where the system chooses. `translation_of` is the id
    of the article that this one translates. `section` is empty for a static page. `related` are the ids of articles
    that its page names. `language` is None where it is the edition's.
    """

    edition: str
    headline: str
    summary: str
    format: str
    text: str
    section: str
    tags: tuple[str, ...]
    authors: tuple[str, ...]
    kind: str
    image: Image | None
    enclosure: Enclosure | None
    published_at: datetime | None
    status: Any
    slug: str | None
    correction: str
    corrections: tuple[SentCorrection, ...] | None
    updated_at: datetime | None
    translation_of: str | None
    related: tuple[str, ...]
    language: str | None = None

    @property
    def hash(self) -> str:
        """The SHA-256 of the text, in hexadecimal: its key in the bucket."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def in_future(
    corrections: Iterable[datetime | None], updated_at: datetime | None, published_at: datetime, now: datetime
) -> Iterator[FieldError]:
    """Which times of corrections and of the last update have not come. A scheduled article's may be its own."""
    now = now.replace(microsecond=0)
    for number, at in enumerate(corrections):
        if at and at > now:
            yield FieldError(f"corrections.{number}.at", NOT_IN_FUTURE)
    if updated_at and updated_at > max(now, published_at):
        yield FieldError("updated_at", NOT_IN_FUTURE)


def check_id(id: str, field: str = "id") -> str:
    """The id itself, which may be in URLs, keys and logs as it is. Raises `Invalid`."""
    if not is_id(id):
        raise Invalid((ParameterError(field, ID_RULE),))
    return id


def is_id(id: str) -> bool:
    """Whether it is a valid id of an article."""
    return len(id) <= LONGEST_ID and ID.fullmatch(id) is not None
