"""The tools that read the API's description: linters, and generators of clients."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from infra.openapi.document import ROOT
from tests.readers.clients import required

HERE = Path(__file__).parent
NODE_MODULES = HERE / "node_modules"
PYTHON_TOOLS = ROOT / ".venv-clients" / "bin"
# No tool may ask its maker's servers for anything.
SILENT = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


def run(*command: str | Path, folder: Path, **environment: str) -> str:
    """What the command prints, errors included, run in the folder. Fails the test if the command fails."""
    done = subprocess.run(  # noqa: S603  no argument comes from outside
        command,
        cwd=folder,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def node_tool(name: str) -> Path:
    """The path of a program of tests/clients/package.json. Skips the test where there is none."""
    program = NODE_MODULES / ".bin" / name
    required(program.exists(), f"{name} is not installed; make proof installs it")
    return program


def python_tool(name: str) -> Path:
    """The path of a program of requirements/clients.txt. Skips the test where there is none."""
    program = PYTHON_TOOLS / name
    required(program.exists(), f"{name} is not installed; make proof installs it")
    return program


def redocly(description: Path) -> list[str]:
    """What Redocly's strictest rules find, as `rule: message`."""
    report = _report(
        node_tool("redocly"), "lint", description, "--extends", "recommended-strict", "--format", "json", **SILENT
    )
    return [f"{found['ruleId']}: {found['message']}" for found in report["problems"]]


def spectral(description: Path) -> list[str]:
    """What Spectral's rules for OpenAPI find, hints included, as `rule: message`."""
    ruleset = HERE / "spectral.yaml"
    report = _report(node_tool("spectral"), "lint", description, "--ruleset", ruleset, "--format", "json", "--quiet")
    return [f"{found['code']}: {found['message']}" for found in report]


def python_client(description: Path, folder: Path) -> str:
    """Generate the package `generated_client` by openapi-python-client; returns what it prints.

    It formats the code by the ruff beside it.
    """
    path = os.pathsep.join([str(PYTHON_TOOLS), os.environ["PATH"]])
    options = ("--path", description, "--meta", "none", "--output-path", folder / "generated_client")
    return run(python_tool("openapi-python-client"), "generate", *options, folder=folder, PATH=path)


def openapi_generator(description: Path, folder: Path) -> str:
    """Generate the package `generated_client` by OpenAPI Generator, for Python; returns what it prints."""
    required(shutil.which("java") is not None, "java is not installed")
    options = ("--input-spec", description, "--output", folder, "--package-name", "generated_client")
    return run(python_tool("openapi-generator-cli"), "generate", "--generator-name", "python", *options, folder=folder)


def typescript_client(description: Path, folder: Path) -> str:
    """Generate types by openapi-typescript, and compile with_openapi_fetch.mts with them; returns what they print."""
    (folder / "node_modules").symlink_to(NODE_MODULES)
    shutil.copy(HERE / "with_openapi_fetch.mts", folder)
    # Else a field that may be left out of a request, because it has a default, must be sent.
    defaults = ("--default-non-nullable", "false")
    printed = run(
        node_tool("openapi-typescript"), description, *defaults, "--output", "description.d.ts", folder=folder
    )
    options = ("--strict", "--noEmitOnError", "--module", "nodenext", "--target", "es2022")
    return printed + run(node_tool("tsc"), *options, "with_openapi_fetch.mts", folder=folder)


def _report(*command: str | Path, **environment: str) -> Any:
    """The report in JSON of a linter, which exits with an error if it finds anything."""
    done = subprocess.run(  # noqa: S603  no argument comes from outside
        command, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout)
