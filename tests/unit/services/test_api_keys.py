"""Keys that are created, rotated and revoked at the same time, and calls whose answers are lost."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from broadsheet.model.api_key import MOST_SECRETS, ApiKey, Grant, hash_of, key_named_in
from broadsheet.model.errors import Invalid, NotFound, Stale
from broadsheet.model.precondition import Precondition
from broadsheet.services import api_keys
from broadsheet.services.api_keys import Administrator, verify
from broadsheet.store.api_keys import ApiKeys
from broadsheet.store.conflict import LostRace
from tests.world import ANY, NOON, World

GRANT = Grant(("put",), ("en",))
BY = Administrator("lina", NOON)
DAY = timedelta(days=1)


@pytest.fixture
def keys(world: World) -> ApiKeys:
    return ApiKeys(world.clients.dynamodb, world.deployment.name("Keys"))


@pytest.fixture
def random() -> Callable[[int], bytes]:
    """Other bytes each time."""
    numbers = iter(range(100))
    return lambda count: next(numbers).to_bytes(count, "big")


def create(keys: ApiKeys, random: Callable[[int], bytes], precondition: Precondition = ANY) -> api_keys.PutKey:
    return api_keys.put(keys, "ghost-desk", GRANT, BY, precondition, random)


def rotate(
    keys: ApiKeys, random: Callable[[int], bytes], overlap: timedelta = DAY, by: Administrator = BY
) -> api_keys.PutKey:
    return api_keys.rotate(keys, "ghost-desk", overlap, by, random)


def meanwhile(keys: ApiKeys, monkeypatch: pytest.MonkeyPatch, other: Callable[[], object]) -> None:
    """Have another call come between the next read and its write."""
    put = keys.put

    def second(before: ApiKey | None, after: ApiKey) -> None:
        monkeypatch.setattr(keys, "put", put)
        other()
        put(before, after)

    monkeypatch.setattr(keys, "put", second)


def unheard(keys: ApiKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the table's answer to the next write be lost, and the client send it again."""
    put = keys.put

    def second(before: ApiKey | None, after: ApiKey) -> None:
        monkeypatch.setattr(keys, "put", put)
        put(before, after)
        raise LostRace

    monkeypatch.setattr(keys, "put", second)


def works(keys: ApiKeys, secret: str | None, after: timedelta = timedelta()) -> bool:
    return verify(keys, secret or "", NOON + after) is not None


def test_a_secret_names_its_key_and_only_its_hash_is_kept(keys: ApiKeys, random: Callable[[int], bytes]) -> None:
    made = create(keys, random)
    assert made.secret
    assert key_named_in(made.secret) == "ghost-desk"
    assert [each.value for each in made.key.hashes] == [hash_of(made.secret)]
    assert made.secret not in repr(made.key)
    assert hash_of(made.secret) not in repr(made.key)


def test_of_two_that_create_a_key_one_gets_a_secret_and_it_works(
    keys: ApiKeys, random: Callable[[int], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[api_keys.PutKey] = []
    meanwhile(keys, monkeypatch, lambda: made.append(create(keys, random)))
    assert create(keys, random) == (made[0].key, None, "unchanged")
    assert works(keys, made[0].secret)
    keys.delete("ghost-desk")
    meanwhile(keys, monkeypatch, lambda: create(keys, random))
    with pytest.raises(Stale):
        create(keys, random, Precondition(absent=True))


def test_a_secret_whose_storing_was_not_confirmed_is_answered_and_works(
    keys: ApiKeys, random: Callable[[int], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    unheard(keys, monkeypatch)
    first = create(keys, random, Precondition(absent=True))
    assert (first.outcome, works(keys, first.secret)) == ("created", True)
    unheard(keys, monkeypatch)
    second = rotate(keys, random)
    assert works(keys, second.secret)
    assert len(second.key.hashes) == 2


def test_a_key_that_is_revoked_while_it_is_changed_stays_revoked(
    keys: ApiKeys, random: Callable[[int], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = create(keys, random).secret
    meanwhile(keys, monkeypatch, lambda: api_keys.revoke(keys, "ghost-desk"))
    with pytest.raises(NotFound):
        rotate(keys, random)
    assert keys.all() == ()
    assert not works(keys, first)


def test_a_rotation_does_not_bring_back_secrets_of_a_key_that_was_made_anew(
    keys: ApiKeys, random: Callable[[int], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new key has the same revision, and other hashes."""
    first = create(keys, random).secret
    anew: list[str | None] = []

    def replaced() -> None:
        api_keys.revoke(keys, "ghost-desk")
        anew.append(create(keys, random).secret)

    meanwhile(keys, monkeypatch, replaced)
    rotated = rotate(keys, random).secret
    assert [works(keys, secret) for secret in (first, anew[0], rotated)] == [False, True, True]


def test_of_two_rotations_at_once_both_secrets_work(
    keys: ApiKeys, random: Callable[[int], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, made = create(keys, random).secret, []
    meanwhile(keys, monkeypatch, lambda: made.append(rotate(keys, random).secret))
    second = rotate(keys, random).secret
    assert [works(keys, secret) for secret in (first, made[0], second)] == [True] * 3


def test_a_rotation_ends_no_change_of_what_the_key_allows(
    keys: ApiKeys, random: Callable[[int], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    create(keys, random)
    wider = Grant(("read", "put"), ("*",))
    meanwhile(keys, monkeypatch, lambda: api_keys.put(keys, "ghost-desk", wider, BY, ANY, random))
    assert rotate(keys, random).key.grant == wider


def test_earlier_secrets_end_with_the_overlap_and_no_later_one_makes_it_longer(
    keys: ApiKeys, random: Callable[[int], bytes]
) -> None:
    first = create(keys, random).secret
    rotate(keys, random)
    assert works(keys, first, DAY - timedelta(seconds=1))
    assert not works(keys, first, DAY)
    rotate(keys, random, 9 * DAY)
    assert not works(keys, first, DAY)


def test_at_most_so_many_secrets_work_at_once(keys: ApiKeys, random: Callable[[int], bytes]) -> None:
    made = [create(keys, random).secret, *(rotate(keys, random).secret for _ in range(MOST_SECRETS))]
    assert [works(keys, secret) for secret in made] == [False, *[True] * MOST_SECRETS]


def test_a_key_works_until_it_expires_and_is_not_rotated_after_that(
    keys: ApiKeys, random: Callable[[int], bytes]
) -> None:
    ending = Grant(("put",), ("en",), NOON + DAY)
    secret = api_keys.put(keys, "ghost-desk", ending, BY, ANY, random).secret
    assert works(keys, secret, DAY - timedelta(seconds=1))
    assert not works(keys, secret, DAY)
    with pytest.raises(Invalid):
        rotate(keys, random, by=Administrator("lina", NOON + DAY))
