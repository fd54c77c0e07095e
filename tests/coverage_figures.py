"""The figures of `make coverage`, in a sentence: `python -m tests.coverage_figures build/coverage/coverage.json`."""

import json
import sys
from pathlib import Path

LEAST = 95.0
"""The least share of branches in per cent."""


def sentence(totals: dict[str, float]) -> str:
    lines, branches = totals["percent_statements_covered"], totals["percent_branches_covered"]
    return f"The tests cover {lines:.1f} % of the statements and {branches:.1f} % of the branches of functions/."


def main(report: Path) -> int:
    """Print the sentence. Return 1 if too few branches are covered."""
    totals = json.loads(report.read_text("utf-8"))["totals"]
    print(sentence(totals))  # noqa: T201  the command's output
    if totals["percent_branches_covered"] >= LEAST:
        return 0
    print(f"At least {LEAST:.0f} % of the branches must be covered. {report.parent}/index.html shows the others.")  # noqa: T201
    return 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
