"""Addresses in bodies: which are found, where they are, and what is in code or in plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet_cli.body_addresses import Kind, find, replaced


def kinds(text: str, format: str = "markdown") -> list[tuple[str, str]]:
    return [(address.kind.value, address.text) for address in find(format, text)]


def test_an_address_without_a_known_place_is_found_too() -> None:
    (address,) = find("markdown", "One\n\n<https://port.example>")
    assert (address.text, address.start, address.line) == ("https://port.example", -1, 3)


PICTURES = [
    "![Quay](quay.jpg)",
    '![Quay](quay.jpg "The quay")',
    "![Quay](<quay.jpg>)",
    "![Quay](\n  quay.jpg)",
    "![](quay.jpg)",
    "![Quay][q]\n\n[q]: quay.jpg 'The quay'",
    "![quay]\n\n[quay]: <quay.jpg>",
    "> ![Quay][q]\n>\n> [q]:\n> quay.jpg",
    "- one\n- ![Quay](quay.jpg)",
    "1. one\n\n   ![Quay](quay.jpg)",
    "١. one\n\n   ![Quay](quay.jpg)",
    "\u200f- one\n\n  ![Quay](quay.jpg)",
    "| a |\n|---|\n| ![Quay](quay.jpg) |",
    "harbour\n: ![Quay](quay.jpg)",
    "salt[^1]\n\n[^1]: ![Quay](quay.jpg)",
    "salt^[an ![Quay](quay.jpg)]",
    "# ![Quay](quay.jpg)",
    "**![Quay](quay.jpg)**",
    'A <img src="quay.jpg" alt="Quay"> here',
    "<figure>\n<img alt=Quay src=quay.jpg>\n</figure>",
    "<div>\n\n![Quay](quay.jpg)\n\n</div>",
    "<IMG SRC='quay.jpg'>",
    '<video poster="quay.jpg"></video>',
    '<img src="data:image/gif;base64,R0lGOD" data-src="quay.jpg">',
    '<amp-img src="quay.jpg"></amp-img>',
    '`code` ![Quay](quay.jpg) `<img src="other.jpg">`',
    "![a `b`](quay.jpg)",
    "![[b]](quay.jpg)",
]


@pytest.mark.parametrize("text", PICTURES)
def test_a_picture_is_found_and_replaced_in_every_notation(text: str) -> None:
    (address,) = find("markdown", text)
    assert (address.kind, address.text) == (Kind.PICTURE, "quay.jpg")
    assert address.line == text[: text.index("quay.jpg")].count("\n") + 1
    again = replaced(text, {address: "/images/1.jpg"})
    assert "quay.jpg" not in again
    assert kinds(again) == [("picture", "/images/1.jpg")]


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("![x](a\\_b.jpg)", "a_b.jpg"),
        ("![x](a&amp;b.jpg)", "a&b.jpg"),
        ("![x](a(1).jpg)", "a(1).jpg"),
        ("![x](a\\(1.jpg)", "a(1.jpg"),
        ("![x](<the quay.jpg>)", "the quay.jpg"),
        ("![x](the%20quay.jpg)", "the%20quay.jpg"),
        ("![x](رصيف.jpg)", "رصيف.jpg"),
        ("![x](../pictures/رصيف%20١.jpg)", "../pictures/رصيف%20١.jpg"),
        ('<img src="a&amp;b.jpg">', "a&b.jpg"),
    ],
)
def test_an_address_is_without_the_escapes_of_its_notation(written: str, address: str) -> None:
    assert kinds(written) == [("picture", address)]


@pytest.mark.parametrize(
    "text",
    [
        "`![Quay](quay.jpg)`",
        "```\n![Quay](quay.jpg)\n```",
        "    ![Quay](quay.jpg)",
        "~~~html\n<img src=quay.jpg>\n~~~",
        "\\![Quay]\\(quay.jpg)",
        "<!-- ![Quay](quay.jpg) <img src=quay.jpg> -->",
        "<!--\n\n<img src=quay.jpg>\n\n-->",
        "<script>\nlet a = '<img src=quay.jpg>'\n</script>",
        "![Quay](the quay.jpg)",
        "[q]: quay.jpg",
        "the attribute src=quay.jpg",
        "- one\n\n        ![Quay](quay.jpg)",
    ],
)
def test_code_comments_scripts_and_plain_text_have_no_address(text: str) -> None:
    assert kinds(text) == []


def test_links_recordings_and_sizes_are_told_apart() -> None:
    text = (
        "[a](story.md) [![b](b.jpg)](c.jpg) [r]\n\n[r]: r.pdf\n\n"
        '<a href="d.pdf">d</a> <audio src="e.mp3"></audio> <img src="/f.jpg" srcset="g.jpg 2x"> <iframe src="h.html">'
    )
    assert kinds(text) == [
        ("link", "story.md"),
        ("picture", "b.jpg"),
        ("link", "c.jpg"),
        ("link", "r.pdf"),
        ("link", "d.pdf"),
        ("recording", "e.mp3"),
        ("picture", "/f.jpg"),
        ("sizes", "g.jpg 2x"),
        ("link", "h.html"),
    ]


def test_markdown_in_an_html_body_is_text() -> None:
    assert kinds("<p>![a](a.jpg)</p><pre><img src=b.jpg></pre>", "html") == [("picture", "b.jpg")]


def test_a_definition_that_serves_a_picture_and_a_link_is_a_picture() -> None:
    assert kinds("[a][q] ![b][q] [c][q]\n\n[q]: quay.jpg") == [("picture", "quay.jpg")]


@given(st.text(st.sampled_from("![]()<>`\n\\ q\"'=:/#&-"), max_size=60), st.sampled_from(["markdown", "html"]))
def test_any_text_is_the_same_when_each_address_is_replaced_by_itself(text: str, format: str) -> None:
    placed = [address for address in find(format, text) if address.start >= 0]
    assert replaced(text, {address: text[address.start : address.end] for address in placed}) == text
