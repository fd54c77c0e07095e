"""The schema of an article. Most of its fields are held by tests/api/test_articles.py and test_fields.py."""

from typing import Any

import pytest

from broadsheet.model.config import parse_site
from broadsheet.model.enclosure import Enclosure
from broadsheet.model.errors import Invalid, TooLarge
from broadsheet.schemas.article import LARGEST_BODY, parse_article
from broadsheet.settings import SITE_FILE
from tests.unit.schemas.broken import Broken, broken
from tests.world import fields

SITE = parse_site(SITE_FILE.read_text(encoding="utf-8"))
IMAGE = {"src": "/images/a.jpg", "alt": "A", "width": 3, "height": 2}


def errors(**changed: Any) -> list[Broken]:
    with pytest.raises(Invalid) as refusal:
        parse_article(fields(**changed), SITE, "ferry")
    return broken(refusal.value.errors)


def test_fields_that_are_left_out_have_defaults() -> None:
    sent = {name: value for name, value in fields().items() if name in ("edition", "headline", "body", "section")}
    manuscript = parse_article(sent, SITE, "ferry")
    assert (manuscript.summary, manuscript.tags, manuscript.authors, manuscript.correction) == ("", (), (), "")
    assert (manuscript.corrections, manuscript.updated_at) == (None, None)
    assert (manuscript.kind, manuscript.status) == ("article", "published")
    assert (manuscript.image, manuscript.published_at, manuscript.slug, manuscript.translation_of) == (None,) * 4


def test_a_section_is_one_of_the_edition_s() -> None:
    [error] = errors(section="gossip")
    assert error == Broken("section", f"must be one of {', '.join(SITE.editions['en'].sections)}")
    assert errors(edition="fr") == [Broken("edition", "must be one of en, ar")]


def test_other_spellings_of_a_tag_are_left_out() -> None:
    assert parse_article(fields(tags=["Harbour", "harbour", "ferry", " HARBOUR "]), SITE, "ferry").tags == (
        "Harbour",
        "ferry",
    )


def test_a_wrong_tag_is_named_by_its_position() -> None:
    assert errors(tags=["ferry", 7]) == [Broken("tags.1", "must be a text")]


def test_a_caricature_needs_an_image() -> None:
    assert errors(kind="caricature") == [Broken("image", "is required for a caricature")]
    assert parse_article(fields(kind="caricature", image=IMAGE), SITE, "ferry").kind == "caricature"
    assert [error.field for error in errors(kind="caricature", image=IMAGE | {"width": 0})] == ["image.width"]


@pytest.mark.parametrize("src", ["http://a.example/b.jpg", "//a.example/b.jpg", "javascript:alert(1)", "https://["])
def test_the_source_of_an_image_is_an_https_url_or_a_path(src: str) -> None:
    assert errors(image=IMAGE | {"src": src}) == [Broken("image.src", "must be an https:// URL or a path of the site")]


@pytest.mark.parametrize("lang", ["english", "en_GB", "en\n", 7])
def test_the_language_of_a_caption_is_a_language_tag(lang: object) -> None:
    assert [error.field for error in errors(image=IMAGE | {"lang": lang})] == ["image.lang"]


AUDIO = {"url": "https://media.example/talk.mp3"}
SUFFIX = "is required, because the suffix of enclosure.url does not tell it"
AUDIO_TYPE = "must be the media type of audio or video, like audio/mpeg"


def test_the_suffix_of_an_enclosure_tells_its_type_and_the_rest_may_be_unknown() -> None:
    assert parse_article(fields(enclosure=AUDIO), SITE, "ferry").enclosure == Enclosure(AUDIO["url"], "audio/mpeg")
    whole = AUDIO | {"type": "audio/aac", "length": 9, "duration": 8, "title": " Talk  of the week"}
    assert parse_article(fields(enclosure=whole), SITE, "ferry").enclosure == Enclosure(
        AUDIO["url"], "audio/aac", 9, 8, "Talk of the week"
    )


@pytest.mark.parametrize(
    ("changed", "field", "rule"),
    [
        ({"url": "http://media.example/a.mp3"}, "enclosure.url", "must be an https:// URL or a path of the site"),
        ({"url": "/live"}, "enclosure.type", SUFFIX),
        (
            {"url": "https://a.mp3"},
            "enclosure.type",
            "is required, because the suffix of enclosure.url does not tell it",
        ),
        ({"type": "text/html"}, "enclosure.type", AUDIO_TYPE),
        ({"type": "audio/mpeg; q=1"}, "enclosure.type", AUDIO_TYPE),
        ({"length": 0}, "enclosure.length", "must be a whole number of bytes from 1 to 1,000,000,000,000"),
        ({"length": "9"}, "enclosure.length", "must be a whole number of bytes from 1 to 1,000,000,000,000"),
        ({"duration": "12:34"}, "enclosure.duration", "must be a whole number of seconds from 1 to 1,000,000"),
        ({"bitrate": 9}, "enclosure.bitrate", "is not a known field"),
    ],
)
def test_a_wrong_field_of_an_enclosure_is_named(changed: dict[str, Any], field: str, rule: str) -> None:
    assert errors(enclosure=AUDIO | changed) == [Broken(field, rule)]


