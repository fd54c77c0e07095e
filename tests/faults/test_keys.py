"""Keys that are created, changed, rotated and revoked at the same time, in every order of their calls to AWS."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from unittest import mock

import pytest

from broadsheet.model.api_key import MOST_SECRETS, first_revision, new_secret
from broadsheet.model.errors import NotFound
from broadsheet.store.table import unchanged
from tests.faults.key_flows import FIRST, NAME, WIDE, create, created, keys_of, revoke, rotate, works
from tests.faults.process import Process
from tests.faults.scheduler import Act, Choice, Explorer, Scheduler, Step
from tests.faults.sweep import FaultSweep, Flow
from tests.faults.testbed import TestBed

Check = Callable[[Process, Mapping[str, Any]], None]
Acts = Mapping[str, Callable[[Process], object]]
CONDITION = "broadsheet.store.api_keys.unchanged"
OLD, ONE, TWO = (new_secret(NAME, lambda _, byte=byte: byte * 32) for byte in (b"1", b"2", b"3"))  # type: ignore[misc]


def in_every_order(bed: TestBed, given: Callable[[TestBed], None], acts: Acts, check: Check) -> None:
    """Run the acts at the same time, in every order of their calls, and check what each returned and what is left."""

    def run(choose: Choice) -> Sequence[Step]:
        bed.prepare(given)
        returned: dict[str, Any] = {}

        def act(name: str) -> Act:
            def go() -> None:
                try:
                    returned[name] = acts[name](bed.process())
                except NotFound as refused:
                    returned[name] = refused

            return go

        scheduler = Scheduler(lambda *_: None)
        with bed.interceptor.listening(scheduler):
            ended = scheduler.run({name: act(name) for name in acts}, choose)
        assert not any(ended.values()), ended
        check(bed.process(), returned)
        return scheduler.steps

    Explorer(3).explore(run)


def nothing_given(_: TestBed) -> None:
    """No key."""


def test_of_two_that_create_one_key_one_gets_its_secret(bed: TestBed) -> None:
    def check(process: Process, returned: Mapping[str, Any]) -> None:
        secrets = [one.secret for one in returned.values() if one.secret]
        assert len(secrets) == 1
        assert works(process, secrets[0])

    acts: Acts = {"one": lambda one: create(one, b"2" * 32), "two": lambda two: create(two, b"3" * 32)}
    in_every_order(bed, nothing_given, acts, check)


def rotated_beside_a_revocation(bed: TestBed) -> None:
    def check(process: Process, _: Mapping[str, Any]) -> None:
        assert keys_of(process).all() == ()
        assert not any(works(process, secret) for secret in (OLD, ONE, TWO))

    acts: Acts = {"rotates": lambda one: rotate(one, b"2" * 32), "revokes": revoke}
    in_every_order(bed, created, acts, check)


def test_a_key_that_is_revoked_while_it_is_rotated_is_revoked(bed: TestBed) -> None:
    rotated_beside_a_revocation(bed)


def test_without_the_condition_a_rotation_brings_a_revoked_key_back(bed: TestBed) -> None:
    unconditional = mock.patch(CONDITION, return_value=None)
    with unconditional, pytest.raises(AssertionError):
        rotated_beside_a_revocation(bed)


def rotated_beside_a_new_creation(bed: TestBed) -> None:
    """The key is revoked and created again, with the same revision, while another administrator rotates it."""

    def anew(process: Process) -> object:
        revoke(process)
        return create(process, b"3" * 32)

    def check(process: Process, _: Mapping[str, Any]) -> None:
        assert not works(process, OLD)
        assert works(process, TWO)

    in_every_order(bed, created, {"rotates": lambda one: rotate(one, b"2" * 32), "anew": anew}, check)


def test_no_secret_of_a_revoked_key_comes_back_with_a_new_key_of_its_name(bed: TestBed) -> None:
    rotated_beside_a_new_creation(bed)


def test_without_the_hashes_in_the_condition_a_leaked_secret_would_come_back(bed: TestBed) -> None:
    only_revision = mock.patch(CONDITION, lambda fields: unchanged({"revision": fields["revision"]}))
    with only_revision, pytest.raises(AssertionError):
        rotated_beside_a_new_creation(bed)


@pytest.mark.proof
def test_of_rotations_and_a_change_at_the_same_time_none_is_lost(bed: TestBed) -> None:
    def check(process: Process, _: Mapping[str, Any]) -> None:
        assert all(works(process, secret) for secret in (OLD, ONE, TWO))
        [key] = keys_of(process).all()
        assert (key.grant, key.revision) == (WIDE, first_revision(key.created_at) + 3)

    acts: Acts = {
        "one": lambda one: rotate(one, b"2" * 32),
        "two": lambda two: rotate(two, b"3" * 32),
        "changes": lambda change: create(change, FIRST, WIDE),
    }
    in_every_order(bed, created, acts, check)


def test_however_a_rotation_fails_the_secret_in_use_and_the_one_that_is_answered_work(bed: TestBed) -> None:
    """Each attempt makes another secret, so the table does not end as after one attempt."""
    answered: list[str | None] = []

    def act(_: TestBed, process: Process) -> None:
        answered.append(rotate(process, bytes([100 + len(answered)]) * 32).secret)

    sweep = FaultSweep(bed, Flow("rotate a key", created, act, "GetItem PutItem "))
    for fault in sweep.single_faults():
        sweep.run(fault)
        process = bed.process()
        assert works(process, OLD), fault
        assert works(process, answered[-1]), fault
        [key] = keys_of(process).all()
        assert len(key.hashes) <= MOST_SECRETS
