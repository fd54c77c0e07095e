"""What administrators do with API keys, and how a key is verified. A call may run beside others, twice or late."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from ..model.api_key import ApiKey, Grant, Hash, RandomBytes, first_revision, hash_of, key_named_in, new_secret
from ..model.errors import NotFound
from ..model.precondition import Precondition
from ..store.api_keys import ApiKeys
from ..store.conflict import retrying

TRIES = 8
OVERLAP = timedelta(hours=24)
LONGEST_OVERLAP = timedelta(days=30)

Outcome = Literal["created", "changed", "unchanged", "rotated"]


class Administrator(NamedTuple):
    """Who changes a key, and when."""

    name: str
    now: datetime


class PutKey(NamedTuple):
    """The key as it is now, its new secret if it got one, and what the call did.

    The secret is in no other place: nothing can show it again.
    """

    key: ApiKey
    secret: str | None
    outcome: Outcome


def put(
    keys: ApiKeys, name: str, sent: Grant, by: Administrator, precondition: Precondition, random_bytes: RandomBytes
) -> PutKey:
    """Create the key, or change what it allows. Only a key that is created gets a secret.

    The same grant again writes nothing. Raises `Stale` and `Busy`.
    """
    secret, now = new_secret(name, random_bytes), _to_the_second(by.now)

    def change(current: ApiKey | None) -> PutKey:
        same = current is not None and current.grant == sent
        precondition.check("the key", current, done=same)
        if current and same:
            return PutKey(current, None, "unchanged")
        if current:
            return PutKey(current.granting(sent, now, by.name), None, "changed")
        hashes, revision = (Hash(hash_of(secret)),), first_revision(by.now)
        return PutKey(ApiKey(name, sent, hashes, now, by.name, now, by.name, revision), secret, "created")

    return _change(keys, name, change)


def rotate(keys: ApiKeys, name: str, overlap: timedelta, by: Administrator, random_bytes: RandomBytes) -> PutKey:
    """Give the key a new secret. Earlier ones work until the overlap ends.

    Each call makes another secret. A client whose answer was lost rotates again, and the secret that is in use works on
    until its overlap ends. Raises `NotFound`, `Busy`, and `Invalid` for a key that has expired.
    """
    secret, now = new_secret(name, random_bytes), _to_the_second(by.now)

    def change(current: ApiKey | None) -> PutKey:
        if current is None:
            raise NotFound(f"there is no key {name}")
        return PutKey(current.rotated(hash_of(secret), now, overlap, by.name), secret, "rotated")

    return _change(keys, name, change)


def revoke(keys: ApiKeys, name: str) -> None:
    """End the key with all its secrets, from the next call on; a key that does not exist stays so."""
    keys.delete(name)


def verify(keys: ApiKeys, secret: str, now: datetime) -> ApiKey | None:
    """The key whose secret this is; None where no secret works that way.

    An unknown name, a wrong secret, and a key that is revoked or has expired give the same answer after the same work:
    one read, one hash, and a comparison in constant time.
    """
    name = key_named_in(secret)
    if name is None:
        return None
    key, hash = keys.get(name), hash_of(secret)
    return key if (key or _nobody(now)).accepts(hash, now) else None


def _change(keys: ApiKeys, name: str, change: Callable[[ApiKey | None], PutKey]) -> PutKey:
    """Commit what `change` makes of the key, and retry it after a lost race. What is unchanged is not written."""
    mine: PutKey | None = None

    @retrying(TRIES)
    def attempt() -> PutKey:
        nonlocal mine
        current = keys.get(name)
        if mine and current == mine.key:
            return mine  # an earlier attempt won the race, and only its answer was lost
        mine = change(current)
        if mine.key != current:
            keys.put(current, mine.key)
        return mine

    return attempt()


def _nobody(now: datetime) -> ApiKey:
    """A key that accepts no secret, in the place of one that does not exist."""
    return ApiKey("", Grant((), ()), (Hash("0" * 64, now),), now, "", now, "", 0)


def _to_the_second(now: datetime) -> datetime:
    """As rows keep it."""
    return now.replace(microsecond=0)
