"""A local deployment for each module, since every client sees all that is published."""

from collections.abc import Iterator

import pytest

from broadsheet_cli.client import Client, connect
from infra.local.deployment.local_deployment import LocalDeployment


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalDeployment]:
    with LocalDeployment() as running:
        yield running


@pytest.fixture(scope="module")
def editor(stack: LocalDeployment) -> Iterator[Client]:
    with connect(stack.url) as connected:
        yield connected
