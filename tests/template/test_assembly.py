"""The template's parts in their places, and the line of a part that has a fault."""

from pathlib import Path

import pytest
import yaml

from infra.local.template import template
from infra.local.template.intrinsics import TemplateError
from infra.template import assembly
from infra.template.assembly import ROOT, assemble, text

PARTS = sorted(path for path in (ROOT / "infra" / "template").glob("*.yaml"))


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory in place of the repository's root."""
    monkeypatch.setattr(assembly, "ROOT", tmp_path)
    return tmp_path


def write(root: Path, **files: str) -> Path:
    """Write `name.yaml` for each file, and return the path of `template.yaml`."""
    for name, content in files.items():
        (root / f"{name}.yaml").write_text(content, "utf-8")
    return root / "template.yaml"


def test_an_embedded_file_becomes_a_string_with_its_line_breaks(root: Path) -> None:
    (root / "code.js").write_text("if (a) {\n\n  b: '!Embed c'\n}\n", "utf-8")
    path = write(root, template="A:\n  Code: !Embed code.js\n  List:\n    - !Embed code.js\nB: 1\n")
    code = "if (a) {\n\n  b: '!Embed c'\n}\n"
    assert yaml.safe_load(text(assemble(path))) == {"A": {"Code": code, "List": [code]}, "B": 1}


def test_an_included_file_joins_the_resources_and_keeps_comments_and_anchors(root: Path) -> None:
    path = write(
        root,
        template="Resources:\n  One: &One {Type: A}\n  <<: !Include part.yaml\nOutputs: {}\n",
        part="# a comment\nTwo: *One\n\nThree: {Type: B}\n",
    )
    assembled = text(assemble(path))
    assert "  # a comment\n  Two: *One\n\n  Three: {Type: B}\n" in assembled
    resources = {"One": {"Type": "A"}, "Two": {"Type": "A"}, "Three": {"Type": "B"}}
    assert yaml.safe_load(assembled) == {"Resources": resources, "Outputs": {}}


def test_a_fault_is_reported_with_the_file_and_line_that_has_it(root: Path) -> None:
    path = write(root, template="Resources:\n  <<: !Include part.yaml\n  Last: {}\n", part="One: {}\nTwo: [}\n")
    with pytest.raises(TemplateError, match=rf"^{root}/part\.yaml, line 2: "):
        template.read(path, {})
    (root / "part.yaml").write_text("One: {}\n", "utf-8")
    path.write_text("Resources:\n  <<: !Include part.yaml\n  Last: [}\n", "utf-8")
    with pytest.raises(TemplateError, match=rf"^{path}, line 3: "):
        template.read(path, {})


def test_a_part_that_does_not_exist_is_named(root: Path) -> None:
    path = write(root, template="Resources:\n  <<: !Include part.yaml\n")
    with pytest.raises(TemplateError, match=rf"^{root}/part\.yaml: No such file"):
        template.read(path, {})


def test_a_changed_part_is_read_again(root: Path) -> None:
    path = write(root, template="Resources:\n  <<: !Include part.yaml\n", part="One: {Type: 'AWS::SNS::Topic'}\n")
    assert set(template.read(path, {})["Resources"]) == {"One"}
    (root / "part.yaml").write_text("Two: {Type: 'AWS::SNS::Topic'}\n", "utf-8")
    assert set(template.read(path, {})["Resources"]) == {"Two"}


def test_every_part_is_in_the_template_and_no_directive_remains() -> None:
    lines = assemble(ROOT / "template.yaml")
    assert PARTS
    assert {line.file for line in lines} == {
        ROOT / "template.yaml",
        *PARTS,
        *(ROOT / "infra" / "edge").iterdir(),
    }
    left = [line for line in lines if line.text.rstrip().endswith((".yaml", ".js")) and "!" in line.text]
    assert left == []
