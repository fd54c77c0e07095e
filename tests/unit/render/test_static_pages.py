"""The page of a static page, and what must not know it."""

import json
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

from broadsheet.model.queries import ArticlesOfMonthWithOriginals
from broadsheet.render.outputs import targets
from broadsheet.render.shared.target import ChangeSet
from tests.unit.render.newsroom import SITE, Newsroom
from tests.unit.render.test_sitemaps import NAMES
from tests.world import static_page

ABOUT = "en/who-we-are/index.html"


def sample() -> Newsroom:
    newsroom = Newsroom()
    newsroom.put("ferry")
    newsroom.put("about", **static_page(body={"format": "markdown", "text": "We write about *ferries*."}))
    newsroom.put("about-ar", **static_page(edition="ar", headline="من نحن", translation_of="about"))
    newsroom.put("imprint", **static_page(headline="Imprint", updated_at="2026-03-14T11:00:00+00:00"))
    return newsroom


def test_a_page_has_its_text_and_its_date_and_nothing_of_news() -> None:
    html = sample().build()["en/imprint/index.html"].body.decode()
    main = html[html.index("<main") : html.index("</main>")]
    assert "<h1>Imprint</h1>" in main
    assert 'Updated <time datetime="2026-03-14T13:00:00+02:00">14 March 2026</time>' in main
    for absent in ("kicker", "authors", "related", "share", "tags"):
        assert f'class="{absent}' not in main
    [data] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html)
    [page] = json.loads(data)["@graph"]
    assert (page["@type"], page["name"], page["url"]) == ("WebPage", "Imprint", "https://courier.example/en/imprint/")
    assert '<meta property="og:type" content="website">' in html


def test_pages_in_other_languages_link_to_each_other() -> None:
    built = sample().build()
    english, arabic = built[ABOUT].body.decode(), built["ar/من-نحن/index.html"].body.decode()
    for html in (english, arabic):
        assert '<link rel="alternate" hreflang="x-default" href="https://courier.example/en/who-we-are/">' in html
    assert '<a href="/ar/%D9%85%D9%86-%D9%86%D8%AD%D9%86/" lang="ar"' in english
    assert '"workTranslation": [{"@id": "https://courier.example/ar/%D9%85%D9%86-%D9%86%D8%AD%D9%86/#page"}]' in english


def test_only_the_sitemap_of_pages_lists_a_page() -> None:
    built = sample().build()
    holding = [key for key, each in built.items() if b"/en/who-we-are/" in each.body and not key.endswith(ABOUT)]
    assert holding == ["ar/من-نحن/index.html", "sitemap-pages.xml"]
    root = ET.fromstring(built["sitemap-pages.xml"].body)  # noqa: S314  it is our own
    found = {each.findtext("s:loc", "", NAMES): each for each in root.findall("s:url", NAMES)}
    about, imprint = (found[f"https://courier.example/en/{slug}/"] for slug in ("who-we-are", "imprint"))
    assert imprint.findtext("s:lastmod", "", NAMES) == "2026-03-14T11:00:00+00:00"
    assert [each.get("hreflang") for each in about.findall("xhtml:link", NAMES)] == ["en", "ar"]
    assert imprint.findall("xhtml:link", NAMES) == []


def test_a_page_costs_its_own_page_and_those_of_its_translations_and_a_sitemap() -> None:
    newsroom = sample()
    about = newsroom.articles["about"]
    translations = newsroom.changes().translations
    changes = ChangeSet(SITE, articles=(about,), translations={"about": translations["about"]})
    keys = [target.key for target in targets(changes, statics_current=True)]
    assert keys == [ABOUT, "ar/من-نحن/index.html", "sitemap-pages.xml"]


def test_an_article_that_translates_or_names_a_page_shows_nothing_of_it_but_a_link() -> None:
    newsroom = sample()
    article = newsroom.put("arabic", edition="ar", headline="عودة", translation_of="about", related=["imprint"])
    assert newsroom(ArticlesOfMonthWithOriginals("ar", SITE.month(article.published_at))) == ((article, None),)
    assert newsroom.build()["ar/fragments/related/imprint.html"].body == b""


def test_each_page_of_an_edition_has_its_menus() -> None:
    newsroom = Newsroom()
    built = newsroom.build()
    for key in ("en/index.html", "en/404.html", "en/feeds/index.html"):
        html = built[key].body.decode()
        assert '<nav class="menu" aria-label="Menu">' in html
        assert re.findall(r'<li><a href="(/en/(?:about|privacy|imprint)/)"', html) == [
            "/en/about/",
            *("/en/about/", "/en/privacy/", "/en/imprint/"),
        ]
    assert '<nav class="menu" aria-label="روابط أسفل الصفحة">' in built["ar/index.html"].body.decode()
    newsroom.put("about", **static_page(slug="about"))
    assert (
        '<a href="/en/about/" aria-current="page">About us</a>' in newsroom.build()["en/about/index.html"].body.decode()
    )


def test_an_edition_without_menus_has_no_empty_ones() -> None:
    bare = replace(SITE, editions={code: replace(each, menu=(), footer=()) for code, each in SITE.editions.items()})
    assert b'class="menu"' not in Newsroom(bare).build()["en/index.html"].body
