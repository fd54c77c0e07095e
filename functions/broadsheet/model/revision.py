"""Revisions of an article: who changed it, when, by which call, which fields, and what it was until then."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from .article import Article
from .errors import Rule

# What a call did to make a revision. They are a part of the API: none is renamed or removed.
Action = Literal["created", "replaced", "patched", "revived", "withdrawn", "rescheduled", "restored"]
ACTIONS: tuple[Action, ...] = get_args(Action)

# What an editor sends of an article, by the names of the API.
FIELDS = (
    "edition",
    "headline",
    "summary",
    "body",
    "section",
    "tags",
    "authors",
    "kind",
    "image",
    "enclosure",
    "published_at",
    "status",
    "slug",
    "corrections",
    "translation_of",
    "related",
    "language",
    "updated_at",
)
NOT_RESTORED = Rule("withdrawn", "must be a revision in which the article was not withdrawn")
LARGEST_REVISION = 999_999_999
NOT_A_NUMBER = Rule("out_of_range", f"must be a whole number from 1 to {LARGEST_REVISION}")


@dataclass(frozen=True, slots=True)
class Revision:
    """The change that made revision `number`, and the article `before` it. Both are kept until `kept_until`.

    `fields` are those that changed, in the API's order. The first revision has none of these: its article says all.
    """

    number: int
    by: str
    at: datetime
    action: Action
    fields: tuple[str, ...]
    before: Article
    kept_until: datetime


def revision_of(previous: Article, article: Article, by: str, action: Action, kept_for: timedelta) -> Revision:
    """The change from one state to the other, which is kept for a time after it."""
    changed = tuple(name for name in FIELDS if _field(previous, name) != _field(article, name))
    # The time of the last update follows from most changes; it is one itself where an editor changed nothing else.
    fields = tuple(name for name in changed if name != "updated_at") or changed
    return Revision(article.revision, by, article.changed_at, action, fields, previous, article.changed_at + kept_for)


def _field(article: Article, name: str) -> object:
    """The field as the API shows it."""
    match name:
        case "published_at":
            return article.published_at if article.dated else None
        case "status":
            return article.state
    return getattr(article, name)
