"""The build: which code and settings make the objects of the site.

The publisher records it in the site's bucket, in the build manifest, when all static outputs are there. So any function
can see by one object whether the site is that of its own code and settings.
"""

import hashlib
from functools import cache
from pathlib import Path

from .model.config import Site

MANIFEST = "build-manifest.txt"
"""The key of the build manifest in the site's bucket."""

_CODE = Path(__file__).parent


def manifest(site: Site) -> str:
    """The text of the build manifest of this code and these settings: equal for equal code, settings and versions.

    All functions of a deployment have the same code, so that those with equal settings have equal manifests.
    """
    return f"{hashlib.sha256(f'{_code()} {site!r}'.encode()).hexdigest()}\n"


@cache
def _code() -> str:
    """A digest of the package's files, templates and words included, and of the versions of what it imports."""
    files = [path for path in _CODE.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    versions = _CODE.parent / "requirements.txt"
    found = hashlib.sha256()
    for path in sorted([*files, versions] if versions.exists() else files):
        content = path.read_bytes()
        found.update(f"{path.relative_to(_CODE.parent).as_posix()} {len(content)}\n".encode() + content)
    return found.hexdigest()
