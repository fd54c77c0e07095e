"""The limit on the work that Markdown takes. Steps are counted, and no time is measured."""

from html import unescape
from typing import Any

import pytest

from broadsheet.render.shared import bounded, markdown, markup
from broadsheet.render.shared.bounded import MAX_ADDRESSES, MAX_STEPS, TooMuchMarkdown
from broadsheet.schemas.article import LARGEST_BODY

BASE = "https://courier.example"
# Each takes seconds to half a minute where a body of a megabyte consists of it.
PATTERNS = {
    "images": "![",
    "brackets": "[",
    "notes in the text": "^[a] ",
    "marks of notes": "[^",
    "links": "[a](b) ",
    "addresses": "<https://a.example> ",
    "emphasis": "*a* ",
    "open emphasis": "**a *b ",
    "underscores": "_*",
    "code": "`a` ",
    "entities": "&amp;",
    "ampersands": "&",
    "tags": "<b>a</b> ",
    "angle brackets": "<",
    "backslashes": "\\*",
    "mails": "a@b.example ",
    "headings under a line": "a\n=\n",
    "headings": "# a\n",
    "rules": "---\n",
    "paragraphs": "a\n\n",
    "lines of one paragraph": "a\n",
    "empty lines": "\n",
    "lists": "- a\n",
    "numbers": "1. a\n",
    "tasks": "- [ ] a\n",
    "definitions": "a\n: b\n\n",
    "notes": "a[^1]\n\n[^1]: b\n",
    "references": "[a]: b\n",
    "tables": "|a|b|\n|-|-|\n",
    "quotes": "> a\n\n",
}


def steps(text: str) -> int:
    """The steps that the parser counts for a text."""
    env: dict[str, Any] = bounded.environment(text)
    markdown.parser().parse(text, env)
    return int(env["steps"])


@pytest.mark.parametrize("piece", PATTERNS.values(), ids=PATTERNS)
def test_a_text_of_nothing_but_marks_is_refused_and_a_stored_one_is_shown_as_its_source(
    piece: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a tenth of the limit, a tenth of the longest body."""
    monkeypatch.setattr(bounded, "MAX_STEPS", MAX_STEPS // 10)
    text = piece * (LARGEST_BODY // 10 // len(piece))
    source = markup.Source("markdown", piece, text)
    with pytest.raises(TooMuchMarkdown):
        markup.losses(source, BASE)
    shown = markup.render(source, BASE)
    assert not markup.TAG.search(shown)
    assert unescape(shown) == text.strip()


@pytest.mark.parametrize("piece", PATTERNS.values(), ids=PATTERNS)
def test_steps_are_proportional_to_the_text(piece: str) -> None:
    once, twice = (steps(piece * times) for times in (400, 800))
    assert twice <= 2 * once + 10


@pytest.mark.parametrize(
    "text",
    [
        "|a" * 30_000 + "|\n" + "|-" * 30_000 + "|\n" + "|b|\n" * 1_000,
        "\n".join(["|a|b|", "|-|-|"] + ["|c|d|"] * 100_000),
        "> " * 19 + "a\n" * 200_000,
        "> - " * 6 + "a\n" + "> - b\n" * 40_000,
    ],
    ids=["a wide table", "a long table", "a lazy quote", "a list in a quote"],
)
def test_blocks_are_counted_before_they_are_kept(text: str) -> None:
    with pytest.raises(TooMuchMarkdown):
        markdown.html(text)


def test_many_links_to_one_long_address_are_refused() -> None:
    """A reference is written once, and its address stands in every link to it."""
    address = f"[a]: https://a.example/{'x' * 100_000}\n\n"
    few = MAX_ADDRESSES // 100_100
    assert markdown.html(address + "[a] " * few).count("<a ") == few
    with pytest.raises(TooMuchMarkdown):
        markdown.html(address + "[a] " * (few + 2))


def test_an_article_of_any_usual_length_is_far_from_the_limit() -> None:
    """Twenty thousand words with a link in each paragraph, and a table of a thousand rows."""
    paragraph = "The ferry *resumes* its [timetable](https://a.example/t) on Monday - at 7:30, " + "as before " * 90
    row = "| Velora | 1,204 | 61.3 % | 14 | – |\n"
    text = f"{paragraph}.\n\n" * 200 + "|a|b|c|d|e|\n|-|-|-|-|-|\n" + row * 1_000
    assert steps(text) < MAX_STEPS / 2
