"""Papers in folders of their own, and the code with such a folder laid over it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from broadsheet import paper

PHARE = Path(__file__).parent / "phare"
WEEKLY = Path(__file__).parents[2] / "infra/local/deployment/sample_weekly"


@contextmanager
def laid_over(folder: Path) -> Iterator[Path]:
    """The code as a process with this `PAPER_FOLDER` has it."""
    before, paper.FOLDER = paper.FOLDER, folder.resolve()
    _forget()
    try:
        yield folder
    finally:
        paper.FOLDER = before
        _forget()


def _forget() -> None:
    """Forget everything that the package keeps for a process: what it read, compiled and computed."""
    modules = [module for name, module in sys.modules.items() if name.startswith("broadsheet.")]
    for value in [value for module in modules for value in vars(module).values()]:
        if callable(forget := getattr(value, "cache_clear", None)):
            forget()
