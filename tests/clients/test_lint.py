"""Linters find nothing to say about the API's description, not even a hint."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.openapi.document import FILE
from tests.clients.tools import redocly, spectral

pytestmark = pytest.mark.proof

Linter = Callable[[Path], list[str]]
each_linter = pytest.mark.parametrize("lint", [redocly, spectral])


@each_linter
def test_the_linter_finds_nothing(lint: Linter) -> None:
    assert lint(FILE) == []


@each_linter
def test_a_fault_is_found(lint: Linter, tmp_path: Path) -> None:
    """An example with a wrong field, and a call without an operationId."""
    document: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    call = document["paths"]["/api/articles/{id}"]["put"]
    del call["operationId"]
    call["requestBody"]["content"]["application/json"]["example"]["headline"] = 1
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    assert len(lint(file)) == 2
