"""The stage: one deployment for all tests of a module, each of which puts on it what it needs."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from broadsheet.telemetry import logger
from tests.faults.scene import TestBed, least_site, test_bed


@pytest.fixture(scope="module")
def stage() -> Iterator[TestBed]:
    with test_bed(least_site("en", "ar")) as stage, quiet():
        yield stage


@contextmanager
def quiet() -> Iterator[None]:
    """Without the log of what is broken here on purpose, hundreds of times."""
    level = logger.log_level
    logger.setLevel("CRITICAL")
    yield
    logger.setLevel(level)
