"""Pages: semantic, escaped, correct in both directions, without inline scripts or styles."""

import gzip
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadsheet.model.config import Edition
from broadsheet.render.shared.locale import autonym, direction, locale
from tests.unit.render.newsroom import NOON, SITE, Newsroom
from tests.unit.render.test_outputs import IMAGE, sample

BUILT = sample().build()
PAGES = {key: output.body.decode() for key, output in BUILT.items() if key.endswith(".html")}
WHOLE = {key: html for key, html in PAGES.items() if "/fragments/" not in key}
ARTICLE = "en/2026/03/14/ferry-returns-to-the-old-harbour/index.html"


class Outline(HTMLParser):
    """The tags of a page with their attributes, in order. Fails if they do not nest."""

    VOID = frozenset({"meta", "link", "img", "input", "br", "hr"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.stack: list[str] = []
        self.feed(html)
        assert self.stack == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def all(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


@pytest.mark.parametrize("html", PAGES.values(), ids=PAGES)
def test_a_page_nests_and_has_unique_ids_and_no_inline_scripts_or_styles(html: str) -> None:
    """The content security policy blocks inline scripts and styles."""
    outline = Outline(html)
    # Linked data is no script: nothing runs it.
    assert all("src" in script or script["type"] == "application/ld+json" for script in outline.all("script"))
    assert not outline.all("style")
    assert not [name for _, attributes in outline.tags for name in attributes if name.startswith(("on", "style"))]
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(("key", "html"), WHOLE.items(), ids=WHOLE)
def test_a_page_has_one_headline_its_language_and_a_skip_link(key: str, html: str) -> None:
    outline = Outline(html)
    assert len(outline.all("h1")) == len(outline.all("main")) == len(outline.all("title")) == 1
    language = "ar" if key.startswith("ar/") else "en"
    assert outline.all("html") == [{"lang": language, "dir": "rtl" if language == "ar" else "ltr"}]
    if key != "index.html":
        assert outline.all("a")[0]["href"] == "#content"
        assert outline.all("main")[0]["id"] == "content"


@pytest.mark.parametrize("html", PAGES.values(), ids=PAGES)
def test_every_link_within_the_site_has_a_target(html: str) -> None:
    for attributes in Outline(html).all("a", "link", "script"):
        address = (attributes.get("href") or attributes.get("src") or "").removeprefix(SITE.base_url)
        if address.startswith("/"):
            assert unquote(address[1:]) + "index.html" * address.endswith("/") in BUILT


def test_caches_keep_pages_for_a_minute_and_assets_for_an_hour() -> None:
    site = BUILT
    assert site["en/index.html"].cache_control.startswith("public, max-age=60, stale-while-revalidate=")
    assert site["assets/site.css"].cache_control.startswith("public, max-age=3600, stale-while-revalidate=")
    assert site["en/index.html"].content_type == "text/html; charset=utf-8"


def test_styles_and_scripts_are_small() -> None:
    """The compressed size of what a page loads."""
    styles, scripts = (
        sum(len(gzip.compress(BUILT[f"assets/{name}"].body)) for name in names)
        for names in (["site.css"], ["theme.js", "site.js"])
    )
    assert styles < 8_000
    assert scripts < 5_000


def test_the_stylesheet_has_logical_properties_only() -> None:
    css = BUILT["assets/site.css"].body.decode()
    assert not re.search(r"(margin|padding|border)-(left|right)|float:|[{;]\s*(left|right):", css)


@settings(deadline=None, max_examples=20)
@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_what_editors_type_is_text_and_never_markup(headline: str, author: str, tag: str) -> None:
    newsroom = Newsroom()
    evil = "\"'><script>alert(1)</script>{{ 7*7 }}"
    newsroom.put("a", headline=f"{evil}{headline}", authors=[f"{evil}{author}"], tags=[f"{evil}{tag}"])
    pages = [output.body for key, output in newsroom.build().items() if key.endswith(".html")]
    assert not any(b"<script>" in page for page in pages)
    assert any(b"{{ 7*7 }}" in page for page in pages)


def test_an_article_has_its_authors_and_its_time_in_the_sites_time_zone() -> None:
    """Two zones ahead of UTC in March."""
    html = PAGES[ARTICLE]
    assert '<time datetime="2026-03-14T10:00:00+02:00">14 March 2026, 10:00</time>' in html
    assert "<bdi>L. H.</bdi></a>, " in html
    assert (
        '<link rel="canonical" href="https://courier.example/en/2026/03/14/ferry-returns-to-the-old-harbour/">' in html
    )
    assert '<meta name="description" content="S">' in html
    assert '<span lang="ar" dir="rtl">B</span>' in html
    assert "Updated" not in html


def test_a_correction_is_dated_and_a_late_import_is_not_a_correction() -> None:
    newsroom = Newsroom()
    newsroom.put("a")
    assert "Updated" not in newsroom.build()[ARTICLE].body.decode()
    newsroom.put("a", NOON + timedelta(hours=1), summary="Corrected.")
    assert (
        'Updated <time datetime="2026-03-14T15:00:00+02:00">14 March 2026, 15:00</time>'
        in newsroom.build()[ARTICLE].body.decode()
    )


def test_a_caricature_shows_its_image_first() -> None:
    html = next(html for key, html in WHOLE.items() if 'class="story caricature"' in html)
    assert html.index("<figure>") < html.index("<h1>")
    assert PAGES[ARTICLE].index("<h1>") < PAGES[ARTICLE].index("<figure>")


def test_the_sign_up_form_needs_no_script() -> None:
    html = PAGES["ar/index.html"]
    assert '<form method="post" action="/api/subscriptions"' in html
    assert '<input type="hidden" name="edition" value="ar">' in html
    assert re.search(r'<input id="newsletter-email" type="email" name="email" required', html)


def test_error_pages_are_not_indexed_and_explain_themselves() -> None:
    assert '<meta name="robots" content="noindex">' in PAGES["en/404.html"]
    assert "<h1>This page is no longer available</h1>" in PAGES["en/410.html"]
    assert "<h1>لم تعد هذه الصفحة متاحة</h1>" in PAGES["ar/410.html"]
    # A withdrawn article answers 410, and so does a tag or an author that has none any more.
    assert "What was published at this address has been taken down." in PAGES["en/410.html"]


def test_error_pages_lead_to_the_news() -> None:
    for code in ("en", "ar"):
        for status in (404, 410):
            main = PAGES[f"{code}/{status}.html"].partition("<main")[2].partition("</main>")[0]
            assert f'data-fragment="/{code}/fragments/latest.html"' in main
            for path in ("", "archive/", "feeds/", *(f"section/{key}/" for key in SITE.editions[code].sections)):
                assert f'<a href="/{code}/{path}">' in main
            assert PAGES[f"{code}/{status}.html"].count("fragments/latest.html") == 1


def test_the_page_of_a_section_does_not_repeat_its_name_above_headlines() -> None:
    assert '<a href="/en/section/city/">City</a>' not in PAGES["en/section/city/index.html"].partition("<main")[2]
    assert '<a href="/en/section/city/">City</a>' in PAGES["en/tag/x/index.html"].partition("<main")[2]


def test_arabic_dates_have_arabic_months_and_western_numerals() -> None:
    at = datetime(2025, 4, 15, 8, 5, tzinfo=UTC)
    arabic, english = (locale(SITE.editions[code]).dates for code in ("ar", "en"))
    assert arabic.moment(at) == "15 أبريل 2025، 08:05"
    assert arabic.weekday(at) == "الثلاثاء 15 أبريل 2025"
    assert english.weekday(at) == "Tuesday, 15 April 2025"


def test_an_edition_in_a_language_without_a_locale_gets_english_texts() -> None:
    french, egyptian = (Edition(code, "Le Courrier", "-", "ltr", {"a": "A"}) for code in ("fr", "ar-eg"))
    english, arabic = (locale(SITE.editions[code]).layout for code in ("en", "ar"))
    assert (locale(french).layout, autonym(french)) == (english, "Le Courrier")
    assert (locale(egyptian).layout, autonym(egyptian)) == (arabic, "العربية")
    assert (locale(french).dates.tag, locale(egyptian).dates.tag) == ("fr-u-nu-latn", "ar-eg-u-nu-latn")


def test_an_edition_writes_its_dates_in_the_numerals_and_months_that_it_is_set_to() -> None:
    arabic = replace(SITE.editions["ar"], numerals="arab", months="levant")
    newsroom = Newsroom(replace(SITE, editions={"ar": arabic}))
    newsroom.put("a", edition="ar", headline="الميناء ليلًا")
    pages = {key: output.body.decode() for key, output in newsroom.build().items() if key.endswith(".html")}
    article = pages["ar/2026/03/14/الميناء-ليلا/index.html"]
    assert '<time datetime="2026-03-14T10:00:00+02:00">١٤ آذار ٢٠٢٦، ١٠:٠٠</time>' in article
    assert 'data-locale="ar-LB-u-nu-arab"' in article
    month = pages["ar/2026/03/index.html"]
    assert "<h1" in month
    assert "آذار ٢٠٢٦" in month
    assert '<span aria-hidden="true">١٤</span> <small aria-hidden="true">١</small>' in month
    assert "<title>١٤ آذار ٢٠٢٦: ١</title>" in pages["ar/fragments/2026-03.html"]
    assert not re.search(r">[^<]*[0-9][^<]*<", month.partition("<main")[2].partition("</main>")[0])
    assert (direction("ar-EG"), direction("en")) == ("rtl", "ltr")


def test_a_removed_section_is_called_by_its_key() -> None:
    """Articles published before a change of the settings do not break."""
    newsroom = Newsroom()
    newsroom.put("a", image=IMAGE)
    sections = {"sport": "Sport"}
    edition = SITE.editions["en"]
    newsroom.site = replace(SITE, editions={"en": replace(edition, sections=sections)})
    assert "city" in newsroom.build()[ARTICLE].body.decode()
