"""The reading of the subscribers that an editor sends. Every wrong field of a row is named at once."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from marshmallow import ValidationError, fields, validate

from ..model.config import Site
from ..model.errors import FieldError, Invalid
from ..model.newsletter import email
from ..model.newsletter.imported import STATUSES, WORDING, ImportedSubscriber
from ..model.newsletter.sign_up import LONGEST_SOURCE, PREFERENCES, parse_preferences
from .article import MISSING, Instant, Line, Strict, Text, one_of, read

AT_ONCE = 100  # rows, as many as one transaction may change


def parse_batch(sent: object) -> tuple[list[object], bool]:
    """The rows in a request's JSON, still to be read, and whether nothing is to be changed. Raises `Invalid`."""
    loaded, errors = read(BatchSchema(), sent, "body")
    if errors:
        raise Invalid(tuple(errors))
    return loaded["subscribers"], loaded["dry_run"]


def parse_row(sent: object, site: Site, now: datetime) -> ImportedSubscriber:
    """One row. Raises `Invalid` with every broken rule.

    A domain that the newsletter is not sent to is refused for who is subscribed; others may be kept from mail there.
    """
    told = dict(sent) if isinstance(sent, Mapping) else {}
    wanted = {name: told.pop(name) for name in PREFERENCES if name in told}
    loaded, errors = read(_ROW, told if isinstance(sent, Mapping) else sent, "row")
    try:
        preferences = parse_preferences({"edition": next(iter(site.editions))} | wanted, site)
    except Invalid as invalid:
        preferences = None
        errors += invalid.errors
    errors += _other_rules(loaded, site, now)
    if errors or preferences is None:
        raise Invalid(tuple(dict.fromkeys(errors)))
    return ImportedSubscriber(
        email=loaded.pop("email"),
        preferences=preferences,
        wording_edition=loaded.pop("wording_edition") or preferences.edition,
        **loaded,
    )


def _other_rules(loaded: Mapping[str, Any], site: Site, now: datetime) -> Iterator[FieldError]:
    """The rules that need more than the field itself."""
    subscribed = loaded.get("status") == "subscribed"
    if subscribed and "email" in loaded and site.newsletter.blocks(email.domain(loaded["email"])):
        yield FieldError("email", "must be at a domain that this newsletter is sent to")
    if subscribed and "consented_at" in loaded and loaded["consented_at"] is None:
        yield FieldError("consented_at", "is required of who is subscribed")
    for name in ("consented_at", "confirmed_at"):
        if loaded.get(name) and loaded[name] > now:
            yield FieldError(name, "must not be in the future")
    spoken = loaded.get("wording_edition")
    if spoken is not None and spoken not in site.editions:
        yield FieldError("wording_edition", f"must be one of {', '.join(site.editions)}")


class _Address(fields.Field[str]):
    """A mail address, as mail goes to it."""

    default_error_messages = MISSING

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        try:
            return email.parse_email(value if isinstance(value, str) else "")
        except email.InvalidEmail:
            raise ValidationError("must be a mail address, like name@example.org") from None


class RowSchema(Strict):
    email = _Address(required=True)
    status = Text(required=True, **one_of(*STATUSES))
    source = Line(LONGEST_SOURCE, load_default=None, allow_none=True)
    wording = Line(40, 1, load_default=WORDING)
    wording_edition = Text(load_default=None, allow_none=True)
    consented_at = Instant(load_default=None, allow_none=True)
    confirmed_at = Instant(load_default=None, allow_none=True)


_ROW = RowSchema()  # made once: a batch has a hundred rows


class _Switch(fields.Boolean):
    """True or false, and nothing that is like one of them: 0 is none."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class BatchSchema(Strict):
    subscribers = fields.List(
        fields.Raw(allow_none=True),
        required=True,
        validate=validate.Length(1, AT_ONCE, error=f"must be 1 to {AT_ONCE} rows"),
        error_messages={"required": "is required", "invalid": "must be a list", "null": "must be a list"},
    )
    dry_run = _Switch(
        load_default=False,
        error_messages={"invalid": "must be true or false", "null": "must be true or false"},
    )
