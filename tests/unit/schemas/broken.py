"""Invalid fields as tests compare them: with the text of their rules."""

from collections.abc import Iterable
from typing import NamedTuple

from broadsheet.model.errors import FieldError


class Broken(NamedTuple):
    """One invalid field, and the text of the rule that it breaks."""

    field: str
    rule: str


def broken(errors: Iterable[FieldError]) -> list[Broken]:
    """The fields and the texts of these errors."""
    return [Broken(error.field, error.rule.text) for error in errors]
