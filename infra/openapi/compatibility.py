"""Compatibility: a change that breaks clients of the latest release fails until the upgrade notes name it.

It also needs a new version of the API, by which clients notice it.

`released.json` holds the description of the latest release without its texts; `make baseline` writes it. The rules are
those of oasdiff (https://www.oasdiff.com): requests that were accepted still are, and answers have what they had.

`python -m infra.openapi.compatibility` prints what breaks; with `--record` it writes the record.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.openapi.contract import changes
from infra.openapi.contract_schemas import Change
from infra.openapi.document import ROOT, build
from infra.openapi.parts import Json
from infra.release import changelog

RECORD = Path(__file__).with_name("released.json")
NOTES = ROOT / "docs" / "upgrading.md"
CHANGELOG = ROOT / "CHANGELOG.md"
ABOUT = (
    "The API of the latest release, without the texts of its description. `make check` compares today's with it, and"
    " `make baseline` writes it; docs/upgrading.md says when."
)
TEXTS = {"description", "summary", "title", "example", "examples", "externalDocs", "contact", "license", "tags"}


def stripped(part: Any) -> Any:
    """The part of a description without what is for people."""
    if isinstance(part, list):
        return [stripped(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    # A field of an object may be called `title` too; only its schema is an object.
    return {
        name: stripped(inner)
        for name, inner in part.items()
        if name not in TEXTS or (isinstance(inner, dict) and "type" in inner)
    }


def recorded() -> tuple[str | None, Json]:
    """The release whose API the record has, and its description."""
    record = json.loads(RECORD.read_text("utf-8"))
    return record["release"], record["description"]


def record(release: str | None, description: Json) -> str:
    """The text of the record."""
    kept = {"about": ABOUT, "release": release, "description": stripped(description)}
    return json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def latest_release() -> str | None:
    """The newest version that the changelog has a section for, or None."""
    return changelog.newest(CHANGELOG.read_text("utf-8"))


def unnoted(found: Iterator[Change], notes: str) -> list[Change]:
    """The changes that the table of the API under Unreleased in the upgrade notes does not name.

    A row names a change by where it is and by its part; its third cell says what to do.
    """
    section = re.search(r"^## Unreleased\n(.*?)(?=^## |\Z)", notes, re.MULTILINE | re.DOTALL)
    rows = re.findall(r"^\| `([^`|]+)` \| `([^`|]+)` \| *\S.*\|$", section[1] if section else "", re.MULTILINE)
    return [change for change in dict.fromkeys(found) if (change.where, change.part) not in rows]


def main(arguments: list[str]) -> int:
    """Return 0, or 1 if a change breaks clients and no note names it."""
    (release, before), after = recorded(), build()
    breaking = list(changes(before, after))
    missing = [str(change) for change in unnoted(iter(breaking), NOTES.read_text("utf-8"))]
    if breaking and before["info"]["version"] == after["info"]["version"]:
        missing.append(f"The API breaks clients of {release} and still has their version: raise API_VERSION.")
    if "--record" in arguments and not missing:
        RECORD.write_text(record(latest_release(), after), "utf-8")
    elif release != latest_release():
        missing.append(f"released.json has the API of {release}, not of {latest_release()}. Run make baseline.")
    for fault in missing:
        print(fault, file=sys.stderr)  # noqa: T201  the command's output
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
