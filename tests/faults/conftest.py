"""The test bed of a module. Each test restores the state that it needs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import pytest

from broadsheet.telemetry import logger
from tests.faults.sweep import FaultSweep, Flow
from tests.faults.testbed import TestBed, least_site, new_test_bed


@pytest.fixture(scope="module")
def bed() -> Iterator[TestBed]:
    with new_test_bed(least_site("en", "ar")) as bed, quiet():
        yield bed


@pytest.fixture(scope="module")
def sweeps(bed: TestBed) -> Callable[[Flow], FaultSweep]:
    """The sweep of each flow, made once."""
    return cache(lambda flow: FaultSweep(bed, flow))


@contextmanager
def quiet() -> Iterator[None]:
    """Without the log messages of hundreds of faults."""
    level = logger.log_level
    logger.setLevel("CRITICAL")
    yield
    logger.setLevel(level)
