"""The newsletter's handlers over one deployment for each module, emptied after each test."""

from collections.abc import Iterator

import pytest

from infra.local.deployment.deployment import Deployment
from tests.api.newsletter.desk import Desk, opened


@pytest.fixture
def desk(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with opened(deployment, monkeypatch) as desk:
        yield desk
