"""The environment of the tests, and the fixture `world`."""

import os
from collections.abc import Iterator

import pytest

# Set before the imports that read it. No test may find the credentials of the person who runs it.
os.environ |= {
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "POWERTOOLS_SERVICE_NAME": "tests",
    "POWERTOOLS_METRICS_NAMESPACE": "Broadsheet",
}

from tests.world import World, deployed  # after the environment


@pytest.fixture
def world() -> Iterator[World]:
    with deployed() as deployment:
        yield World(deployment)
