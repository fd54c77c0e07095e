"""The bodies of articles are rendered as safe HTML, whatever their source."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadsheet.model.text import EXCLUDED
from broadsheet.render.shared import markup

BASE = "https://courier.example"

# Pieces that attackers and careless editors write, to be strung together in every order.
PIECES = st.sampled_from(
    r"""<script>alert(1)</script>
<img src=x onerror=alert(1)>
<img srcset="javascript:alert(1), /a.png 2x">
<a href="javascript:alert(1)">
<a href="&#106;ava&#10;script:alert(1)">
<a href="data:text/html,x">
<a href="/x#y">
</a>
<svg onload=alert(1)>
<math><mi>
<style>p{}
</style>
<iframe src=//evil.example>
<noscript><p title="</noscript><img src=x onerror=alert(1)>">
<p style=color:red>
<div id=content class=skip>
<blockquote cite="javascript:alert(1)">
<video poster=/p.png autoplay onplay=x>
<iframe src=https://film.example/1 title="A film" />
<object data="javascript:alert(1)">
<embed src=//film.example/2>
<svg aria-label="A chart"/>
<title>
<section>
<strike>
<b style="font-weight: normal">
<p style="font-style: italic">
<img data-src=/a.png src="data:image/gif,">
<a href=/x rel="ugc author">
<a href=tel:+301>
<a name=top />
<a href=#top>
<a href="#%74op" role=doc-noteref>
<p id=top class=card>
<h2 id=content>
<td align=right>
<figure class=card>
<h2 id="text-section">
https://youtu.be/3
<iframe src=https://www.youtube.com/embed/3>
[^1]
[^1]:
^[note]
- [x]
: term
www.port.example
desk@port.example
و**«
\u200f
https://film.example/3
<source srcset="/a.png, /b.png 2x">
<h1>
</h1>
<h3>
</h3>
<table><tr><td>
<b>
</i>
<!--
-->
<![CDATA[
]]>
&#1;&#xFFFE;
&lt;script&gt;
[x](javascript:alert(1))
[x](/y)
![a](/b.png)
`
*
|
#
>
~~""".splitlines()
)
TEXTS = st.lists(st.one_of(PIECES, st.just("\n\n"), st.just(" "), st.text(max_size=12)), max_size=25).map("".join)


def rendered(text: str, format: str = "html") -> str:
    return markup.render(markup.Source(format, text, text), BASE)


class Tags(HTMLParser):
    """Collects every tag with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@settings(deadline=None)
@given(TEXTS, st.sampled_from(["markdown", "html"]))
def test_only_the_allow_list_remains(text: str, format: str) -> None:
    """feeds#10, feeds#13."""
    html = rendered(text, format)
    assert not EXCLUDED.search(html)
    ids = re.findall(' id="([^"]*)"', html)
    assert len(ids) == len({*ids})
    assert {*re.findall(' href="#([^"]*)"', html)} <= {*ids}
    for tag, attributes in Tags(html).found:
        assert tag in markup.INLINE | markup.BLOCKS
        assert attributes.keys() <= markup.ATTRIBUTES.get(tag, set()) | markup.ATTRIBUTES["*"] | {"rel"}
        assert (attributes.get("id") or "text-").startswith("text-")
        assert tag != "a" or (attributes["rel"] or "").startswith("noopener")
        for name in attributes.keys() & markup.URL_ATTRIBUTES:
            schemes = "https?://|mailto:|tel:|sms:|#text-" if name == "href" else "https?://"
            assert re.match(schemes, attributes[name] or "", re.IGNORECASE)
        for candidate in (attributes.get("srcset") or "https://").split(", "):
            assert candidate.startswith(("https://", "http://"))


@settings(deadline=None)
@given(TEXTS, st.sampled_from(["markdown", "html"]))
def test_rendering_is_idempotent(text: str, format: str) -> None:
    once = rendered(text, format)
    assert rendered(once) == once


@settings(deadline=None)
@given(TEXTS)
def test_the_blocks_joined_are_the_whole_text(text: str) -> None:
    """feeds#22."""
    html = rendered(text)
    assert "".join(markup.blocks(html)).strip() == html


def test_markdown_has_tables_and_strikethrough() -> None:
    html = rendered("| a |\n|---|\n| ~~b~~ |", "markdown")
    assert "<table>" in html
    assert "<s>b</s>" in html


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<h1>a</h1><h2>b</h2>", '<h2 id="text-a">a</h2><h3 id="text-b">b</h3>'),
        ("<h2>a</h2><h3>b</h3>", '<h2 id="text-a">a</h2><h3 id="text-b">b</h3>'),
        ("<h3>a</h3><h4>b</h4>", '<h2 id="text-a">a</h2><h3 id="text-b">b</h3>'),
        ("<h1>a</h1><h6>b</h6>", '<h2 id="text-a">a</h2><h6 id="text-b">b</h6>'),
        ('<h1 title="<h1>">a</h1>', '<h2 title="&lt;h1&gt;" id="text-a">a</h2>'),
    ],
)
def test_headings_are_shifted_below_the_headline(body: str, expected: str) -> None:
    assert rendered(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<a href="/x">', f'<a href="{BASE}/x" rel="noopener"></a>'),
        ('<a href="x?y#z">', f'<a href="{BASE}/x?y#z" rel="noopener"></a>'),
        ('<a href="//other.example/">', '<a href="https://other.example/" rel="noopener"></a>'),
        ('<a href="mailto:desk@courier.example">', '<a href="mailto:desk@courier.example" rel="noopener"></a>'),
        ('<a href="#note">', '<a rel="noopener"></a>'),
        ('<a href="//[">', '<a rel="noopener"></a>'),
        ('<img src="/a.png">', f'<img src="{BASE}/a.png" alt="">'),
        ('<img srcset="/a.png 1x, b.png 2x" alt="A">', f'<img srcset="{BASE}/a.png 1x, {BASE}/b.png 2x" alt="A">'),
        ('<img srcset="/a,b.png 640w, evil" alt>', f'<img srcset="{BASE}/a,b.png 640w, {BASE}/evil" alt="">'),
        ('<video poster="/p.png" src="/v.mp4" controls>', None),
        ('<q cite="/source">q</q>', f'<q cite="{BASE}/source">q</q>'),
    ],
)
def test_every_url_is_absolute(body: str, expected: str | None) -> None:
    """feeds#13."""
    if expected is None:
        expected = f'<video poster="{BASE}/p.png" src="{BASE}/v.mp4" controls=""></video>'
    assert rendered(body) == expected


def test_arabic_in_an_english_text_keeps_its_language_and_direction() -> None:
    """feeds#20."""
    quote = '<blockquote lang="ar" dir="rtl">قالت العرب</blockquote>'
    assert rendered(quote) == quote


@pytest.mark.parametrize("piece", ["<div>", "<b>", "<span></div>", "<svg>", "<DIV>"])
def test_too_deep_nesting_becomes_plain_text(piece: str) -> None:
    """An HTML parser's time grows with the square of the nesting: a megabyte of it would take minutes."""
    text = piece * 1_000
    html = rendered(text)
    assert markup.TAG.findall(html) == []
    assert markup.plain(html) == text


def test_elements_with_optional_end_tags_do_not_count_as_nesting() -> None:
    assert rendered("<p>a" * 1_000).count("<p>") == 1_000


def test_plain_text_separates_blocks_and_not_inline_elements() -> None:
    assert markup.plain("<p>one</p><p>t<em>w</em>o &amp; <b>3</b></p>") == "one two & 3"


def safe(html: str) -> str:
    return markup.render(markup.Source("html", html, html), BASE)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<figure><img src=/a.jpg><figcaption>A crane.</figcaption></figure><p>It fell.</p>", "It fell."),
        ("<table><caption>Fares</caption><tr><td>9</table><h2>Fares</h2><p>They rise.</p>", "They rise."),
        ("<details><summary>More</summary>Old news.</details>They <b>rise</b>.<div>Now.</div>", "They rise. Now."),
        ("<p>It fell<sup><a href=/a#n1>1</a></sup> at night<a href=/a#n2><sup>[2]</sup></a>.</p>", "It fell at night."),
        ("<iframe src=https://film.example/1 title='A film'></iframe><p>It fell.</p>", "It fell."),
        ("<p>https://film.example/1</p><video src=/a.mp4>Your browser is old</video><p>It fell.</p>", "It fell."),
        ("<p>It <a href=/a>fell</a> over H<sub>2</sub>O.</p>", "It fell over H2O."),
        ("<p>«&nbsp;Oui&nbsp;»</p><p>&nbsp;</p><p>Non.</p>", "«\u00a0Oui\u00a0» Non."),
        ("<figure><figcaption>A crane.</figcaption></figure>", "A crane."),
        ("<iframe src=https://film.example/1 title='A film'></iframe>", "A film"),
    ],
)
def test_a_summary_begins_with_what_readers_read_first_or_has_all_words(html: str, text: str) -> None:
    assert markup.lead(safe(html)) == text


def test_no_block_leaves_the_direction_of_its_text_open() -> None:
    html = safe("<p>\u202eone <b>two</b></p><ul><li>\u2067three<br>four<li>five\u202c</ul>six\u2069")
    assert html == "<p>\u202eone <b>two</b>\u202c</p><ul><li>\u2067three<br>four\u2069</li><li>five</li></ul>six"


@pytest.mark.parametrize("format", ["markdown", "html"])
def test_a_reference_to_a_control_is_what_windows_1252_means(format: str) -> None:
    html = markup.render(markup.Source(format, format, "It&#146;s &#x93;open&#148; &#150; it&#x81; is"), BASE)
    assert markup.plain(html) == "It’s “open” – it is"
