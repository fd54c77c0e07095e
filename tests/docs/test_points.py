"""The point lists in `docs/` name the tests that prove each point.

A test names a point in its docstring: `feeds#12`. `python -m tests.docs.test_points` generates the tables.
"""

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"\| (\d+) \| (.+?) \|[^|\n]*\|")
LISTS = {"aws": "aws.md", "feeds": "points/feeds.md", "newsletter": "points/newsletter.md"}


@cache
def docstrings() -> list[tuple[str, str]]:
    """The name and the docstring of every test."""
    return [
        (node.name, ast.get_docstring(node) or "")
        for file in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]


def proofs(points: str) -> dict[int, list[str]]:
    """The tests that name each point of a list, by their names."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    for name, docstring in docstrings():
        for number in re.findall(rf"\b{points}#(\d+)", docstring):
            found[int(number)].append(name)
    return found


def table(points: str) -> str:
    """The document, with the last column of its table generated from the tests."""
    found = proofs(points)

    def row(match: re.Match[str]) -> str:
        tests = ", ".join(f"`{name}`" for name in found.get(int(match[1]), [])) or "not yet"
        return f"| {match[1]} | {match[2]} | {tests} |"

    return ROW.sub(row, document(points).read_text(encoding="utf-8"))


def document(points: str) -> Path:
    return ROOT / "docs" / LISTS[points]


@pytest.mark.parametrize("points", LISTS)
def test_the_list_of_points_names_the_tests_that_prove_them(points: str) -> None:
    written = document(points).read_text(encoding="utf-8")
    assert written == table(points), "run `.venv/bin/python -m tests.docs.test_points`"
    numbers = [int(number) for number, _ in ROW.findall(written)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert set(proofs(points)) <= set(numbers)


if __name__ == "__main__":
    for name in LISTS:
        document(name).write_text(table(name), encoding="utf-8")
