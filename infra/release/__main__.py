"""Check whether a version can be released, or build what the release publishes. `make release` runs both."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from infra.release import archive, changelog, locks, preconditions, sbom

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "build" / "release"
COMMAND = "cli"  # the folder of the package that editors install


def build(version: str) -> None:
    """Write into build/release what a release publishes. `make build` has built the functions."""
    shutil.rmtree(BUILT, ignore_errors=True)
    BUILT.mkdir(parents=True)
    time = int(_output("git", "log", "-1", "--format=%ct"))
    shipped = [ROOT / ".aws-sam" / "build", ROOT / "LICENSE", ROOT / "THIRD-PARTY.md"]
    archive.write(BUILT / f"broadsheet-functions-{version}.tar.gz", f"broadsheet-functions-{version}", shipped, time)
    _run(
        *(".venv/bin/uv", "build", "--quiet", "--no-build-isolation", "--no-create-gitignore"),
        *("--python", ".venv/bin/python", "--out-dir", str(BUILT), COMMAND),
        SOURCE_DATE_EPOCH=str(time),
    )
    lock = ROOT / "build" / "command.txt"
    _run(
        *(".venv/bin/uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-emit-index-url"),
        *("--no-header", "--python-version", "3.11", "--constraints", "requirements/dev.txt"),
        *(f"{COMMAND}/pyproject.toml", "--output-file", str(lock)),
    )
    functions = ROOT / "build" / "functions.txt"
    functions.write_text(locks.merged(locks.shipped()), "utf-8")
    sbom.write(ROOT, ROOT / "pyproject.toml", functions, BUILT / "functions.cdx.json")
    sbom.write(ROOT, ROOT / COMMAND / "pyproject.toml", lock, BUILT / "command.cdx.json")
    notes = changelog.notes((ROOT / "CHANGELOG.md").read_text("utf-8"), version)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    blob = f"{project['urls']['Homepage']}/blob/v{version}"
    (BUILT / "notes.md").write_text(changelog.release_text(notes, blob), "utf-8")
    archive.write_checksums(BUILT)


def main(arguments: list[str] | None = None) -> int:
    """Return 0, or 1 if the version cannot be released."""
    parser = argparse.ArgumentParser(prog="python -m infra.release", description=__doc__)
    parser.add_argument("step", choices=("check", "build"))
    parser.add_argument("version")
    options = parser.parse_args(arguments)
    if refusal := preconditions.refusal(ROOT, options.version):
        print(refusal, file=sys.stderr)  # noqa: T201  the command's output
        return 1
    if options.step == "build":
        build(options.version)
        tag = f"v{options.version}"
        print(f"Built what {tag} publishes, in {BUILT.relative_to(ROOT)}. To publish it:")  # noqa: T201
        print(f'  git tag --annotate {tag} --message "Broadsheet {options.version}" && git push origin {tag}')  # noqa: T201
    return 0


def _run(*command: str, **environment: str) -> None:
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, **environment})  # noqa: S603  our own words


def _output(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout  # noqa: S603  as above


if __name__ == "__main__":
    sys.exit(main())
