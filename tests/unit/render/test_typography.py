"""What editors type with a plain keyboard is printed as a newspaper prints it; what they typed stays stored."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.render.shared.typesetting import on_page
from broadsheet.render.shared.typography import quotes, typeset
from tests.unit.render.newsroom import Newsroom


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ('It\'s the "night ferry".', "It’s the “night ferry”."),
        ("'Never,' she said.", "‘Never,’ she said."),
        ("\"'Nested' quotes,\" he said", "“‘Nested’ quotes,” he said"),
        ('("in brackets") —"after a dash"', "(“in brackets”) —“after a dash”"),
        ("the dogs' bones, O'Brien's, the '90s, rock 'n' roll", "the dogs’ bones, O’Brien’s, the ’90s, rock ’n’ roll"),
        ("'twill and 'tis", "’twill and ’tis"),
        ('"A paragraph that the next one continues.', "“A paragraph that the next one continues."),
        ("He is 5'10\" tall", "He is 5'10\" tall"),
        ("“typed” ‘so’ it’s", "“typed” ‘so’ it’s"),
        ('see "https://courier.example/it\'s"', "see “https://courier.example/it's”"),
        ("it's ('1') in '68", "it’s (‘1’) in ’68"),
    ],
)
def test_english_has_typographic_marks(typed: str, printed: str) -> None:
    assert quotes(typed, "en") == quotes(typed, "en-GB") == printed


def test_other_languages_keep_their_own_marks() -> None:
    assert quotes('قال "كما هي" و«هكذا» ثم "as is"', "ar") == 'قال "كما هي" و«هكذا» ثم “as is”'
    assert quotes("L'heure \"exacte\" et 'rien'", "fr") == "L’heure \"exacte\" et 'rien'"


@given(st.text(alphabet="ab1 \"'’“«ا&;<>–./:@\n"), st.sampled_from(["en", "ar", "fr"]))
def test_only_straight_marks_change_and_twice_is_once(text: str, language: str) -> None:
    printed = quotes(text, language)
    assert len(printed) == len(text)
    assert all(was == now or was in "\"'" for was, now in zip(text, printed, strict=True))


def test_a_range_of_numbers_is_not_broken_and_the_text_is_escaped() -> None:
    assert typeset("<b> 2–2", "en") == '&lt;b&gt; <span class="range">2–2</span>'
    for plain in ("1990–", "–5", "A–B", "2-2", "12–13a"):
        assert typeset(plain, "en") == plain


def page(html: str, language: str = "en") -> str:
    return on_page(html, language, "rtl" if language == "ar" else "ltr", "Link to “{title}”", "Back", {})


def test_marks_are_set_across_elements_and_never_in_code_or_attributes() -> None:
    html = '<p title="it\'s">"One <em>two"</em> <code>"x" 1–2</code> <a href="https://a.example/?q=\'x\'">it\'s</a></p>'
    printed = (
        '<p title="it\'s">“One <em>two”</em> <code>"x" 1–2</code> <a href="https://a.example/?q=\'x\'">it’s</a></p>'
    )
    assert page(html) == printed
    assert page("<pre>'x'</pre>") == "<pre>'x'</pre>"
    assert page('<p>"a</p><p>b"</p>') == "<p>“a</p><p>b”</p>"


@pytest.mark.parametrize(
    ("typed", "levels"),
    [("2 4 4 2", "2 3 3 2"), ("3 2 3", "2 2 3"), ("2 3 4 5 6", "2 3 4 5 6"), ("2 5 3 6", "2 3 3 4")],
)
def test_headings_skip_no_level(typed: str, levels: str) -> None:
    html, expected = ("".join(f"<h{each}>A</h{each}>" for each in given.split()) for given in (typed, levels))
    assert page(html) == expected


ARABIC, ENGLISH = "هذه فقرة بالعربية", "An English paragraph"


def test_a_block_in_the_other_direction_says_so_and_no_other_does() -> None:
    assert page(f"<p>{ENGLISH}</p><p>2–2</p>") == f'<p>{ENGLISH}</p><p><span class="range">2–2</span></p>'
    assert page(f"<p>{ARABIC}</p><p>{ENGLISH}</p>", "ar") == f'<p>{ARABIC}</p><p dir="ltr">{ENGLISH}</p>'
    assert page(f"<p>{ARABIC}</p><p>{ENGLISH}</p>") == f'<p dir="rtl">{ARABIC}</p><p>{ENGLISH}</p>'
    # The direction of a sentence is not that of its first word.
    assert page("<p>الميناء is the harbour</p>") == "<p>الميناء is the harbour</p>"


def test_a_list_and_a_table_have_one_direction_but_for_what_differs_within() -> None:
    html = f"<ul><li>{ENGLISH}</li><li>{ENGLISH} too</li><li>{ARABIC}</li></ul>"
    assert page(html, "ar") == f'<ul dir="ltr"><li>{ENGLISH}</li><li>{ENGLISH} too</li><li dir="rtl">{ARABIC}</li></ul>'
    html = f"<table><tbody><tr><td>{ARABIC}</td><td>Radio</td><td>5</td></tr></tbody></table>"
    assert page(html, "ar") == html.replace("<td>Radio", '<td dir="ltr">Radio')
    assert page(f"<blockquote><p>{ENGLISH}</p></blockquote>", "ar").startswith('<blockquote dir="ltr"><p>An')


def test_a_direction_that_the_editor_gave_stays() -> None:
    html = f'<p dir="rtl">{ENGLISH}</p><blockquote dir="ltr"><p>{ENGLISH}</p></blockquote>'
    assert page(html, "ar") == html
    assert page(f'<div dir="rtl"><p>{ARABIC}</p></div>') == f'<div dir="rtl"><p>{ARABIC}</p></div>'


@pytest.mark.parametrize("piece", ['"', "'", "a'", '"a@', "x://", "<p>", "2–2", "ا<li>", "'\" "])
def test_the_time_is_proportional_to_the_text(piece: str) -> None:
    started = time.process_time()
    page(piece * (200_000 // len(piece)), "ar")
    assert time.process_time() - started < 5


def test_pages_are_set_and_what_is_stored_and_in_feeds_is_as_it_was_typed() -> None:
    newsroom = Newsroom()
    text = 'It\'s **"on time"**.\n\n# A\n\n### B'
    headline = "The harbour's 2–2"
    article = newsroom.put("a", headline=headline, summary="It's", body={"format": "markdown", "text": text})
    built = newsroom.build()
    html = built[f"{article.path}index.html"[1:]].body.decode()
    assert "<title>The harbour’s 2–2 – " in html
    assert '<h1>The harbour’s <span class="range">2–2</span></h1>' in html
    assert "It’s <strong>“on time”</strong>." in html
    assert "It&#39;s" not in html
    item = json.loads(built["en/feed.json"].body)["items"][0]
    assert (item["title"], item["summary"]) == (headline, "It's")
    assert 'It\'s <strong>"on time"</strong>' in item["content_html"]
    assert "<h4" in item["content_html"]


def test_a_text_of_minutes_says_how_long_it_takes() -> None:
    newsroom = Newsroom()
    for words, edition, expected in (
        (340, "en", None),
        (460, "en", "2 min read"),
        (920, "en", "4 min read"),
        (460, "ar", "مدة القراءة: دقيقتان"),
        (920, "ar", "مدة القراءة: 4 دقائق"),
        (2530, "ar", "مدة القراءة: 11 دقيقة"),
    ):
        text = "word " * words
        article = newsroom.put("a", edition=edition, body={"format": "markdown", "text": text})
        html = newsroom.build()[f"{article.path}index.html"[1:]].body.decode()
        assert (f"<span>{expected}</span>" in html) if expected else "min read" not in html


def test_an_article_in_another_language_says_so_wherever_its_words_are() -> None:
    newsroom = Newsroom()
    article = newsroom.put(
        "a",
        headline="L'heure du port",
        summary="Un entretien",
        language="fr",
        tags=["harbour"],
        authors=["Lina Haddad"],
    )
    newsroom.put("b", edition="ar", headline="خبر", related=["a"])
    built = newsroom.build()
    html = built[f"{article.path}index.html"[1:]].body.decode()
    attributes = ' lang="fr" dir="ltr"'
    for part in (f"<h1{attributes}>L’heure", f'<p class="standfirst"{attributes}>', f'<div class="body"{attributes}>'):
        assert part in html
    assert '"inLanguage": "fr"' in html
    assert '<html lang="en" dir="ltr">' in html
    for key in ("en/index.html", "en/section/city/index.html", "en/fragments/latest.html", "en/fragments/ticker.html"):
        assert f"{attributes}>L’heure" in built[key].body.decode()
    assert f"{attributes}>L’heure" in built["ar/fragments/related/a.html"].body.decode()
    item = json.loads(built["en/feed.json"].body)["items"][0]
    assert item["language"] == "fr"
    assert item["content_html"].startswith('<div lang="fr" dir="ltr">')
    assert b'xml:lang="fr"' in built["en/feed.atom"].body
    assert b"<dc:language>fr</dc:language>" in built["en/feed.xml"].body
    assert 'lang="fr"' not in built["en/archive/index.html"].body.decode()
