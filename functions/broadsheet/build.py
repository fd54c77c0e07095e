"""The build: which code, settings and files of the paper make the objects of the site.

The publisher records it in the site's bucket, in the build manifest, when all static outputs are there. So any function
can see by one object whether the site is that of its own code and settings.
"""

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from . import paper
from .model.config import Site

MANIFEST = "build-manifest.txt"
"""The key of the build manifest in the site's bucket."""

_CODE = Path(__file__).parent


def manifest(site: Site) -> str:
    """The text of the build manifest of this code and these settings: equal for equal code, settings and versions.

    All functions of a deployment have the same code, so that those with equal settings have equal manifests.
    """
    return f"{hashlib.sha256(f'{_code()} {_paper()} {site!r}'.encode()).hexdigest()}\n"


@cache
def _code() -> str:
    """A digest of the package's files, templates and words included, and of the versions of what it imports."""
    files = [path for path in _CODE.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    versions = _CODE.parent / "requirements.txt"
    listed = sorted([*files, versions] if versions.exists() else files)
    return _digest((path.relative_to(_CODE.parent).as_posix(), path) for path in listed)


@cache
def _paper() -> str:
    """A digest of the files of the paper's own folder."""
    return _digest((name, path) for name in paper.files() if (path := paper.own(name)))


def _digest(files: Iterable[tuple[str, Path]]) -> str:
    found = hashlib.sha256()
    for name, path in files:
        content = path.read_bytes()
        found.update(f"{name} {len(content)}\n".encode() + content)
    return found.hexdigest()
