"""Markdown as editors write it, on pages and in feeds; fragments, alignment and cards in every body."""

import re
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from mdit_py_plugins.deflist import deflist_plugin

from broadsheet.render.shared import fragments, markdown, markup

BASE = "https://courier.example"
TEMPLATES = Path(markup.__file__).parents[1] / "templates"


def rendered(text: str, format: str = "markdown") -> str:
    return markup.render(markup.Source(format, text, text), BASE).replace(' rel="noopener"', "")


def links(html: str) -> list[tuple[str, str]]:
    return re.findall(r'<a [^<>]*href="([^"]*)"[^<>]*>([^<]*)</a>', html)


NOTES = """\
Salt[^salt] and fish[^2], salt again[^salt] and bread^[Of *rye*, says [the baker](/b).]; no note[^none].

[^2]: The ledger.
[^salt]: The archive.

    A second paragraph.
[^unused]: Nobody points here.
[^2]: The same label.
"""


def test_marks_and_notes_link_to_each_other_and_every_note_is_shown() -> None:
    html = rendered(NOTES)
    targets = [href.removeprefix("#") for href, _ in links(html) if href.startswith("#")]
    assert {*re.findall(' id="([^"]*)"', html)} == {*targets}
    assert [text for _, text in links(html)] == [
        *("[1]", "[2]", "[1]", "[3]"),
        *("↩\ufe0e1", "↩\ufe0e2", "↩\ufe0e", "the baker", "↩\ufe0e"),
    ]
    assert markup.plain(html) == (
        "Salt and fish, salt again and bread; no note[^none]. The archive. A second paragraph. The ledger. "
        "Of rye, says the baker. Nobody points here. The same label."
    )


def test_a_note_may_be_defined_in_another_note_and_in_a_quote() -> None:
    html = rendered("a[^1] b[^2] c[^3]\n\n[^1]: One.\n    [^2]: Two.\n\n> [^3]: Three.")
    assert {"One.", "Two.", "Three."} <= set(markup.plain(html).split())
    assert html.count("doc-backlink") == 3


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            '<a href="#_ftn1" name="_ftnref1">1</a><p id="_ftn1">n</p>',
            '<a href="#text-_ftn1">1</a><p id="text-_ftn1">n</p>',
        ),
        ('<a href="file:///C:/x/clip.htm#n">1</a><p id="n">n</p>', '<a href="#text-n">1</a><p id="text-n">n</p>'),
        ('<a href="#%D9%85">1</a><a name="م">n</a>', '<a href="#text-م">1</a><a id="text-م">n</a>'),
        ('<a href="#a%20b">1</a><p id="a%20b">n</p>', '<a href="#text-a-20b">1</a><p id="text-a-20b">n</p>'),
        ('<a href="#n">1</a><p id="n">n</p><p id="n">m</p>', '<a href="#text-n">1</a><p id="text-n">n</p><p>m</p>'),
        (
            '<a href="#a b">1</a><a href="#a-b">2</a><p id="a b">n</p><p id="a-b">m</p>',
            '<a href="#text-a-b">1</a><a href="#text-a-b-2">2</a><p id="text-a-b">n</p><p id="text-a-b-2">m</p>',
        ),
        ('<a href="#gone" role="doc-noteref">1</a>', "<a>1</a>"),
        ('<p id="content">n</p>', "<p>n</p>"),
        (
            '<a href="#the-quay">1</a><h2>The quay</h2>',
            '<a href="#text-the-quay">1</a><h2 id="text-the-quay">The quay</h2>',
        ),
        ('<h2 id="content">a</h2><h2>Content</h2>', '<h2 id="text-content">a</h2><h2 id="text-content-2">Content</h2>'),
        (
            "<h2>المرفأ القديم</h2><h2>🙂</h2>",
            '<h2 id="text-المرفأ-القديم">المرفأ القديم</h2><h2 id="text-section">🙂</h2>',
        ),
    ],
)  # fmt: skip
def test_a_fragment_leads_to_an_id_that_occurs_once(body: str, expected: str) -> None:
    html = rendered(body, "html")
    assert html.replace(' id="text-_ftnref1"', "") == expected
    assert rendered(html, "html") == html


