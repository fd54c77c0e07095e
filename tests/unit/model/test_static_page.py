"""Static pages: their paths, what they may be called, and that they are in no channel."""

import re
from datetime import timedelta
from typing import Any

import pytest

from broadsheet.model.article import Article, paths, postpone, revise, withdraw
from broadsheet.model.config import parse_site
from broadsheet.model.errors import Invalid
from broadsheet.model.reserved import is_reserved
from broadsheet.schemas.article import parse_article
from broadsheet.settings import SITE_FILE
from tests.unit.render.test_outputs import sample
from tests.unit.schemas.broken import Broken, broken
from tests.world import NOON, fields, static_page

SITE = parse_site(SITE_FILE.read_text(encoding="utf-8"))
OWN = re.compile(r"en/([^/.]+)[^/]*/?")
DATED = re.compile(r"-\d{4}-\d\d.*")


def put(previous: Article | None = None, **changed: Any) -> Article:
    return revise(previous, "about", parse_article(static_page(**changed), SITE, "about"), NOON, SITE)


def refusals(previous: Article | None = None, **changed: Any) -> list[Broken]:
    with pytest.raises(Invalid) as refusal:
        put(previous, **changed)
    return broken(refusal.value.errors)


def test_the_path_of_a_page_has_no_day_and_no_number() -> None:
    page = put()
    assert page.path == "/en/who-we-are/"
    assert [*paths(page, SITE)] == ["/en/who-we-are/"]
    assert put(page, slug="about").path == "/en/about/"
    assert put(page, edition="ar").path == "/ar/who-we-are/"
    assert put(page, headline="What we do").path == put(page, published_at="2025-01-01T00:00:00Z").path == page.path
    with pytest.raises(ValueError, match="no day"):
        _ = page.day


def test_a_page_is_in_no_channel() -> None:
    assert (put().live, put().channels, dict(put().names)) == (True, (), {})


def test_a_page_is_scheduled_postponed_and_withdrawn_at_its_path() -> None:
    assert put(published_at="2026-03-15T10:00:00Z").scheduled
    later = postpone(put(), NOON + timedelta(days=1), NOON, SITE)
    assert (later.scheduled, later.path) == (True, "/en/who-we-are/")
    assert withdraw(put(), NOON).path == "/en/who-we-are/"


@pytest.mark.parametrize(
    "slug", ["archive", "section", "caricatures", "newsletter", "images", "search", "feed", "2026"]
)
def test_a_page_cannot_be_called_like_a_folder_of_the_site(slug: str) -> None:
    rule = f"must be another one for a page: /{slug}/ is reserved for the site itself"
    assert refusals(slug=slug) == refusals(headline=slug.title()) == [("slug", rule)]
    assert revise(None, "news", parse_article(fields(slug=slug), SITE, "news"), NOON, SITE).live


def test_years_of_four_digits_alone_are_reserved() -> None:
    assert not any(map(is_reserved, ("about", "year-2026", "20260", "199", "archives")))


def test_whatever_an_edition_s_folder_holds_is_reserved() -> None:
    """A new kind of page or file in that folder needs its name in `reserved`."""
    newsroom = sample()
    pages = {article.stem for article in newsroom.articles.values() if article.is_page}
    names = {DATED.sub("", match[1]) for key in newsroom.build() if (match := OWN.match(key))} - pages
    assert names >= {"2026", "archive", "feed", "fragments", "section", "sitemap", "tag"}
    assert [name for name in names if not is_reserved(name)] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("section", "city"),
        ("tags", ["harbour"]),
        ("authors", ["Lina Haddad"]),
        ("enclosure", {"url": "/media/talk.mp3"}),
        ("correction", "It was Monday."),
        ("corrections", [{"text": "It was Monday."}]),
        ("related", ["ferry"]),
    ],
)
def test_what_only_news_has_is_refused(name: str, value: Any) -> None:
    assert refusals(**{name: value}) == [(name, "must be left out for a page")]


def test_an_article_needs_a_section_and_a_page_a_text() -> None:
    with pytest.raises(Invalid) as refusal:
        parse_article(fields(section=None), SITE, "news")
    assert broken(refusal.value.errors) == [("section", "is required")]
    assert refusals(body={"format": "markdown", "text": " "}) == [("body.text", "must have something to read")]


def test_no_article_becomes_a_page_and_no_page_an_article() -> None:
    article = revise(None, "about", parse_article(fields(), SITE, "about"), NOON, SITE)
    rule = "must stay as it is: no article becomes a page, and no page an article; use another id"
    assert refusals(article) == refusals(withdraw(article, NOON)) == [("kind", rule)]
    with pytest.raises(Invalid):
        revise(put(status="draft"), "about", parse_article(fields(), SITE, "about"), NOON, SITE)
