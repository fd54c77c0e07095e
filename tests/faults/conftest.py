"""The test bed of a module. Each test restores the state that it needs."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from broadsheet.telemetry import logger
from tests.faults.testbed import TestBed, least_site, new_test_bed


@pytest.fixture(scope="module")
def bed() -> Iterator[TestBed]:
    with new_test_bed(least_site("en", "ar")) as bed, quiet():
        yield bed


@contextmanager
def quiet() -> Iterator[None]:
    """Without the log messages of hundreds of faults."""
    level = logger.log_level
    logger.setLevel("CRITICAL")
    yield
    logger.setLevel(level)
