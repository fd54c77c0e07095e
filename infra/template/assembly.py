"""Puts the parts into the template. It works on text, so comments, anchors and short forms stay as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

_PART = re.compile(r"(?P<indent> *)(?P<before>.*?)!(?P<how>Embed|Include) (?P<file>\S+)\n?")
_STEP = "  "


@dataclass(frozen=True)
class Line:
    """A line of the assembled template, and where it comes from; numbers start at 1."""

    file: Path
    number: int
    text: str


def assemble(template: Path) -> list[Line]:
    """Return the lines of the template, with its parts in their places.

    Raises OSError for a template or part that cannot be read, and ValueError for one that is not UTF-8.
    """
    return list(_assembled(template))


def text(lines: list[Line]) -> str:
    """The assembled template, as it is written to a file."""
    return "".join(line.text for line in lines)


def _assembled(template: Path) -> Iterator[Line]:
    for line in _lines(template):
        if (part := _PART.fullmatch(line.text)) is None:
            yield line
            continue
        indent = part["indent"]
        if part["how"] == "Embed":
            yield Line(line.file, line.number, f"{indent}{part['before']}|\n")
            indent += _STEP
        for inner in _lines(ROOT / part["file"]):
            yield Line(inner.file, inner.number, indent + inner.text if inner.text.strip() else inner.text)


def _lines(file: Path) -> Iterator[Line]:
    for number, line in enumerate(file.read_text("utf-8").splitlines(keepends=True), 1):
        yield Line(file, number, line)
