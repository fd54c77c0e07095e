"""The licence of every package that ships is known, allowed and listed."""

from importlib.metadata import Distribution
from pathlib import Path

import pytest

from infra.release import licences
from infra.release.licences import Unlicensed


class Declared(Distribution):
    """A distribution with only that metadata."""

    def __init__(self, *lines: str) -> None:
        self.lines = lines

    def read_text(self, filename: str) -> str | None:
        return "\n".join(("Metadata-Version: 2.4", "Name: ink", *self.lines, "")) if filename == "METADATA" else None

    def locate_file(self, path: object) -> Path:
        raise NotImplementedError


def test_the_page_lists_what_ships() -> None:
    assert licences.FILE.read_text("utf-8") == licences.document(), "run `make licences`"


def test_the_commands_package_holds_the_licence_itself() -> None:
    copy = licences.ROOT / "cli" / "LICENSE"
    assert not copy.is_symlink(), "a source distribution would hold a link to a file that is not in it"
    assert copy.read_bytes() == (licences.ROOT / "LICENSE").read_bytes()


@pytest.mark.parametrize(
    ("lines", "licence"),
    [
        (["License-Expression: MIT AND (Apache-2.0 OR ISC)", "License: GPL-3.0-only"], "MIT AND (Apache-2.0 OR ISC)"),
        (["License: mit", "Classifier: License :: OSI Approved :: BSD License"], "MIT"),
        (["License: see LICENSE", "Classifier: License :: OSI Approved :: MIT License"], "MIT"),
    ],
)
def test_a_licence_is_what_the_metadata_declares(lines: list[str], licence: str) -> None:
    assert licences.licence("ink", Declared(*lines)) == licence


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("License-Expression: MIT AND GPL-3.0-only", "GPL-3.0-only, which is not in ALLOWED"),
        ("License: BSD", "declares no licence as an SPDX expression"),
        ("Classifier: License :: OSI Approved :: BSD License", "declares no licence as an SPDX expression"),
    ],
)
def test_an_unknown_or_a_forbidden_licence_is_refused(line: str, reason: str) -> None:
    with pytest.raises(Unlicensed, match=reason):
        licences.licence("ink", Declared(line))
