"""The sentence of `make coverage`."""

import json
from pathlib import Path

import pytest

from tests.coverage_figures import main


@pytest.mark.parametrize(
    ("branches", "status", "printed"),
    [
        (95.0, 0, "The tests cover 97.3 % of the statements and 95.0 % of the branches of functions/."),
        (94.9, 1, "At least 95 % of the branches must be covered."),
    ],
)
def test_too_few_covered_branches_fail(
    branches: float, status: int, printed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "coverage.json"
    totals = {"percent_statements_covered": 97.26, "percent_branches_covered": branches, "percent_covered": 99}
    report.write_text(json.dumps({"totals": totals}), "utf-8")
    assert main(report) == status
    assert printed in capsys.readouterr().out
