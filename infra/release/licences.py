"""THIRD-PARTY.md: the licence of each package that ships to Lambda, from the packages' own metadata."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.requirements import Requirement

from infra.release import locks

ROOT = Path(__file__).parents[2]
FILE = ROOT / "THIRD-PARTY.md"
# What may ship with code under Apache-2.0. The weak copyleft of LGPL and MPL covers files that ship unchanged.
ALLOWED = {
    *("Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "MIT-CMU", "PSF-2.0", "Unlicense"),
    *("LGPL-3.0-only", "LGPL-3.0-or-later", "MPL-2.0"),
}
# Read from the packages' licence files, where their metadata has no SPDX expression.
READ = {
    "feedgen": "BSD-2-Clause OR LGPL-3.0-or-later",
    "itsdangerous": "BSD-3-Clause",
    "jinja2": "BSD-3-Clause",
    "pi-heif": "BSD-3-Clause AND LGPL-3.0-only",  # its wheels contain libheif and libde265
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
    "s3transfer": "Apache-2.0",
}
CLASSIFIERS = {"License :: OSI Approved :: MIT License": "MIT"}
LICENCE_FILE = re.compile(r"\.dist-info/.*(licen[cs]e|copying|notice)[^/]*$", re.IGNORECASE)
ABOUT = """\
# Third-party software

`make licences` generates this page from the metadata of the packages in `functions/requirements.txt`, which
`make build` copies into each function, and in those of `layers/`; a test compares them. The licence texts ship too:
each stands in the function's or the layer's folder at the path below.

`pi-heif` contains libheif and libde265, and its licence for them is LGPL 3.0. They are separate, unchanged shared
libraries (`pi_heif.libs/`), so anybody who deploys can replace them; `LICENSES_bundled.txt` says where their source is.
The wheels of Pillow and lxml contain libraries under permissive licences, which their licence files list.

The `broadsheet` command's package contains no third-party code: pip installs what it needs. This repository contains
none either: no fonts, icons or scripts of others. Pages use the fonts of the reader's system.

| package | version | licence | text |
|---|---|---|---|
"""


class Unlicensed(Exception):
    """A package whose licence is unknown, or not allowed."""


@dataclass(frozen=True)
class Package:
    """A package that ships: its licence as an SPDX expression, and its licence files."""

    name: str
    version: str
    licence: str
    texts: tuple[str, ...]

    @property
    def row(self) -> str:
        texts = ", ".join(f"`{text}`" for text in self.texts) or "in its source distribution on PyPI"
        return f"| {self.name} | {self.version} | {self.licence} | {texts} |"


def shipped(lock: str) -> Iterator[Package]:
    """The packages of a lock file. Raises Unlicensed for one whose licence is unknown or not allowed."""
    for line in re.findall(r"^[a-z0-9][^\\\n]+", lock, re.MULTILINE):
        requirement = Requirement(line)
        if requirement.marker and not requirement.marker.evaluate():
            continue
        found = distribution(requirement.name)
        texts = sorted(path.as_posix() for path in found.files or [] if LICENCE_FILE.search(path.as_posix()))
        yield Package(requirement.name, found.version, licence(requirement.name, found), tuple(texts))


def licence(name: str, found: Distribution) -> str:
    """The licence as an SPDX expression. Raises Unlicensed if it is unknown or not allowed."""
    metadata = found.metadata
    declared = [READ.get(name), *metadata.get_all("License-Expression", []), *metadata.get_all("License", [])]
    declared += [CLASSIFIERS.get(classifier) for classifier in metadata.get_all("Classifier", [])]
    expression = next((valid for text in declared if text and (valid := _expression(text))), None)
    if expression is None:
        raise Unlicensed(f"{name} declares no licence as an SPDX expression. Read its file, and add it to READ.")
    if refused := set(re.findall(r"[\w.-]+", expression)) - ALLOWED - {"AND", "OR"}:
        raise Unlicensed(f"{name} has the licence {', '.join(sorted(refused))}, which is not in ALLOWED.")
    return expression


def document() -> str:
    """The whole page."""
    packages = shipped(locks.merged(locks.shipped()))
    return ABOUT + "".join(f"{package.row}\n" for package in packages)


def _expression(text: str) -> str | None:
    try:
        return canonicalize_license_expression(text)
    except InvalidLicenseExpression:
        return None


if __name__ == "__main__":
    try:
        FILE.write_text(document(), "utf-8")
    except Unlicensed as error:
        sys.exit(str(error))
