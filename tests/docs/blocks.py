"""The code blocks of the documents, and what their commands name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
DOCUMENTS = (
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "tests/faults/README.md")),
    *sorted(ROOT.glob("docs/**/*.md")),
)
SHELL = {"sh", "bash"}
LANGUAGES = SHELL | {"console", "diff", "html", "js", "json", "markdown", "python", "text", "toml", "yaml"}

BLOCK = re.compile(r"^([ \t]*)```(\w*)\n(.*?)^\1```", re.DOTALL | re.MULTILINE)
SPAN = re.compile(r"`([^`\n]+)`")
MAKE = re.compile(r"\bmake ((?:[a-z-]+|[A-Z_]+=\S+)(?: (?:[a-z-]+|[A-Z_]+=\S+))*)")


@dataclass(frozen=True)
class Block:
    """A block of code in a document, with the number of its first line."""

    document: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.document.relative_to(ROOT)}:{self.line}"


def blocks(document: Path) -> Iterator[Block]:
    text = document.read_text("utf-8")
    for match in BLOCK.finditer(text):
        yield Block(document, text[: match.start()].count("\n") + 1, match[2], dedent(match[3]))


def shell(document: Path) -> list[Block]:
    return [block for block in blocks(document) if block.language in SHELL]


def spans(document: Path) -> list[str]:
    """The code within the text of a document."""
    return SPAN.findall(BLOCK.sub("", document.read_text("utf-8")))


def commands(document: Path) -> list[str]:
    """Everything in a document that may be a command: lines of shell blocks, without comments, and spans."""
    lines = [line for block in shell(document) for line in block.text.replace("\\\n", " ").splitlines()]
    return [re.sub(r"(^| )# .*", "", line) for line in lines] + spans(document)
