"""The schema of a preview: an article by its id, with or without a manuscript; or an ad by its name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from ..model.config import Site
from ..model.errors import FieldError, Invalid, Rule
from ..model.manuscript import ID_RULE, is_id
from ..model.preview import AdPreview, ArticlePreview
from .ad import parse_ad
from .article import parse_article
from .fields import Anything, Object, Text, read, refuse

PREVIEW = Object(
    {
        "id": Text(default=""),
        "article": Anything(default=None),
        "name": Text(default=""),
        "ad": Anything(default=None),
    }
)
FIELDS = ({"id"}, {"id", "article"}, {"name", "ad"})
ONE_OF_TWO = Rule(
    "conflict", "must be the id of an article, with or without article; or name and ad must be given instead"
)

Parsed = TypeVar("Parsed")


def parse_preview(sent: object, now: datetime, site: Site, origins: Sequence[str]) -> ArticlePreview | AdPreview:
    """What a request's JSON previews. Raises `Invalid` with every broken rule, and `TooLarge` for an overlong body."""
    values, errors = read(PREVIEW, sent, "preview")
    refuse(errors)
    id, article, name, ad = (values[field] for field in ("id", "article", "name", "ad"))
    if not isinstance(sent, Mapping) or set(sent) not in FIELDS:
        raise Invalid((FieldError("id", ONE_OF_TWO),))
    if "name" in sent:
        return AdPreview(_within("ad", (), lambda: parse_ad(name, ad, now, site, origins)))
    wrong = () if is_id(id) else (FieldError("id", ID_RULE),)
    if article is None:
        refuse(wrong)
        return ArticlePreview(id, None)
    return ArticlePreview(id, _within("article", wrong, lambda: parse_article(article, site, id, now)))


def _within(field: str, others: Sequence[FieldError], parse: Callable[[], Parsed]) -> Parsed:
    """What the field holds, by its own schema. Raises `Invalid` with the others and its errors at their paths."""
    try:
        parsed = parse()
    except Invalid as invalid:
        raise Invalid((*others, *(_inner(field, each) for each in invalid.errors))) from None
    refuse(others)
    return parsed


def _inner(outer: str, error: FieldError) -> FieldError:
    """The error of an inner object at its path in the request; `name` and the object itself have theirs already."""
    if error.field == "name":
        return FieldError("name", error.rule)
    field = outer if error.field == outer else f"{outer}.{error.field}"
    return replace(error, field=field, at=f"/{outer}{error.pointer}")
