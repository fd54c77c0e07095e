"""`docs/glossary.md` names one thing once: nothing uses a word of its last column."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GLOSSARY = ROOT / "docs" / "glossary.md"
NOT_OURS = ("LICENSE", "THIRD-PARTY.md", "package-lock.json", "requirements")
"""Parts of paths of texts that others wrote, and of lock files."""
EXAMPLES = re.compile(r"^\| instead of \|.*(?:\n\|.*)*", re.MULTILINE)
"""A table of phrases and of what to write in their place."""


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
    """Every tracked text of ours by its path, except for the glossary, fiction, and a publisher's paper."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607  # git
    found = {}
    for name in listed.stdout.splitlines():
        file = ROOT / name
        ours = file != GLOSSARY and not {"sample_edition", "sample_weekly", *NOT_OURS} & set(Path(name).parts)
        ours = ours and not name.startswith("paper/")
        if ours and file.is_file():
            text = file.read_bytes().decode("utf-8", errors="ignore")
            found[name] = EXAMPLES.sub(lambda table: "\n" * table[0].count("\n"), text)
    return found


def names_with(word: str) -> list[str]:
    """The paths of which a part is the word, in any case and between any separators."""
    alone = re.compile(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", re.IGNORECASE)
    return [name for name in texts() if alone.search(name)]


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
    assert [*names_with(word), *lines_with(word)] == []


def test_every_term_stands_once() -> None:
    terms = [term for row in rows() for term in row[0].split(", ")]
    assert sorted(terms) == sorted(set(terms))


def test_a_word_is_found_by_itself_and_not_in_another() -> None:
    assert lines_with("test_a_word_is_found_by_itself_and_not_in_another")
    part_of_a_word = "test_a_word_is_found_by_itself"[:-3]
    assert not lines_with(part_of_a_word)


def test_a_word_is_found_in_the_names_of_files() -> None:
    assert names_with("Glossary") == ["tests/docs/test_glossary.py"]
    assert not names_with("glossar")
