"""What tests share: the system in this process, over the real template."""

import os
from collections.abc import Iterator

import pytest

# Before anything that reads it is imported. No test may find the credentials of the person who runs it.
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