@pytest.mark.parametrize("name", ["slug", "translation_of"])
def test_a_slug_and_an_id_have_rules_of_their_own(name: str) -> None:
    for value in ("", "Ferry ship", "-ferry", 7):
        assert [error.field for error in errors(**{name: value})] == [name]
    assert getattr(parse_article(fields(**{name: "tram"}), SITE, "ferry"), name) == "tram"


TAGS = [f"Pier {number}" for number in range(12)]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"related": ["a", "b", "a"]}, "related.2"),
        ({"related": ["a", "b/c"]}, "related.1"),
        ({"related": ["a", "b", "c", "d"]}, "related"),
        ({"related": "a"}, "related"),
        ({"related": ["a"], "tags": TAGS[1:]}, "tags"),
    ],
)
def test_related_articles_are_at_most_three_ids_none_twice(changed: dict[str, Any], field: str) -> None:
    assert [error.field for error in errors(**changed)] == [field]


def test_related_articles_keep_their_order_and_leave_room_for_ten_tags() -> None:
    assert parse_article(fields(related=["c", "a", "b"], tags=TAGS[2:]), SITE, "ferry").related == ("c", "a", "b")
    assert parse_article(fields(tags=TAGS), SITE, "ferry").related == ()


def test_a_body_over_the_limit_is_too_large() -> None:
    parse_article(fields(body={"format": "html", "text": "a" * LARGEST_BODY}), SITE, "ferry")
    with pytest.raises(TooLarge):
        parse_article(fields(body={"format": "html", "text": "ä" * (LARGEST_BODY // 2 + 1)}), SITE, "ferry")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\u200b\u2800",
        "<p>&nbsp;</p><p></p>",
        "<!-- a --><div title=b><br/></div>",
        "<script>a()</script>",
        "&#8203;",
    ],
)
def test_an_article_has_something_to_read(text: str) -> None:
    body = {"format": "html", "text": text}
    assert errors(body=body) == [Broken("body.text", "must have something to read")]
    assert parse_article(fields(body=body, kind="caricature", image=IMAGE), SITE, "ferry").text == text
    assert parse_article(fields(body=body, status="draft"), SITE, "ferry").text == text


@pytest.mark.parametrize(
    "text",
    [
        "<img src=/a.jpg>",
        "<p><IFRAME src=https://film.example/1></iframe></p>",
        "<amp-youtube data-videoid=a></amp-youtube>",
        "![](/a.jpg)",
        "<https://film.example/1>",
        "<!-- a -->b<!-- c -->",
        "<!-- a",
        "3 < 4",
        "&copy;",
    ],
)
def test_a_picture_a_frame_or_a_word_is_something_to_read(text: str) -> None:
    assert parse_article(fields(body={"format": "markdown", "text": text}), SITE, "ferry").text == text


def test_texts_of_one_line_are_empty_or_refused_without_anything_to_see() -> None:
    unseen = "\u200b\u2800\u3164 \ufe0f"
    sent = fields(summary=unseen, correction=unseen, image=IMAGE | {"alt": unseen, "caption": unseen, "credit": unseen})
    manuscript = parse_article(sent, SITE, "ferry")
    assert manuscript.image
    assert not any((manuscript.summary, manuscript.correction, manuscript.image.alt, manuscript.image.caption))
    assert not manuscript.image.credit
    for name, value in (("headline", unseen), ("tags", [unseen]), ("authors", [unseen])):
        assert [error.rule for error in errors(**{name: value})] == ["must have something to read"]


def test_spellings_of_a_tag_that_differ_by_invisible_characters_are_one_tag() -> None:
    tags = ["\u200f❤\ufe0f", "❤", "می\u200cخواهم\u200b", "میخواهم"]
    assert parse_article(fields(tags=tags), SITE, "ferry").tags == ("❤\ufe0f", "می\u200cخواهم")


def test_tags_and_authors_fit_into_a_transaction_together() -> None:
    tags, authors = ([f"{word} {number}" for number in range(12)] for word in ("tag", "author"))
    assert parse_article(fields(tags=tags, authors=authors[:7]), SITE, "ferry").tags == tuple(tags)
    assert len(parse_article(fields(tags=tags[:11], authors=authors[:8]), SITE, "ferry").authors) == 8
    error = Broken("tags", "must have at most 19 items together with authors")
    assert errors(tags=tags, authors=authors[:8]) == [error]
