"""`docs/glossary.md` names one thing once: nothing uses a word of its last column."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GLOSSARY = ROOT / "docs" / "glossary.md"
FOLDERS = ("functions", "infra", "cli", "docs", "tests", "benchmarks", "template.yaml", "README.md")


def rows() -> list[list[str]]:
    """The cells of every row of the glossary's tables, heads aside."""
    lines = GLOSSARY.read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [row for row in cells if row[0] not in ("term", "instead of") and not row[0].startswith("---")]


def words_to_avoid() -> list[str]:
    """The words in the last column of the terms and in the first one of the phrases, as they are spelled there."""
    cells = [row[2] if len(row) == 3 else row[0] for row in rows()]
    return sorted({word for cell in cells for word in re.findall(r"`([^`]+)`", cell)})


@cache
def texts() -> dict[str, str]:
    """Every tracked text by its path, except for the glossary and the fiction of the sample edition."""
    command = ["git", "ls-files", *FOLDERS]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603  # git, by us
    found = {}
    for name in listed.stdout.splitlines():
        file = ROOT / name
        if file != GLOSSARY and "sample_edition" not in file.parts and file.exists():
            found[name] = file.read_bytes().decode("utf-8", errors="ignore")
    return found


def lines_with(word: str) -> list[str]:
    """Where a word stands by itself, as `path:line`."""
    alone = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
    return [
        f"{name}:{number}"
        for name, text in texts().items()
        if word in text
        for number, line in enumerate(text.splitlines(), 1)
        if alone.search(line)
    ]


@pytest.mark.parametrize("word", words_to_avoid())
def test_nothing_uses_a_word_that_the_glossary_avoids(word: str) -> None:
    assert lines_with(word) == []


def test_every_term_stands_once() -> None:
    terms = [row[0] for row in rows()]
    assert sorted(terms) == sorted(set(terms))


def test_a_word_is_found_by_itself_and_not_in_another() -> None:
    assert lines_with("test_a_word_is_found_by_itself_and_not_in_another")
    part_of_a_word = "test_a_word_is_found_by_itself"[:-3]
    assert not lines_with(part_of_a_word)
