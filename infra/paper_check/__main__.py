"""`PAPER_FOLDER=paper python -m infra.paper_check`: print every fault of the folder, and exit with 1 for any.

Warnings alone leave the exit status at 0.
"""

from __future__ import annotations

import os
import sys

from broadsheet import paper
from infra.paper_check.checks import faults


def main() -> int:
    """Check the folder, print what is found, and return the exit status."""
    name = os.environ.get(paper.VARIABLE, "")
    if name and paper.FOLDER is None:
        sys.stderr.write(f"There is no folder {name}. PAPER= names the folder of your paper.\n")
        return 1
    found = faults()
    for fault in found:
        sys.stderr.write(f"{name.rstrip('/')}/{fault}\n")
    if wrong := sum(not fault.warning for fault in found):
        errors = "1 error" if wrong == 1 else f"{wrong} errors"
        sys.stderr.write(f"{errors} in {name}. docs/your-paper.md says what the folder may hold.\n")
        return 1
    sys.stdout.write(f"The paper in {name} is in order.\n" if name else "There is no folder paper to check.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