def test_no_id_of_a_template_can_be_one_of_a_text() -> None:
    ids = [id for path in TEMPLATES.rglob("*.html") for id in re.findall(' id="([^"]*)"', path.read_text())]
    assert ids
    assert not [id for id in ids if id.startswith(fragments.PREFIX)]


WIDE = {"table": "Table", "pre": "Code"}


def test_on_the_page_wide_tables_and_code_are_in_boxes_for_the_keyboard_that_have_names() -> None:
    box = '<div class="wide" role="group" tabindex="0" aria-label="{}">'
    html = markup.on_page(rendered("| a |\n|---|\n| b |\n\n```\nx\n```"), "{title}", "Back", WIDE)
    assert box.format("Table") + "<table>" in html
    assert "</table></div>" in html
    assert box.format("Code") + "<pre>" in html
    assert html.count("<div") == html.count("</div>") == 2
    nested = "<table><tr><td><table><tr><td><pre>x</pre></td></tr></table></td></tr></table>"
    assert markup.on_page(rendered(nested, "html"), "{title}", "Back", WIDE).count("<div") == 1
    folded = "<details><summary><pre>x</pre></summary></details>"
    assert "<div" not in markup.on_page(rendered(folded, "html"), "{title}", "Back", WIDE)


def test_on_the_page_headings_have_jump_links_and_links_back_have_names() -> None:
    html = markup.on_page(rendered("## Salt & *fish*\n\nx[^1]\n\n[^1]: n"), "Link to “{title}”", "Back", WIDE)
    assert '<a class="jump" href="#text-salt-fish" aria-label="Link to “Salt &amp; fish”">#</a>' in html
    assert 'role="doc-backlink" aria-label="Back">' in html
    for body in ('<a href="/x"><h2>a</h2></a>', "<details><summary><h2>a</h2></summary></details>", "<h2></h2>"):
        assert markup.on_page(rendered(body, "html"), "{title}", "Back", WIDE) == rendered(body, "html")


def test_in_feeds_fragments_lead_to_the_page_and_cells_need_no_style_sheet() -> None:
    html = markup.in_feed(rendered("# a\n\n[b](#a)\n\n|a|b|\n|-:|--|\n|1|2|\n\nhttps://youtu.be/x"), f"{BASE}/é&b")
    assert f'<a href="{BASE}/é&amp;b#text-a">b</a>' in html
    assert '<td align="right">1</td>\n<td>2</td>' in html
    assert "class=" not in html


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see https://a.example/x.", "https://a.example/x"),
        ("(https://a.example/x_(y)_z)", "https://a.example/x_(y)_z"),
        ("*https://a.example/x*", "https://a.example/x"),
        ("https://a.example/?a=1&b=2, then", "https://a.example/?a=1&amp;b=2"),
        ("HTTP://a.example/_x_/*y*/z", "HTTP://a.example/_x_/*y*/z"),
        ("«https://a.example/x»؟", "https://a.example/x"),
        ("في https://a.example/x، ثم", "https://a.example/x"),
        ("وhttps://a.example/ميناء؛", "https://a.example/%D9%85%D9%8A%D9%86%D8%A7%D8%A1"),
        ("on www.a.example until", "https://www.a.example"),
        ("وwww.a.example/x؟", "https://www.a.example/x"),
        ("**https://a.example/x**ية", "https://a.example/x"),
        ("desk@a.example.", "mailto:desk@a.example"),
        ("| www.a.example |\n|---|", "https://www.a.example"),
    ],
)
def test_a_bare_address_is_a_link_without_the_punctuation_around_it(text: str, expected: str) -> None:
    assert [href for href, _ in links(rendered(text))] == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "README.md, tool.py, a.zip and example.org",
        "`https://a.example` and `www.a.example`",
        "    https://a.example",
        "www. or www.x, https:// or http:x",
        "name@host, @name, a@b@c, @desk@a.example",
        "ftp://a.example javascript:alert(1)",
        r"in https\://a.example",
    ],
)
def test_other_words_are_no_links(text: str) -> None:
    assert links(rendered(text)) == []


def test_a_bare_address_in_a_link_makes_no_second_link() -> None:
    assert links(rendered("[www.b.example](/a) <a href='/a'>d@b.example</a> [https://b.example](/a)")) == [
        (f"{BASE}/a", "www.b.example"),
        (f"{BASE}/a", "d@b.example"),
        (f"{BASE}/a", "https://b.example"),
    ]


