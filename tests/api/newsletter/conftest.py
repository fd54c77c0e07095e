"""The test bed: one deployment per module, emptied after each test."""

from collections.abc import Iterator

import pytest

from infra.local.resources import Deployment
from tests.api.newsletter.bed import NewsletterBed, newsletter_bed


@pytest.fixture
def bed(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Iterator[NewsletterBed]:
    with newsletter_bed(deployment, monkeypatch) as bed:
        yield bed
