"""The schema of what an API key allows, as administrators send it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ..model.api_key import SCOPES, Grant, sorted_editions
from ..model.config import Site
from ..model.editions import EVERY
from ..model.errors import NOT_IN_PAST, FieldError
from .fields import Choice, Instant, ListOf, Object, Text, one_of, read, refuse

MOST_EDITIONS = 100
GRANT = Object(
    {
        "scopes": ListOf(Choice(*SCOPES), len(SCOPES), 1),
        "editions": ListOf(Text(), MOST_EDITIONS, 1),
        "expires_at": Instant(default=None),
    }
)


def parse_grant(sent: object, site: Site, now: datetime) -> Grant:
    """The grant in a request's JSON: scopes in the order of `SCOPES`. Raises `Invalid` with every broken rule."""
    values, errors = read(GRANT, sent, "key")
    refuse([*errors, *_rules_of_site(values, site, now)])
    scopes = tuple(scope for scope in SCOPES if scope in values["scopes"])
    return Grant(scopes, sorted_editions(tuple(values["editions"])), values["expires_at"])


def _rules_of_site(values: Mapping[str, Any], site: Site, now: datetime) -> Iterator[FieldError]:
    choices = (*site.editions, EVERY)
    for number, code in enumerate(values.get("editions", ())):
        if code not in choices:
            yield FieldError(f"editions.{number}", one_of(choices))
    expires_at = values.get("expires_at")
    if expires_at and expires_at <= now:
        yield FieldError("expires_at", NOT_IN_PAST)
