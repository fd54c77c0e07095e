"""The stage: one deployment for all tests of a module, each of which puts on it what it needs."""

from collections.abc import Iterator

import pytest

from tests.faults.scene import Stage, staged


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with staged() as stage:
        yield stage
