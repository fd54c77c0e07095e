"""A version is released only if its number, tree, change log and projects agree."""

import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.release import changelog, preconditions
from infra.release.__main__ import ROOT, main
from infra.release.preconditions import refusal

CHANGELOG = """\
# Changelog

## [Unreleased]

## [1.2.0] - 2026-11-28

### Added

- Feeds.

## [1.1.0] - 2026-01-01

- Pages.

[Unreleased]: https://example.org/compare/v1.2.0...HEAD
[1.1.0]: https://example.org/releases/tag/v1.1.0
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A committed project, ready to release 1.2.0."""
    (tmp_path / "cli").mkdir()
    for folder in (tmp_path, tmp_path / "cli"):
        (folder / "pyproject.toml").write_text('[project]\nname = "paper"\nversion = "1.2.0"\n', "utf-8")
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG, "utf-8")
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    return tmp_path


def git(folder: Path, *words: str) -> None:
    identity = ("-c", "user.name=Editor", "-c", "user.email=editor@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *words], cwd=folder, check=True)  # noqa: S603, S607  git of the PATH, our own words


def commit(folder: Path) -> None:
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "change")


def test_a_version_that_agrees_is_released(project: Path) -> None:
    assert refusal(project, "1.2.0") is None


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("", "Name the version: make release VERSION=1.2.3."),
        ("1.2", "1.2 is not a semantic version such as 1.2.3."),
        ("v1.2.0", "v1.2.0 is not a semantic version such as 1.2.3."),
        ("1.02.0", "1.02.0 is not a semantic version such as 1.2.3."),
        ("1.2.0-rc.01", "1.2.0-rc.01 is not a semantic version such as 1.2.3."),
        ("1.2.0\n", "1.2.0\n is not a semantic version such as 1.2.3."),
        (
            "1.3.0-rc.1",
            "CHANGELOG.md says nothing below a heading `## [1.3.0-rc.1] - YYYY-MM-DD`. Write what changed.",
        ),
        ("1.1.0", "pyproject.toml has version 1.2.0, not 1.1.0. Change it."),
    ],
)
def test_a_version_that_does_not_agree_is_refused(project: Path, version: str, reason: str) -> None:
    assert refusal(project, version) == reason


def test_a_heading_without_a_date_is_no_entry(project: Path) -> None:
    text = (project / "CHANGELOG.md").read_text("utf-8")
    (project / "CHANGELOG.md").write_text(text.replace("[1.2.0] - 2026-11-28", "[1.2.0]"), "utf-8")
    commit(project)
    assert "says nothing below" in str(refusal(project, "1.2.0"))


def _edit(project: Path) -> None:
    (project / "CHANGELOG.md").write_text(CHANGELOG + "\n", "utf-8")


def _add(project: Path) -> None:
    (project / "new file").write_text("", "utf-8")


@pytest.mark.parametrize(("change", "name"), [(_edit, "CHANGELOG.md"), (_add, "new file")])
def test_a_tree_with_uncommitted_changes_is_refused(project: Path, change: Callable[[Path], None], name: str) -> None:
    change(project)
    assert refusal(project, "1.2.0") == (f"The working tree has uncommitted changes: {name}. Commit or remove them.")


def test_the_command_has_the_version_of_the_project(project: Path) -> None:
    (project / "cli" / "pyproject.toml").write_text('[project]\nversion = "1.1.0"\n', "utf-8")
    commit(project)
    assert refusal(project, "1.2.0") == "cli/pyproject.toml has version 1.1.0, not 1.2.0. Change it."


def test_the_refusal_is_all_that_a_person_sees(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", ""]) == 1
    assert capsys.readouterr().err == "Name the version: make release VERSION=1.2.3.\n"


def test_notes_are_the_section_of_a_version_alone() -> None:
    assert changelog.notes(CHANGELOG, "1.2.0") == "### Added\n\n- Feeds."
    assert changelog.notes(CHANGELOG, "1.1.0") == "- Pages."
    assert changelog.notes(CHANGELOG, "Unreleased") == ""


def test_the_text_of_a_release_links_to_its_files_and_breaks_no_paragraph() -> None:
    notes = "See\n[feeds](docs/feeds.md).\n\n### Added\n\n- [Ads](https://example.org)\n  end.\n- Fronts."
    assert changelog.release_text(notes, "https://example.org/blob/v1.2.0") == (
        "See [feeds](https://example.org/blob/v1.2.0/docs/feeds.md).\n\n### Added\n\n"
        "- [Ads](https://example.org) end.\n- Fronts.\n"
    )


def test_the_change_log_describes_the_one_version_of_all_projects() -> None:
    projects = [tomllib.loads((ROOT / path).read_text("utf-8"))["project"] for path in preconditions.PROJECTS]
    [version] = {project["version"] for project in projects}
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert changelog.notes(text, version)
    assert "## [Unreleased]\n" in text
    for heading in changelog.HEADING.finditer(text):
        assert f"\n[{heading['version']}]: https://" in text
