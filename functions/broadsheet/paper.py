"""The publisher's own folder, `paper/`, which is laid over what is built in: settings, look, templates and words.

The environment variable `PAPER_FOLDER` names it. It is read once, when a process starts. Without it, or where it names
no folder, everything is as it is built in. `docs/your-paper.md` says which files there may be.
"""

import os
import re
from pathlib import Path

VARIABLE = "PAPER_FOLDER"
# Hidden files, and the copies that editors leave behind.
_IGNORED = re.compile(r"(.*/)?(\..*|[^/]*~|#[^/]*)")


def _folder(name: str) -> Path | None:
    return Path(name).resolve() if name and Path(name).is_dir() else None


FOLDER = _folder(os.environ.get(VARIABLE, ""))


def own(name: str) -> Path | None:
    """The paper's file of that name, such as `templates/site/footer.html`; None where it has none."""
    path = FOLDER / name if FOLDER else None
    return path if path and path.is_file() else None


def find(name: str, built_in: Path) -> Path:
    """The paper's file of that name, or else the one that is built in."""
    return own(name) or built_in


def files(subfolder: str = "") -> tuple[str, ...]:
    """The names of the paper's files, as `own` takes them, in order: those in this folder and all below it."""
    if not FOLDER:
        return ()
    paths = (path for path in (FOLDER / subfolder).rglob("*") if path.is_file())
    names = sorted(path.relative_to(FOLDER).as_posix() for path in paths)
    return tuple(name for name in names if not _IGNORED.fullmatch(name))
