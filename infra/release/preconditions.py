"""Why a version cannot be released."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

from infra.release import changelog

# semver.org's own expression, without build metadata: no two files may have names that differ in it alone.
NUMBER = r"(?:0|[1-9]\d*)"
IDENTIFIER = rf"(?:{NUMBER}|\d*[a-zA-Z-][0-9a-zA-Z-]*)"
SEMVER = re.compile(rf"{NUMBER}\.{NUMBER}\.{NUMBER}(?:-{IDENTIFIER}(?:\.{IDENTIFIER})*)?")
PROJECTS = ("pyproject.toml", "cli/pyproject.toml")


def refusal(root: Path, version: str) -> str | None:
    """The first reason not to release that version from that working tree, in a sentence."""
    if not version:
        return "Name the version: make release VERSION=1.2.3."
    if not SEMVER.fullmatch(version):
        return f"{version} is not a semantic version such as 1.2.3."
    if changed := _uncommitted(root):
        return f"The working tree has uncommitted changes: {', '.join(changed)}. Commit or remove them."
    if not changelog.notes((root / "CHANGELOG.md").read_text("utf-8"), version):
        return f"CHANGELOG.md says nothing below a heading `## [{version}] - YYYY-MM-DD`. Write what changed."
    for project in PROJECTS:
        if (found := _version(root / project)) != version:
            return f"{project} has version {found}, not {version}. Change it."
    return None


def _uncommitted(root: Path) -> list[str]:
    status = subprocess.run(
        ["git", "status", "--porcelain", "-z", "--no-renames"],  # noqa: S607  git is where the PATH says
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    )
    return [entry[3:] for entry in status.stdout.split("\0") if entry]


def _version(project: Path) -> str:
    return str(tomllib.loads(project.read_text("utf-8"))["project"]["version"])
