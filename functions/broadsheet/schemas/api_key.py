"""The schema of what an API key allows, as administrators send it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ..model.api_key import LONGEST_NAME, NAME, NAME_RULE, SCOPES, Grant, sorted_editions
from ..model.config import Site
from ..model.editions import EVERY
from ..model.errors import NOT_IN_PAST, FieldError
from .fields import Boolean, Choice, Instant, ListOf, Object, ReadOnly, Text, one_of, read, refuse, same_name

MOST_EDITIONS = 100
GRANT = Object(
    {
        "scopes": ListOf(Choice(*SCOPES), len(SCOPES), 1),
        "editions": ListOf(Text(), MOST_EDITIONS, 1),
        "expires_at": Instant(default=None),
        "name": ReadOnly(Text(LONGEST_NAME, NAME, NAME_RULE)),
        "expired": ReadOnly(Boolean()),
        "earlier_until": ReadOnly(Instant(default=None)),
        "created_at": ReadOnly(Instant()),
        "created_by": ReadOnly(Text()),
        "updated_at": ReadOnly(Instant()),
        "updated_by": ReadOnly(Text()),
    }
)


def parse_grant(sent: object, site: Site, now: datetime, name: str) -> Grant:
    """The grant in a request's JSON, of the key of that name: scopes in the order of `SCOPES`.

    Raises `Invalid` with every broken rule.
    """
    values, errors = read(GRANT, sent, "key")
    refuse([*errors, *same_name(values, "name", name), *_rules_of_site(values, site, now)])
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
