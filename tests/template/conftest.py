"""What tests of the template share."""

import pytest

from tests.template.resources import FULL, Resources, resolved


@pytest.fixture
def resources() -> Resources:
    """A deployment that has everything."""
    return resolved(**FULL)
