"""What tests of the template share."""

import pytest

from tests.template.reading import FULL, Resources, resolved


@pytest.fixture
def resources() -> Resources:
    """A deployment with every parameter given."""
    given: Resources = resolved(**FULL)["Resources"]
    return given