@pytest.mark.parametrize(
    ("table", "classes"),
    [
        ('<tr><td align="RIGHT">1</td><td style="color: red; text-align:center">2</td></tr>', ["right", "center"]),
        ('<tr align="center"><td>1</td><td align="left">2</td></tr>', ["center", "left"]),
        ('<thead align="right"><tr><th>1</th></tr></thead>', ["right"]),
        ('<tr><td><p style="text-align:right">1</p></td><td><center>2</center></td></tr>', ["right", "center"]),
        ('<tr><td class="wide has-text-align-right">1</td><td class="x">2</td></tr>', ["right"]),
        ('<tr><td align="justify">1</td><td style="text-align:start">2</td></tr>', []),
    ],
)
def test_a_cell_keeps_its_side(table: str, classes: list[str]) -> None:
    html = rendered(f"<table>{table}</table>", "html")
    assert re.findall(' class="([^"]*)"', html) == classes
    assert rendered(html, "html") == html


def test_task_lists_have_boxes() -> None:
    assert markup.plain(rendered("- [ ] salt\n- [x] fish\n- [X] [a](/b)\n- [y] no\n\n[ ] no")) == (
        "☐ salt ☑ fish ☑ a [y] no [ ] no"
    )
    assert rendered('<ul><li><input type="checkbox" checked> salt</li></ul><input type="text">', "html") == (
        "<ul><li>☑ salt</li></ul>"
    )


def test_definition_lists() -> None:
    assert rendered("Quay\n: Where *ships* lie.\n: Stone.") == (
        "<dl>\n<dt>Quay</dt>\n<dd>Where <em>ships</em> lie.</dd>\n<dd>Stone.</dd>\n</dl>"
    )


ATTACHED = st.sampled_from(["", " ", "و", "بـ", "لِ", "٢", "،", "(", "中", "و\u200f"])
QUOTED = st.sampled_from(["«بريد»", "بريد", "(أ)", "\u200f«أ»\u200f", "أَ؟", "«A»", "ـب", "٢٠٪", "«中»"])


@settings(deadline=None, max_examples=60)
@given(ATTACHED, QUOTED, st.sampled_from(["", " ", "،", ".", "ي", "ـ", "٣", ")", "文"]))
def test_stars_mark_words_beside_any_letter_of_a_script_without_capitals(before: str, word: str, after: str) -> None:
    for mark, name in (("*", "em"), ("**", "strong"), ("~~", "s")):
        html = markdown.html(f"x {before}{mark}{word}{mark}{after} y")
        assert html == f"<p>x {before}<{name}>{word}</{name}>{after} y</p>\n"


def test_two_words_with_marks_may_touch() -> None:
    assert markdown.html("**«أ»**و**«ب»**") == "<p><strong>«أ»</strong>و<strong>«ب»</strong></p>\n"


@settings(deadline=None, max_examples=150)
@given(st.text(alphabet="*_~ ab\"(.)-é'\n`[]", max_size=24))
def test_latin_text_is_read_as_commonmark_says(text: str) -> None:
    assume("[ ]" not in text)  # a task, as on GitHub
    # A tilde may begin a definition, as in Pandoc.
    plain = MarkdownIt("commonmark").enable(["table", "strikethrough"]).use(deflist_plugin)
    assert markdown.html(text) == plain.render(text)


@pytest.mark.parametrize("mark", ["\u200f", "\u200e", "\u061c", "\ufeff", "\u200b", "\u202b", "\u2067\u200f"])
@pytest.mark.parametrize(
    "text",
    [
        "## أ",
        "- أ\n- ب",
        "* أ",
        "1. أ\n2. ب",
        "> أ",
        "> - أ",
        "|أ|ب|\n|---|--:|\n|1|2|",
        "```\nأ\n```",
        "أ\n\n---\n\nب",
        "أ\n===",
        "أ[^1]\n\n[^1]: ب",
        "أ\n: ب",
    ],
)
def test_an_invisible_mark_before_a_sign_does_not_count(text: str, mark: str) -> None:
    marked = "\n".join(f"{mark}{line}" if line else "" for line in text.split("\n"))
    assert markdown.html(marked).replace(mark, "") == markdown.html(text)


