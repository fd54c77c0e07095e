"""The reading of what an editor sends: its fields and their rules. Every wrong field is named at once.

It stands apart from the values that it makes, because marshmallow is for the one function that reads them.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from marshmallow import RAISE, Schema, ValidationError, fields, validate
from marshmallow.types import ErrorMessages

from ..model.config import Site
from ..model.errors import FieldError, Invalid, TooLarge
from ..model.manuscript import ID_RULE, Image, Manuscript, clean, is_id
from ..model.slug import name_key, slugify

LARGEST_BODY = 1_000_000  # bytes of UTF-8
SOURCE = re.compile(r"https://[^\s/?#]+[^\s]*|/(?!/)[^\s]*")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")

MISSING: ErrorMessages = {"required": "is required", "null": "must not be null"}


def parse_article(sent: object, site: Site) -> Manuscript:
    """The manuscript in a request's JSON. Raises `Invalid` with every broken rule, `TooLarge` for an overlong body."""
    loaded, errors = read(ArticleSchema(), sent, "article")
    errors += _site_rules(loaded, site)
    if errors:
        raise Invalid(tuple(dict.fromkeys(errors)))
    body = loaded.pop("body")
    if len(body["text"].encode()) > LARGEST_BODY:
        raise TooLarge(f"body.text is over {LARGEST_BODY:,} bytes of UTF-8")
    image = loaded.pop("image")
    return Manuscript(
        **loaded | {key: _distinct(loaded[key]) for key in ("tags", "authors")},
        format=body["format"],
        text=body["text"],
        image=Image(**image) if image else None,
    )


def read(schema: Schema, sent: object, name: str) -> tuple[dict[str, Any], list[FieldError]]:
    """What the schema takes of a request's JSON, which is called by that name, and every rule that is broken."""
    try:
        return dict(schema.load(sent)), []  # type: ignore[arg-type]  # it refuses what is no mapping
    except ValidationError as error:
        return dict(error.valid_data or {}), _flat(error.messages, "", name)


class Text(fields.String):
    """Source text, cleaned."""

    default_error_messages = MISSING | {"invalid": "must be a text"}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> str:
        return clean(super()._deserialize(value, attr, data, **more) or "")


class Line(Text):
    """A text of one line, with its blanks folded: what a headline, a name or a caption is.

    It may be as long as is said before they are folded, so that whoever sends it can count.
    """

    def __init__(self, longest: int, shortest: int = 0, **more: Any) -> None:
        rule = (
            f"must be {shortest} to {longest:,} characters" if shortest else f"must be at most {longest:,} characters"
        )
        super().__init__(validate=validate.Length(shortest, longest, error=rule), **more)
        self._as_sent = validate.Length(max=longest, error=rule)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> str:
        if isinstance(value, str):
            self._as_sent(value)
        return " ".join(super()._deserialize(value, attr, data, **more).split())


class Instant(fields.Field[datetime]):
    """An instant with its offset, in UTC and to the second."""

    default_error_messages = MISSING

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> datetime:
        rule = "must be a date and time with its offset (RFC 3339), like 2025-04-15T08:00:00+03:00"
        if not isinstance(value, str) or not RFC_3339.fullmatch(value):
            raise ValidationError(rule)
        try:
            instant = datetime.fromisoformat(value.upper()).astimezone(UTC).replace(microsecond=0)
        except (ValueError, OverflowError):
            raise ValidationError(rule) from None
        if not 1000 < instant.year < 9999:
            raise ValidationError("must be a year from 1001 to 9998")
        return instant


def one_of(*choices: str) -> dict[str, Any]:
    """The arguments of a field that is one of these."""
    return {"validate": validate.OneOf(choices, error=f"must be one of {', '.join(choices)}")}


def _lines(most: int, longest: int) -> fields.List[str]:
    return fields.List(
        Line(longest, 1),
        load_default=(),
        validate=validate.Length(max=most, error=f"must be at most {most}"),
        error_messages={"invalid": "must be a list", "null": "must be a list"},
    )


