"""The settings of a function."""

import pytest

from broadsheet.settings import MissingSetting, Settings


def test_a_variable_that_is_not_set_is_named() -> None:
    with pytest.raises(MissingSetting, match="ARTICLES_TABLE is not set"):
        _ = Settings({}).articles_table
