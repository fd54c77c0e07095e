"""API keys: what a program, such as a CMS, calls the API with, and what it may do with it.

A key belongs to a client, whose name it has. Its secret is a bearer token (RFC 6750, section 2.1):
`broadsheet_<name>_<64 hexadecimal digits>`, so that scanners find one in code or a log, and the operator sees whose it
is. Only the hash of a secret is stored.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Literal

from .editions import EVERY, Editions
from .errors import Invalid, ParameterError, Rule

Scope = Literal["read", "put", "withdraw"]
RandomBytes = Callable[[int], bytes]
"""As `secrets.token_bytes` in the standard library."""

PREFIX = "/bearer"
"""Clients with a key call the same paths below this prefix: one route has one authorizer."""
CALLS: Mapping[Scope, tuple[str, ...]] = {
    "read": (
        "GET /api/articles",
        "GET /api/articles/{id}",
        "GET /api/articles/{id}/revisions",
        "GET /api/articles/{id}/revisions/{revision}",
    ),
    "put": (
        "PUT /api/articles/{id}",
        "PATCH /api/articles/{id}",
        "POST /api/articles/{id}/revisions/{revision}/restore",
    ),
    "withdraw": ("DELETE /api/articles/{id}",),
}
"""The calls that each scope allows. `put` is every call that puts an article, whatever its method."""
SCOPES = tuple(CALLS)

RANDOM_BYTES = 32  # 256 bits
LONGEST_NAME = 40
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
NAME_RULE = Rule(
    "not_a_slug", f"must be lower-case letters and digits joined by hyphens, at most {LONGEST_NAME} characters"
)
SECRET = re.compile(r"broadsheet_([a-z0-9-]+)_[0-9a-f]{64}", re.ASCII)
# Secrets that work at once: the newest, and earlier ones until their overlap ends. One more ends the oldest.
MOST_SECRETS = 5
EXPIRED = Rule("in_past", "must be of a key that has not expired; put a later expires_at first")


@dataclass(frozen=True, slots=True)
class Hash:
    """The hash of a secret, and until when the secret works; None for the newest one."""

    value: str = field(repr=False)
    until: datetime | None = None

    def works_at(self, now: datetime) -> bool:
        """Whether the secret has not been replaced, or its overlap has not ended."""
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class Grant:
    """What a key allows, and until when; None for no end. `editions` has codes, or `*` alone."""

    scopes: tuple[Scope, ...]
    editions: tuple[str, ...]
    expires_at: datetime | None = None

    def allows(self, call: str) -> bool:
        """Whether a scope has the call: a method and a path, `GET /api/articles/{id}`."""
        return any(call in CALLS[scope] for scope in self.scopes)

    @property
    def permitted(self) -> Editions:
        """The editions that the key's client may read and write."""
        return Editions.parse(" ".join(self.editions))


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A client's key. `hashes` are those of its secrets, the newest first.

    `revision` begins with the milliseconds of its creation, and each change raises it: a key that is made anew under
    the name of one that was revoked, or has expired, has no revision of that one.
    """

    name: str
    grant: Grant
    hashes: tuple[Hash, ...]
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    revision: int

    @property
    def earlier_until(self) -> datetime | None:
        """When the last of the earlier secrets stops to work; None where there is none."""
        return max((each.until for each in self.hashes if each.until), default=None)

    def has_expired(self, now: datetime) -> bool:
        """Whether no secret of the key works any more."""
        return self.grant.expires_at is not None and self.grant.expires_at <= now

    def accepts(self, hash: str, now: datetime) -> bool:
        """Whether a secret with this hash works now. Compares it with every hash, in constant time."""
        found = [compare_digest(each.value, hash) and each.works_at(now) for each in self.hashes]
        return any(found) and not self.has_expired(now)

    def granting(self, grant: Grant, now: datetime, by: str) -> "ApiKey":
        """The key with another grant, and the same secrets."""
        return replace(self, grant=grant, updated_at=now, updated_by=by, revision=self.revision + 1)

    def rotated(self, hash: str, now: datetime, overlap: timedelta, by: str) -> "ApiKey":
        """The key with one more secret. Every earlier one works until the overlap ends, or until it ended already.

        Raises `Invalid` for a key that has expired, whose new secret would not work.
        """
        if self.has_expired(now):
            raise Invalid((ParameterError("name", EXPIRED),))
        end = now + overlap
        ending = (Hash(each.value, min(each.until or end, end)) for each in self.hashes)
        earlier = tuple(each for each in ending if each.works_at(now))
        hashes = (Hash(hash), *earlier)[:MOST_SECRETS]
        return replace(self, hashes=hashes, updated_at=now, updated_by=by, revision=self.revision + 1)


def first_revision(now: datetime) -> int:
    """The revision of a key that is created now."""
    return int(now.timestamp() * 1000)


def new_secret(name: str, random_bytes: RandomBytes) -> str:
    """A new secret of the key."""
    return f"broadsheet_{name}_{random_bytes(RANDOM_BYTES).hex()}"


def key_named_in(secret: str) -> str | None:
    """The name of the key that a secret claims to be of; None for what is no secret of any key."""
    found = SECRET.fullmatch(secret)
    return found[1] if found and is_name(found[1]) else None


def hash_of(secret: str) -> str:
    """The hash that is stored.

    SHA-256 alone, without salt or stretching: those protect passwords, which people choose and others guess. A secret
    has 256 random bits, so no list of guesses finds it, and each call must not cost what a slow hash costs.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def check_name(name: str) -> str:
    """The name itself. Raises `Invalid` for a name that no key can have."""
    if not is_name(name):
        raise Invalid((ParameterError("name", NAME_RULE),))
    return name


def is_name(name: str) -> bool:
    """Whether a key can have the name."""
    return len(name) <= LONGEST_NAME and NAME.fullmatch(name) is not None


def sorted_editions(codes: tuple[str, ...]) -> tuple[str, ...]:
    """The codes, each once; `*` alone where it is among them."""
    return (EVERY,) if EVERY in codes else tuple(dict.fromkeys(codes))
