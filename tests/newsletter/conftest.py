"""The desk: one deployment a test."""

from collections.abc import Iterator

import pytest

from tests.newsletter.desk import Desk, opened


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with opened(monkeypatch) as desk:
        yield desk
