"""A bill of materials names all that a lock file pins, and is the same each time."""

import json
import re
from pathlib import Path

import pytest

from infra.release import sbom
from infra.release.__main__ import ROOT

LOCK = ROOT / "functions" / "requirements.txt"


@pytest.mark.proof
def test_the_bill_of_materials_is_the_lock_file(tmp_path: Path) -> None:
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    for target in (first, second):
        sbom.write(ROOT, ROOT / "pyproject.toml", LOCK, target)
    bill = json.loads(first.read_text("utf-8"))
    pinned = dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", LOCK.read_text("utf-8"), re.MULTILINE))
    assert {component["name"]: component["version"] for component in bill["components"]} == pinned
    assert bill["metadata"]["component"]["name"] == "broadsheet"
    assert all(component["externalReferences"][0]["hashes"] for component in bill["components"])
    assert second.read_bytes() == first.read_bytes()
