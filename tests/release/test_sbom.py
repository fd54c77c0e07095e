"""A bill of materials names all that a lock file pins, and is the same each time."""

import json
import re
from pathlib import Path

import pytest

from infra.release import locks, sbom
from infra.release.__main__ import ROOT


@pytest.mark.proof
def test_the_bill_of_materials_is_the_lock_files(tmp_path: Path) -> None:
    first, second, lock = tmp_path / "first.json", tmp_path / "second.json", tmp_path / "lock.txt"
    lock.write_text(locks.merged(locks.shipped()), "utf-8")
    for target in (first, second):
        sbom.write(ROOT, ROOT / "pyproject.toml", lock, target)
    bill = json.loads(first.read_text("utf-8"))
    pinned = dict(
        pin
        for file in locks.shipped()
        for pin in re.findall(r"^([a-z0-9.-]+)==(\S+)", file.read_text("utf-8"), re.MULTILINE)
    )
    assert pinned.keys() >= {"boto3", "lxml", "pillow"}
    assert {component["name"]: component["version"] for component in bill["components"]} == pinned
    assert bill["metadata"]["component"]["name"] == "broadsheet"
    assert all(component["externalReferences"][0]["hashes"] for component in bill["components"])
    assert second.read_bytes() == first.read_bytes()
