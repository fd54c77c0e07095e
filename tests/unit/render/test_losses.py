"""What rendering does not keep of a body is counted, with the line of the first place."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadsheet.render.shared import markup

BASE = "https://courier.example"

NAMES = [
    "p",
    "section",
    "b",
    "font",
    "blink",
    "script",
    "style",
    "iframe",
    "object",
    "embed",
    "svg",
    "math",
    "noscript",
    "select",
    "textarea",
    "button",
    "title",
    "template",
    "video",
    "audio",
    "img",
    "a",
    "table",
    "td",
    "li",
    "h2",
    "figure",
    "figcaption",
    "custom-tag",
    "xmp",
    "noembed",
    "canvas",
    "label",
    "form",
    "input",
    "amp-youtube",
]
ATTRIBUTES = (
    "",
    " href=/x",
    " href=javascript:x()",
    " src=/x.png",
    " src=//film.example/1",
    " src=data:,x",
    " alt=Quay",
    " title=Quay",
    " style=color:red",
    " style=font-weight:bold",
    " onclick=x()",
    " class=x data-y=z",
)
PIECES = st.one_of(
    st.sampled_from([f"<{name}{attributes}>" for name in sorted(NAMES) for attributes in ATTRIBUTES]),
    st.sampled_from([f"</{name}>" for name in sorted(NAMES)]),
    st.sampled_from(("harbour ", "quay ", "\n", "\n\n", "**", "`x` ", "> ", "[a](#b)", "[a]: /x\n")),
)


def found(text: str, format: str = "html") -> list[tuple[str, str, int, int]]:
    losses = markup.losses(markup.Source(format, text, text), BASE)
    return [(loss.kind, loss.name, loss.count, loss.line) for loss in losses]


def test_a_body_that_is_kept_has_no_losses() -> None:
    kept = '<p class="lead" id="top" data-x="1">One <b style="font-weight: bold">two</b></p>\n<img src="/a.png" alt="">'
    assert found(kept) == []
    assert found('<a href="#a%20b">1</a> <a href="#two">2</a> <a name="a b">3</a> <h2>Two</h2>') == []
    assert found('<table><tr align="right"><td style="text-align: right">1</td></tr></table>') == []
    assert found("# One\n\n*two* `three` <u>four</u>\n\n| a |\n|---|\n| b |", "markdown") == []
    assert found("One[^1] and www.a.example\n\n- [x] two\n\n[^1]: Three\n\nfour\n:   five", "markdown") == []


@pytest.mark.parametrize(
    ("html", "kind", "name"),
    [
        ("<iframe src=//film.example/1></iframe>", "replaced", "iframe"),
        ("<embed src=//film.example/1>", "replaced", "embed"),
        ("<amp-youtube data-videoid=x1></amp-youtube>", "replaced", "amp-youtube"),
        ("<iframe></iframe>", "removed", "iframe"),
        ("<object>Words</object>", "unwrapped", "object"),
        ("<svg><title>Chart</title></svg>", "drawing", "svg"),
        ("<svg><path d=M0></svg>", "removed", "svg"),
        ("<script>x()</script>", "removed", "script"),
        ("<style>p {}</style>", "removed", "style"),
        ("<textarea>Words</textarea>", "removed", "textarea"),
        ("<noscript>Words</noscript>", "removed", "noscript"),
        ("<img alt=Quay>", "removed", "img"),
        ("<img src=data:image/gif;base64,R0>", "removed", "img"),
        ("<font>Words</font>", "unwrapped", "font"),
        ("<custom-tag>Words</custom-tag>", "unwrapped", "custom-tag"),
        ("<a href=javascript:x()>Words</a>", "address", "href of <a>"),
        ("<a href=#gone>Words</a>", "fragment", "#gone"),
        ("<video src=ftp://film.example/1></video>", "address", "src of <video>"),
        ("<p style='color: red; font-weight: bold'>Words</p>", "attribute", "style"),
        ("<p onclick=x()>Words</p>", "attribute", "onclick"),
        ("<img src=/a.png width=100%>", "attribute", "width"),
        ("<div>" * 300 + "Words", "nesting", "html"),
    ],
)
def test_a_loss_has_its_kind_and_name(html: str, kind: str, name: str) -> None:
    line = 1 if kind == "nesting" else 2
    assert found(f"\n{html}") == [(kind, name, 1, line)]


def test_losses_are_counted_from_the_first_place_in_html() -> None:
    html = "<p>\n<u>x</u>\n<script>\n1\n</script>\n<p onclick=a>\n\n<script></script><img\nsrc=''>"
    assert found(html) == [("removed", "script", 2, 3), ("attribute", "onclick", 1, 6), ("removed", "img", 1, 8)]


def test_losses_are_counted_from_the_first_place_in_markdown() -> None:
    text = (
        "# One <font>two</font>\n\n- a\n- b\n  <script>\n  x()\n  </script>\n\ntext\nand <blink>more</blink>\\\n"
        "![x](data:y)\n\n> quoted <svg/>\n\n[unused]: /x\n"
    )
    assert found(text, "markdown") == [
        ("unwrapped", "font", 1, 1),
        ("removed", "script", 1, 5),
        ("unwrapped", "blink", 1, 10),
        ("removed", "svg", 1, 13),
        ("reference", "unused", 1, 15),
    ]


def test_a_message_is_a_sentence_for_the_editor() -> None:
    once, twice = (
        markup.losses(markup.Source("html", each, each), BASE)
        for each in ("<iframe src=//a.example></iframe>", "<script></script>" * 2)
    )
    assert [loss.message for loss in (*once, *twice)] == [
        "<iframe> became a link",
        "<script> was removed (2 times)",
    ]


def test_words_that_were_to_be_code_but_name_its_language_are_counted() -> None:
    assert found("```python\nx\n```\n\n```One two\nthree```", "markdown") == [("info", "One two", 1, 5)]


@settings(max_examples=100)
@given(st.lists(PIECES, max_size=12).map("".join), st.sampled_from(("html", "markdown")))
def test_a_word_is_shown_or_its_loss_is_counted(text: str, format: str) -> None:
    source = markup.Source(format, text, text)
    losses = markup.losses(source, BASE)
    shown = markup.plain(markup.render(source, BASE))
    for word in ("harbour", "quay"):
        assert text.count(f"{word} ") <= shown.count(word) or losses or "<video" in text or "<audio" in text
    assert all(1 <= loss.line <= text.count("\n") + 1 for loss in losses)
