"""Bills of materials in CycloneDX's JSON, from lock files."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

TOOL = ".venv-audit/bin/cyclonedx-py"


def write(root: Path, project: Path, lock: Path, target: Path) -> None:
    """Write what a lock file pins, with its hashes, as the components of a project. The same lock gives the same bytes.

    cyclonedx-py validates what it writes by CycloneDX's schema.
    """
    command = [TOOL, "requirements", str(lock), "--pyproject", str(project), "--mc-type", "application"]
    output = ["--output-reproducible", "--validate", "--sv", "1.6", "--of", "JSON", "-o", str(target)]
    # It warns that the project names no direct dependencies: a lock file holds no graph.
    environment = {**os.environ, "PYTHONWARNINGS": "ignore::UserWarning"}
    subprocess.run([*command, *output], cwd=root, check=True, env=environment)  # noqa: S603  no part is from outside
