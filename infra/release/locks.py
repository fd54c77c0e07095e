"""What ships to Lambda is pinned in a lock file for all functions and one for each layer."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PINNED = re.compile(r"^([a-z0-9][\w.-]*)==.*(?:\n    .*)*", re.MULTILINE)


def shipped() -> list[Path]:
    """The lock files of what ships."""
    return [ROOT / "functions" / "requirements.txt", *sorted(ROOT.glob("layers/*/requirements.txt"))]


def merged(locks: list[Path]) -> str:
    """One lock file of several. They pin the same version of a package, because dev's lock file constrains them all."""
    pins = {pin[1]: pin[0] for lock in locks for pin in PINNED.finditer(lock.read_text("utf-8"))}
    return "".join(f"{pins[name]}\n" for name in sorted(pins))
