"""The desk: one deployment a module, emptied after each test."""

from collections.abc import Iterator

import pytest

from infra.local.resources import Deployment
from tests.api.newsletter.desk import Desk, opened
from tests.world import deployed


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    with deployed() as deployment:
        yield deployment


@pytest.fixture
def desk(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with opened(deployment, monkeypatch) as desk:
        yield desk
