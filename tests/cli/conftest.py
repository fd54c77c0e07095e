"""Fixtures of the tests of the command."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.subscriber_files import Write
from tests.cli.test_client import Newsroom, open_newsroom


@pytest.fixture
def write_file(tmp_path: Path) -> Write:
    def write_it(name: str, content: str | bytes) -> Path:
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    return write_it


@pytest.fixture
def newsroom(monkeypatch: pytest.MonkeyPatch) -> Iterator[Newsroom]:
    with open_newsroom() as opened:
        monkeypatch.setenv("BROADSHEET_API", opened.api)
        yield opened


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    def write_file(name: str, content: str | bytes) -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    return write_file
