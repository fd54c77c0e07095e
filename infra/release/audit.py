"""Look for known vulnerabilities in what ships, or with `--strict` in every lock file, by pip-audit.

Packages that the vulnerability service does not answer for make `--strict` fail. `make check` goes without it, because
it has to work where only a mirror of the package index answers.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.release import locks

ROOT = Path(__file__).parents[2]
TOOL = ROOT / ".venv-audit" / "bin" / "pip-audit"


@dataclass(frozen=True)
class Audit:
    """What the service knows of the packages of one lock file."""

    lock: str
    vulnerable: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()


def read(lock: str, report: dict[str, Any]) -> Audit:
    """The audit that a report of pip-audit holds."""
    found = [
        f"{package['name']} {package['version']}: {known['id']}, fixed in {fixes(known)}"
        for package in report["dependencies"]
        for known in package.get("vulns", [])
    ]
    skipped = [package["name"] for package in report["dependencies"] if "skip_reason" in package]
    return Audit(lock, tuple(found), tuple(skipped))


def fixes(known: dict[str, Any]) -> str:
    """The versions that fix a vulnerability."""
    return " or ".join(known["fix_versions"]) or "no version"


def audit(lock: Path) -> Audit:
    """Ask the service about a lock file. It answers for no package where it cannot be reached."""
    name = lock.relative_to(ROOT).as_posix()
    options = ["--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
    done = subprocess.run(  # noqa: S603  no part comes from outside
        [TOOL, *options, "--requirement", name], cwd=ROOT, check=False, capture_output=True, text=True
    )
    try:
        return read(name, json.loads(done.stdout))
    except json.JSONDecodeError:
        return Audit(name, unanswered=((done.stderr.strip().splitlines() or ["no answer"])[-1],))


def failures(audits: Iterable[Audit], *, strict: bool) -> Iterator[str]:
    """What makes the audit fail, in a sentence each."""
    for found in audits:
        yield from (f"{found.lock} has a known vulnerability. {known}." for known in found.vulnerable)
        if strict and found.unanswered:
            yield f"{found.lock}: the vulnerability service did not answer for {', '.join(found.unanswered)}."


def main(arguments: list[str]) -> int:
    """Return 0, or 1 if a package has a known vulnerability; with --strict also if the service does not answer."""
    strict = "--strict" in arguments
    asked = locks.shipped()
    if strict:
        asked += sorted(ROOT.glob("requirements/*.txt"))
    audits = [audit(lock) for lock in asked]
    failed = list(failures(audits, strict=strict))
    if failed:
        print(*failed, sep="\n", file=sys.stderr)  # noqa: T201  the command's output
        return 1
    unanswered = [found.lock for found in audits if found.unanswered]
    if unanswered:
        print(f"Not audited, because the vulnerability service does not answer: {', '.join(unanswered)}.")  # noqa: T201
    else:
        print("No known vulnerability in", ", ".join(found.lock for found in audits))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
