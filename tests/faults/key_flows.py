"""How administrators create, change, rotate and revoke keys."""

from collections.abc import Callable
from datetime import timedelta

from broadsheet.model.api_key import Grant
from broadsheet.services import api_keys
from broadsheet.services.api_keys import Administrator, PutKey
from broadsheet.store.api_keys import ApiKeys
from tests.faults.process import Process
from tests.faults.sweep import Flow
from tests.faults.testbed import TestBed
from tests.world import ANY

NAME = "ghost-desk"
NARROW, WIDE = Grant(("put",), ("en",)), Grant(("read", "put"), ("*",))
FIRST = b"1" * 32
DAY = timedelta(days=1)


def keys_of(process: Process) -> ApiKeys:
    return ApiKeys(process.clients.dynamodb, process.deployment.name("Keys"))


def create(process: Process, random: bytes = FIRST, grant: Grant = NARROW) -> PutKey:
    """Create the key, or change what it allows. `random` makes its secret."""
    by = Administrator("lina", process.now)
    return api_keys.put(keys_of(process), NAME, grant, by, ANY, lambda _: random)


def rotate(process: Process, random: bytes, overlap: timedelta = DAY) -> PutKey:
    return api_keys.rotate(keys_of(process), NAME, overlap, Administrator("lina", process.now), lambda _: random)


def revoke(process: Process) -> None:
    api_keys.revoke(keys_of(process), NAME)


def works(process: Process, secret: str | None) -> bool:
    """Whether a call with the secret would go on."""
    return api_keys.verify(keys_of(process), secret or "", process.now) is not None


def created(bed: TestBed) -> None:
    """One key, of one edition."""
    create(bed.process())


def _flow(act: Callable[[Process], object]) -> Callable[[TestBed, Process], None]:
    def run(_: TestBed, process: Process) -> None:
        act(process)

    return run


def _nothing(_: TestBed) -> None:
    """No key."""


KEYS = (
    Flow("create a key", _nothing, _flow(create), "GetItem PutItem "),
    Flow("change what a key allows", created, _flow(lambda process: create(process, grant=WIDE)), "GetItem PutItem "),
    Flow("revoke a key", created, _flow(revoke), "DeleteItem "),
)