def address(form: re.Pattern[str], rule: str) -> Text:
    """An address of that form, which software can take apart too: `https://[` is none."""

    def splits(value: str) -> None:
        try:
            urlsplit(value)
        except ValueError:
            raise ValidationError(rule) from None

    return Text(
        required=True,
        validate=validate.And(
            validate.Regexp(re.compile(f"({form.pattern})\\Z"), error=rule),
            splits,
            validate.Length(max=2000, error="must be at most 2,000 characters"),
        ),
    )


def pixels() -> fields.Integer:
    """One side of a picture."""
    rule = "must be a whole number of pixels from 1 to 20,000"
    return fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(1, 20_000, error=rule),
        error_messages={"required": "is required", "invalid": rule, "null": rule},
    )


def part(schema: type[Schema]) -> fields.Nested:
    """An object within, which must be there."""
    return fields.Nested(schema, required=True, error_messages={"required": "is required", "null": "is required"})


class Strict(Schema):
    """Refuses what it does not know."""

    error_messages = {  # noqa: RUF012  # marshmallow declares it so
        "unknown": "is not a field that is taken here",
        "type": "must be an object",
    }

    class Meta:
        unknown = RAISE


class BodySchema(Strict):
    format = Text(required=True, **one_of("markdown", "html"))
    text = Text(required=True)


class ImageSchema(Strict):
    src = address(SOURCE, "must be an https:// address or a path of the site")
    alt = Line(1000, required=True)
    caption = Line(2000, load_default="")
    credit = Line(300, load_default="")
    width = pixels()
    height = pixels()
    lang = Text(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(re.compile(f"{LANGUAGE.pattern}\\Z"), error="must be a language, like ar or en-GB"),
    )


class ArticleSchema(Strict):
    edition = Text(required=True)
    headline = Line(300, 1, required=True)
    summary = Line(2000, load_default="")
    body = part(BodySchema)
    section = Text(required=True)
    # An article and its rows change in one transaction, which has room for 100.
    tags = _lines(12, 100)
    authors = _lines(8, 200)
    kind = Text(load_default="article", **one_of("article", "caricature"))
    image = fields.Nested(ImageSchema, load_default=None, allow_none=True)
    published_at = Instant(load_default=None, allow_none=True)
    status = Text(load_default="published", **one_of("draft", "published"))
    slug = Text(load_default=None, allow_none=True)
    correction = Line(2000, load_default="")
    translation_of = Text(load_default=None, allow_none=True)


def _site_rules(loaded: Mapping[str, Any], site: Site) -> list[FieldError]:
    """The rules that need more than the field itself."""
    errors = []
    edition = site.editions.get(loaded.get("edition", ""))
    if "edition" in loaded and edition is None:
        errors.append(FieldError("edition", f"must be one of {', '.join(site.editions)}"))
    if edition and "section" in loaded and loaded["section"] not in edition.sections:
        errors.append(FieldError("section", f"must be one of {', '.join(edition.sections)}"))
    slug = loaded.get("slug")
    if slug is not None and (not slug or slugify(slug) != slug):
        errors.append(
            FieldError("slug", "must be lower-case letters and digits joined by hyphens, at most 80 characters")
        )
    original = loaded.get("translation_of")
    if original is not None and not is_id(original):
        errors.append(FieldError("translation_of", ID_RULE))
    if loaded.get("kind") == "caricature" and "image" in loaded and not loaded["image"]:
        errors.append(FieldError("image", "is required for a caricature"))
    return errors


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """The names without those that are another spelling of an earlier one."""
    first = {name_key(name): name for name in reversed(names)}
    return tuple(reversed(first.values()))


def _flat(messages: Any, path: str, name: str) -> list[FieldError]:
    """marshmallow's tree of messages as a list; `_schema` is its word for the object itself."""
    if isinstance(messages, dict):
        return [
            error
            for key, inner in messages.items()
            for error in _flat(inner, path if key == "_schema" else f"{path}.{key}".lstrip("."), name)
        ]
    return [FieldError(path or name, str(message)) for message in messages]
