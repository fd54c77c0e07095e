"""Fixtures of the tests of the command."""

from pathlib import Path

import pytest

from tests.cli.subscriber_files import Write


@pytest.fixture
def write_file(tmp_path: Path) -> Write:
    def write_it(name: str, content: str | bytes) -> Path:
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    return write_it