def test_an_invisible_mark_within_text_and_code_stays() -> None:
    assert markdown.html("\u200fأ") == "<p>\u200fأ</p>\n"
    assert markdown.html("```\n\u200f- أ\n١. أ\n```") == "<pre><code>\u200f- أ\n١. أ\n</code></pre>\n"


def test_a_list_may_have_arabic_digits() -> None:
    for end in (".", ")", "-"):
        html = markdown.html(f"٣{end} أ\n\u200f٤{end}\u200f ب")
        assert html == '<ol start="3">\n<li>أ</li>\n<li>ب</li>\n</ol>\n'
    assert "<ol" not in markdown.html("١٩٩٠- عام")
    assert "<ol" not in markdown.html("٣.٥ أ")


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.youtube.com/watch?v=a&t=30s", "YouTube"),
        ("https://youtu.be/a?si=b", "YouTube"),
        ("https://m.youtube.com/shorts/a", "YouTube"),
        ("https://vimeo.com/12", "Vimeo"),
        ("https://dai.ly/x1", "Dailymotion"),
        ("https://soundcloud.com/a/b", "SoundCloud"),
        ("https://open.spotify.com/episode/a", "Spotify"),
        ("https://podcasts.apple.com/us/podcast/a/id1", "Apple Podcasts"),
        ("https://www.tiktok.com/@a/video/1", "TikTok"),
        ("https://x.com/a/status/1", "X"),
        ("https://www.instagram.com/reel/a/", "Instagram"),
        ("https://www.facebook.com/a/videos/1/", "Facebook"),
        ("https://www.mixcloud.com/a/b/", "Mixcloud"),
        ("https://a.bandcamp.com/track/b", "Bandcamp"),
        ("https://archive.org/details/a", "Internet Archive"),
    ],
)
def test_the_address_of_a_film_alone_in_its_block_is_a_card(url: str, site: str) -> None:
    href = url.replace("&", "&amp;")
    shown = re.sub(r"https://(www\.)?", "", href)
    link = f'<a href="{href}"><b>▶ <bdi lang="en">{site}</bdi></b> <bdi dir="ltr">{shown}</bdi></a>'
    card = f'<figure class="card">{link}</figure>'
    assert rendered(f"a\n\n{url}\n\nb") == f"<p>a</p>\n{card}\n<p>b</p>"
    assert rendered(f"<p>{href}</p>", "html") == card
    assert rendered(card, "html") == card
    assert "<figure" not in rendered(f"Here: {url}")


@pytest.mark.parametrize(
    "body",
    [
        "<p>\u200f{}\u200f</p>",
        "<p>&nbsp;{}\n</p>",
        '<p dir="ltr"><span style="color: red">{}</span></p>',
        '<p><a href="{0}" target="_blank" rel="nofollow"><span>{0}</span></a></p>',
        "<center>{}</center>",
    ],
)
def test_what_editors_put_around_an_address_does_not_hide_it(body: str) -> None:
    html = rendered(body.format("https://youtu.be/x"), "html")
    assert re.sub("</?div>", "", html).startswith('<figure class="card"><a href="https://youtu.be/x">')
    assert rendered(html, "html") == html


def test_a_frame_in_a_paragraph_of_its_own_is_a_card_with_its_title() -> None:
    frame = '<iframe src="https://www.youtube.com/embed/a?start=30" title="The launch"></iframe>'
    href = "https://www.youtube.com/watch?v=a&amp;t=30"
    card = rendered(f"<p>{frame}</p>", "html")
    assert card.startswith('<figure class="card">')
    assert f'href="{href}"' in card
    assert "<bdi>The launch</bdi>" in card
    assert rendered(f"<p>Here: {frame}</p>", "html") == f'<p>Here: <a href="{href}">The launch</a></p>'


@pytest.mark.parametrize(
    "url", ["https://www.youtube.com/", "https://x.com/a", "https://film.example/youtube.com/watch"]
)
def test_any_other_address_alone_stays_a_link(url: str) -> None:
    assert rendered(url) == f'<p><a href="{url}">{url}</a></p>'
