"""The schema of an article. Most of its fields are held by tests/api/test_articles.py and test_fields.py."""

from typing import Any

import pytest

from broadsheet.model.config import parse_site
from broadsheet.model.errors import FieldError, Invalid, TooLarge
from broadsheet.schemas.article import LARGEST_BODY, parse_article
from broadsheet.settings import SITE_FILE
from tests.world import fields

SITE = parse_site(SITE_FILE.read_text(encoding="utf-8"))
IMAGE = {"src": "/images/a.jpg", "alt": "A", "width": 3, "height": 2}


def errors(**changed: Any) -> list[FieldError]:
    with pytest.raises(Invalid) as refusal:
        parse_article(fields(**changed), SITE)
    return list(refusal.value.errors)


def test_fields_that_are_left_out_have_defaults() -> None:
    sent = {name: value for name, value in fields().items() if name in ("edition", "headline", "body", "section")}
    manuscript = parse_article(sent, SITE)
    assert (manuscript.summary, manuscript.tags, manuscript.authors, manuscript.correction) == ("", (), (), "")
    assert (manuscript.corrections, manuscript.updated_at) == (None, None)
    assert (manuscript.kind, manuscript.status) == ("article", "published")
    assert (manuscript.image, manuscript.published_at, manuscript.slug, manuscript.translation_of) == (None,) * 4


def test_a_section_is_one_of_the_edition_s() -> None:
    [error] = errors(section="gossip")
    assert error == FieldError("section", f"must be one of {', '.join(SITE.editions['en'].sections)}")
    assert errors(edition="fr") == [FieldError("edition", "must be one of en, ar")]


def test_other_spellings_of_a_tag_are_left_out() -> None:
    assert parse_article(fields(tags=["Harbour", "harbour", "ferry", " HARBOUR "]), SITE).tags == ("Harbour", "ferry")


def test_a_wrong_tag_is_named_by_its_position() -> None:
    assert errors(tags=["ferry", 7]) == [FieldError("tags.1", "must be a text")]


def test_a_caricature_needs_an_image() -> None:
    assert errors(kind="caricature") == [FieldError("image", "is required for a caricature")]
    assert parse_article(fields(kind="caricature", image=IMAGE), SITE).kind == "caricature"
    assert [error.field for error in errors(kind="caricature", image=IMAGE | {"width": 0})] == ["image.width"]


@pytest.mark.parametrize("src", ["http://a.example/b.jpg", "//a.example/b.jpg", "javascript:alert(1)", "https://["])
def test_the_source_of_an_image_is_an_https_url_or_a_path(src: str) -> None:
    assert errors(image=IMAGE | {"src": src}) == [
        FieldError("image.src", "must be an https:// URL or a path of the site")
    ]


@pytest.mark.parametrize("lang", ["english", "en_GB", "en\n", 7])
def test_the_language_of_a_caption_is_a_language_tag(lang: object) -> None:
    assert [error.field for error in errors(image=IMAGE | {"lang": lang})] == ["image.lang"]


@pytest.mark.parametrize("name", ["slug", "translation_of"])
def test_a_slug_and_an_id_have_rules_of_their_own(name: str) -> None:
    for value in ("", "Ferry ship", "-ferry", 7):
        assert [error.field for error in errors(**{name: value})] == [name]
    assert getattr(parse_article(fields(**{name: "ferry"}), SITE), name) == "ferry"


def test_a_body_over_the_limit_is_too_large() -> None:
    parse_article(fields(body={"format": "html", "text": "a" * LARGEST_BODY}), SITE)
    with pytest.raises(TooLarge):
        parse_article(fields(body={"format": "html", "text": "ä" * (LARGEST_BODY // 2 + 1)}), SITE)
