"""What a check reports."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Fault:
    """A rule that a file of the paper breaks. `line` is 0 where it concerns the file as a whole.

    A warning names what works and may be meant, such as a word that is shown in English.
    """

    file: str
    line: int
    rule: str
    warning: bool = False

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{place}: {'warning: ' if self.warning else ''}{self.rule}"
