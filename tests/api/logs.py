"""The log of the functions, for tests of what operators read in it."""

import json
from io import StringIO
from typing import Any

import pytest

from broadsheet import telemetry

OF_A_RUN = {
    "timestamp",
    "location",
    "service",
    "function_name",
    "function_memory_size",
    "function_arn",
    "function_request_id",
    "cold_start",
    "request_id",
    "xray_trace_id",
}
"""What every line has besides its message."""


class Log:
    """The lines that were logged since it was made."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._stream = StringIO()
        patch.setattr(telemetry.logger.registered_handler, "stream", self._stream)

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    def lines(self) -> list[dict[str, Any]]:
        """Every line, without what every line has."""
        lines = [json.loads(line) for line in self.text.splitlines()]
        return [{name: value for name, value in line.items() if name not in OF_A_RUN} for line in lines]

    def changes(self) -> list[dict[str, Any]]:
        """The lines, of which all are at the level INFO."""
        lines = self.lines()
        assert {line.pop("level") for line in lines} <= {"INFO"}
        return lines
