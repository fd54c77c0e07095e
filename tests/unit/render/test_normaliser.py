"""What editors paste is kept: each kind of HTML that the sanitiser alone would drop, and what becomes of it."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadsheet.render.shared import markup, normaliser
from broadsheet.render.shared.normaliser import RENAMED

BASE = "https://courier.example"


def rendered(text: str, format: str = "html") -> str:
    """The rendering, without the `rel` that every link has."""
    return markup.render(markup.Source(format, text, text), BASE).replace(' rel="noopener"', "")


@pytest.mark.parametrize("format", ["html", "markdown"])
@pytest.mark.parametrize(
    "frame",
    [
        '<iframe src="https://film.example/1" title="The launch"></iframe>',
        '<iframe src="https://film.example/1" title="The launch" />',
        '<IFRAME SRC=https://film.example/1 TITLE="The launch">',
        '<iframe src="//film.example/1" aria-label="The launch">not shown</iframe>',
        '<iframe data-src="https://film.example/1" title="The launch"></iframe>',
        '<embed src="https://film.example/1" title="The launch">',
        '<object data="https://film.example/1" title="The launch"><p>Get a player.</p></object>',
        '<amp-iframe src="https://film.example/1" title="The launch"></amp-iframe>',
    ],
)
def test_a_link_stands_where_a_frame_stood_and_nothing_after_it_is_lost(frame: str, format: str) -> None:
    html = rendered(f"<p>Before.</p>\n\n<div>{frame}</div>\n\n<p>After.</p>", format)
    link = '<p><a href="https://film.example/1">The launch</a></p>'
    assert re.sub(r"\s*\n\s*", "", html) == f"<p>Before.</p><div>{link}</div><p>After.</p>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<iframe src="https://www.youtube.com/embed/abc-1?rel=0"></iframe>', "https://www.youtube.com/watch?v=abc-1"),
        ('<iframe src="https://www.youtube-nocookie.com/embed/abc"></iframe>', "https://www.youtube.com/watch?v=abc"),
        ('<iframe src="//player.vimeo.com/video/12?h=1"></iframe>', "https://vimeo.com/12"),
        ('<iframe src="https://open.spotify.com/embed/episode/x"></iframe>', "https://open.spotify.com/episode/x"),
        (
            '<iframe src="https://w.soundcloud.com/player/?url=https%3A//soundcloud.com/a/b&color=x"></iframe>',
            "https://soundcloud.com/a/b",
        ),
        ('<amp-youtube data-videoid="abc"></amp-youtube>', "https://www.youtube.com/watch?v=abc"),
        ('<amp-twitter data-tweetid="12"></amp-twitter>', "https://twitter.com/i/web/status/12"),
    ],
)
def test_the_link_of_a_player_leads_to_the_page_of_the_film(body: str, expected: str) -> None:
    html = rendered(f"<p>Before.</p>{body}<p>After.</p>")
    link = rf'<a href="{re.escape(expected)}"><b>▶ <bdi lang="en">\w+</bdi></b> <bdi dir="ltr">.*</bdi></a>'
    card = f'<figure class="card">{link}</figure>'
    assert re.fullmatch(f"<p>Before.</p>{card}<p>After.</p>", html)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<iframe src="/chart.html"></iframe>', '<p><a href="https://courier.example/chart.html">/chart.html</a></p>'),
        ('<a href="/x"><embed src="/chart" title="A chart"></a>', '<a href="https://courier.example/x">A chart</a>'),
        ('<embed src="https://w.soundcloud.com/?url=https://[x">', '<p><a href="https://w.soundcloud.com/?url=https://[x">w.soundcloud.com</a></p>'),
        ('<iframe srcdoc="x" title="A chart"></iframe>', "<p>A chart</p>"),
        ('<iframe src="javascript:alert(1)"></iframe>', ""),
        ('<object><p>Words instead.</p></object>', "<p>Words instead.</p>"),
    ],
)  # fmt: skip
def test_a_frame_of_the_site_or_of_nothing(body: str, expected: str) -> None:
    assert rendered(body) == expected


@pytest.mark.parametrize("name", ["iframe", "textarea", "title", "style", "script", "xmp", "noembed", "noframes"])
@pytest.mark.parametrize("end", ["/>", " />", ">"])
def test_a_tag_without_an_end_swallows_no_text(name: str, end: str) -> None:
    assert "After." in markup.plain(rendered(f"<p>Before.</p><{name}{end}<p>After.</p>"))
    if name != "script":  # which may write another one
        assert "After." in rendered(f"<p>Before.</p><{name}{end}<p>After.</p><{name}></{name}>")


def test_a_comment_or_plaintext_without_an_end_swallows_no_text() -> None:
    assert "After." in rendered("<p>Before.</p><!-- begun<p>After.</p>")
    assert rendered("<!-- a --><p>b</p><!-- c -->") == "<p>b</p>"
    assert "<b>After.</b>" in rendered("<plaintext><b>After.</b>")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p>One <a name='top'/>two</p>", "<p>One <a></a>two</p>"),
        ("<p>Three <b/>four</p>", "<p>Three <b></b>four</p>"),
        ("<p>Five<br/>six</p>", "<p>Five<br>six</p>"),
        ("<a href=https://courier.example/x/>y</a>", '<a href="https://courier.example/x/">y</a>'),
        ('<a title="a /> b" href="/x">y</a>', '<a title="a /> b" href="https://courier.example/x">y</a>'),
    ],
)
def test_an_element_that_closes_itself_is_empty(body: str, expected: str) -> None:
    assert rendered(body).replace("&gt;", ">") == expected


@pytest.mark.parametrize(
    "body",
    [
        '<svg role="img" aria-label="Passengers by day"><circle cx="0" r="1"/></svg>',
        "<svg><title>Passengers by day</title><g><circle r='1'/></g></svg>",
        "<svg><text x='1'>Passengers</text><text>by day</text></svg>",
    ],
)
def test_a_drawing_leaves_its_label(body: str) -> None:
    assert markup.plain(rendered(f"<p>Before.</p>{body}<p>After.</p>")).replace("Passengersby", "Passengers by") == (
        "Before. Passengers by day After."
    )
    assert "<circle" not in rendered("<p>a</p><svg>" + "<circle r='1'/>" * 400 + "</svg><p>b</p>")


@pytest.mark.parametrize(
    "picture",
    [
        '<img src="data:image/gif;base64,R0" data-src="/quay.jpg" alt="The quay">',
        '<img src="/blank.gif" data-lazy-src="/quay.jpg" alt="The quay">',
        '<img data-original="/quay.jpg" alt="The quay">',
        '<img src="data:," data-src="/quay.jpg" alt="The quay"><noscript><img src="/quay.jpg" alt="x"></noscript>',
        '<noscript><img src="/quay.jpg" alt="The quay"></noscript><img alt="The quay" class="lazy">',
        '<amp-img src="/quay.jpg" alt="The quay"></amp-img>',
        '<img src="/tiny.jpg" data-src="/quay.jpg" alt="The quay">',
    ],
)
def test_a_lazy_picture_has_its_address_and_is_shown_once(picture: str) -> None:
    html = rendered(f"<p>{picture}</p>")
    assert sorted(re.findall(r'[a-z]+="[^"]*"', html)) == ['alt="The quay"', 'src="https://courier.example/quay.jpg"']
    assert html.count("<img") == 1


def test_a_lazy_set_of_pictures_is_kept() -> None:
    html = rendered('<img data-srcset="/a.jpg 800w,/b.jpg 1600w" alt="A">')
    assert 'srcset="https://courier.example/a.jpg 800w, https://courier.example/b.jpg 1600w"' in html


def test_a_picture_without_an_address_leaves_its_description() -> None:
    assert rendered('<p>Here: <img alt="a crane"></p>') == "<p>Here: a crane</p>"


@pytest.mark.parametrize("name", sorted(name for name, today in RENAMED.items() if today == "div"))
def test_a_block_that_goes_leaves_a_block(name: str) -> None:
    assert rendered(f"<{name}>One.</{name}><{name}>Two.</{name}>") == "<div>One.</div><div>Two.</div>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<strike>90</strike> 60", "<s>90</s> 60"),
        ("<tt>a</tt> <big>b</big> <acronym title=x>c</acronym>", '<code>a</code> <b>b</b> <abbr title="x">c</abbr>'),
        ("<font color=red>a</font>", "a"),
        ('<b style="font-weight:normal"><p>a</p></b>', "<p>a</p>"),
        ('<strong style="font-weight: 400">a</strong>', "a"),
        ('<span style="font-weight: 700">a</span>', "<span><strong>a</strong></span>"),
        ('<span style="font-style:italic; color: red">a</span>', "<span><em>a</em></span>"),
        ('<span style="TEXT-DECORATION: line-through">a</span>', "<span><s>a</s></span>"),
        ('<span style="vertical-align:super">a</span>', "<span><sup>a</sup></span>"),
        ('<font style="font-weight:bold !important">a</font>', "<strong>a</strong>"),
        ('<a href="/x" style="font-weight:bold">a</a>', '<a href="https://courier.example/x"><strong>a</strong></a>'),
        ('<p style="font-style:italic">a</p>', "<p><em>a</em></p>"),
        ("<html><head><title>Untitled</title><style>p{}</style></head><body><p>a</p></body></html>", "<p>a</p>"),
        ('<ol type="a"><li>x</li></ol><ol type="z"><li>y</li></ol>', '<ol type="a"><li>x</li></ol><ol><li>y</li></ol>'),
        ('<a href="tel:+30210">a</a> <a href="sms:+30">b</a>', '<a href="tel:+30210">a</a> <a href="sms:+30">b</a>'),
        ('<img src="tel:1" alt="x">', '<img alt="x">'),
        ('<a href="www.port.example/times">a</a>', '<a href="https://www.port.example/times">a</a>'),
        ("<p>https://film.example/x?a=1&amp;b</p>", '<p><a href="https://film.example/x?a=1&amp;b">https://film.example/x?a=1&amp;b</a></p>'),
        ("<pre>\n\na\n b</pre>", "<pre>a\n b</pre>"),
    ],
)  # fmt: skip
def test_old_tags_styles_and_values_keep_their_meaning(body: str, expected: str) -> None:
    assert rendered(body) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Write to <name>, or <your number>.", "Write to &lt;name&gt;, or &lt;your number&gt;."),
        ("x<y, and <3 too", "x&lt;y, and &lt;3 too"),
        ("</name> and <b>bold</b>", "&lt;/name&gt; and <b>bold</b>"),
        ("a <svg><title>chart</title><g/></svg> b", "a chart b"),
        ("a <my-box>b</my-box>", "a b"),
    ],
)
def test_words_in_angle_brackets_are_text_in_markdown(text: str, expected: str) -> None:
    assert rendered(text, "markdown") == f"<p>{expected}</p>"


def test_a_link_keeps_what_it_says_of_itself() -> None:
    text = '<a href="https://shop.example/" rel="sponsored opener nofollow">a</a>'
    link = markup.render(markup.Source("html", text, text), BASE)
    assert link == '<a href="https://shop.example/" rel="noopener nofollow sponsored">a</a>'


@pytest.mark.parametrize("name", ["audio", "video"])
def test_a_film_has_controls_captions_and_no_words_for_old_browsers(name: str) -> None:
    track = '<track kind="captions" src="/a.vtt" srclang="en" label="English" default>'
    html = rendered(f'<{name} autoplay loop src="/a.mp4">{track}<p>Your browser cannot play this.</p></{name}><p>b</p>')
    assert html == (
        f'<{name} loop="" src="https://courier.example/a.mp4" controls="">'
        '<track kind="captions" src="https://courier.example/a.vtt" srclang="en" label="English" default="">'
        f"</{name}><p>b</p>"
    )


BLOCKS = (
    "p",
    "h2",
    "li",
    "section",
    "aside",
    "center",
    "div",
    "blockquote",
    "figcaption",
    "form",
    "dd",
)
WRAPPERS = ("div", "main", "article", "b", "span", "font", "strike", "ul", "amp-story", "label", "fieldset")


@st.composite
def trees(draw: st.DrawFn, depth: int = 3) -> str:
    """HTML with a word of its own in each block, and elements that lose no word around and between them."""
    count = draw(st.integers(1, 3))
    parts = []
    for _ in range(count):
        if depth and draw(st.booleans()):
            wrapper = draw(st.sampled_from(WRAPPERS))
            parts.append(f"<{wrapper}>{draw(trees(depth - 1))}</{wrapper}>")
        else:
            block, word = draw(st.sampled_from(BLOCKS)), f"w{draw(st.integers(0, 10**9))}x"
            between = draw(
                st.sampled_from(["", "<br/>", "<hr/>", "<iframe src='https://a.example/' />", "<i/>", "<!-- c -->"])
            )
            parts.append(f"<{block}>{word}</{block}>{between}")
    return "".join(parts)


@settings(deadline=None)
@given(trees())
def test_every_word_of_every_block_is_kept_and_stands_apart(html: str) -> None:
    words = re.findall(r"w\d+x", html)
    assert [word for word in markup.plain(rendered(html)).split() if word.startswith("w")] == words


def test_a_comment_that_never_ends_is_not_sought_again_and_again() -> None:
    """Where lines are stamped, too: the search for the end of each one would take the square of the text's length."""
    assert normaliser.stamped("<!-- a --><b>\n<!--<i>\n" + "<!--" * 2 + "<s>") == (
        '<!-- a --><b broadsheet-line="1">\n&lt;!--<i broadsheet-line="2">\n&lt;!--&lt;!--<s broadsheet-line="3">'
    )
