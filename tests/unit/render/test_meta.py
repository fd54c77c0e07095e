"""The metadata of pages: cards and linked data."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest

from broadsheet.model import config
from broadsheet.settings import SITE_FILE
from tests.unit.render.newsroom import NOON, SITE, Newsroom

LINKED = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
CARD = re.compile(r'<meta (?:property|name)="((?:og|article|twitter):[^"]+)" content="([^"]*)">')
IMAGE = {"src": "/media/quay.jpg", "alt": "The quay", "credit": "Nadia Rahal", "width": 1600, "height": 900}
NASTY = "</script><script>alert(1)</script> & <!-- \u2028 \"quoted\" 'it' ]]> \\u003c"


def page(newsroom: Newsroom, id: str) -> str:
    return newsroom.build()[f"{str(newsroom.articles[id].path)[1:]}index.html"].body.decode()


def graph(html: str) -> dict[str, Any]:
    """The objects in a page's linked data, by type."""
    (text,) = LINKED.findall(html)
    data = json.loads(text)
    assert data["@context"] == "https://schema.org"
    return {thing["@type"]: thing for thing in data["@graph"]}


def test_an_article_has_linked_data_breadcrumbs_and_a_card() -> None:
    newsroom = Newsroom()
    newsroom.put("a", tags=["Old Harbour"], authors=["Lina Haddad"], image=IMAGE, summary="Six o'clock.")
    html = page(newsroom, "a")
    data = graph(html)
    news, trail = data["NewsArticle"], data["BreadcrumbList"]
    address = SITE.url(str(newsroom.articles["a"].path))
    assert news["mainEntityOfPage"] == address
    assert news["headline"] == "Ferry returns to the old harbour"
    assert news["datePublished"] == news["dateModified"] == "2026-03-14T10:00:00+02:00"
    assert (news["articleSection"], news["keywords"], news["inLanguage"]) == ("City", ["Old Harbour"], "en")
    assert news["author"] == [
        {"@type": "Person", "name": "Lina Haddad", "url": SITE.url("/en/author/lina-haddad/")},
    ]
    assert news["image"]["url"] == SITE.url("/media/quay.jpg")
    assert (news["image"]["width"], news["image"]["creditText"]) == (1600, "Nadia Rahal")
    assert news["publisher"]["name"] == "The Salima Courier"
    steps = [(step["position"], step["name"], step["item"]) for step in trail["itemListElement"]]
    assert steps == [
        (1, "The Salima Courier", SITE.url("/en/")),
        (2, "City", SITE.url("/en/section/city/")),
        (3, "Ferry returns to the old harbour", address),
    ]
    card = dict(CARD.findall(html))
    assert (card["og:type"], card["og:url"], card["twitter:card"]) == ("article", address, "summary_large_image")
    assert (card["og:image"], card["og:image:alt"]) == (SITE.url("/media/quay.jpg"), "The quay")
    assert card["article:published_time"] == "2026-03-14T10:00:00+02:00"
    assert card["article:section"] == "City"


def test_a_correction_changes_the_modification_time() -> None:
    newsroom = Newsroom()
    newsroom.put("a")
    newsroom.put("a", NOON.replace(hour=15), summary="Corrected.")
    html = page(newsroom, "a")
    assert graph(html)["NewsArticle"]["dateModified"] == "2026-03-14T17:00:00+02:00"
    assert dict(CARD.findall(html))["article:modified_time"] == "2026-03-14T17:00:00+02:00"


def test_the_author_of_an_article_without_authors_is_the_publisher() -> None:
    newsroom = Newsroom()
    newsroom.put("a")
    news = graph(page(newsroom, "a"))["NewsArticle"]
    assert news["author"]["@id"] == news["publisher"]["@id"]


@pytest.mark.parametrize("edition", ["en", "ar"])
def test_no_text_can_end_the_script_element_around_it(edition: str) -> None:
    newsroom = Newsroom()
    newsroom.put("a", edition=edition, headline=NASTY, summary=NASTY, tags=[NASTY[:40]], image=IMAGE | {"alt": NASTY})
    html = page(newsroom, "a")
    data = graph(html)["NewsArticle"]
    article = newsroom.articles["a"]
    assert data["headline"] == article.headline[:110]
    assert data["description"] == article.summary
    assert data["image"]["caption"] == article.image.alt if article.image else None
    assert html.count("<script") == html.count("</script>")
    assert "alert(1)</script>" not in html


def test_the_front_page_names_its_publisher_and_every_page_has_a_card() -> None:
    newsroom = Newsroom()
    newsroom.put("a", tags=["quay"])
    built = {key: output.body.decode() for key, output in newsroom.build().items() if key.endswith(".html")}
    data = graph(built["en/index.html"])
    assert data["NewsMediaOrganization"]["logo"]["url"] == SITE.url("/assets/icon-512.png")
    assert data["WebSite"]["publisher"]["@id"] == data["NewsMediaOrganization"]["@id"]
    for key in ("en/index.html", "en/section/city/index.html", "en/tag/quay/index.html", "en/2026/03/14/index.html"):
        card = dict(CARD.findall(built[key]))
        assert (card["og:type"], card["og:url"]) == ("website", SITE.url(f"/{key.removesuffix('index.html')}"))
        assert (card["og:image"], card["og:image:width"]) == (SITE.url("/assets/social-en.png"), "1200")
        assert (card["og:locale"], card["twitter:card"]) == ("en_GB", "summary_large_image")
        assert 'content="max-image-preview:large"' in built[key]
    assert not CARD.findall(built["en/404.html"])
    assert "max-image-preview" not in built["en/404.html"]


def test_the_page_at_the_root_names_the_site_in_all_languages() -> None:
    html = Newsroom().build()["index.html"].body.decode()
    website = graph(html)["WebSite"]
    assert (website["name"], website["alternateName"]) == ("The Salima Courier", ["بريد سليمة"])
    assert website["url"] == SITE.url("/")
    assert f'hreflang="x-default" href="{SITE.url("/")}"' in html


def test_readers_of_other_languages_get_the_original_and_authors_are_profiles() -> None:
    newsroom = Newsroom()
    newsroom.put("a", edition="ar", headline="الميناء", authors=["Lina Haddad"])
    newsroom.put("b", translation_of="a")
    for id in ("a", "b"):
        found = re.findall(r'hreflang="x-default" href="([^"]+)"', page(newsroom, id))
        assert [unquote(url) for url in found] == [SITE.url(str(newsroom.articles["a"].path))]
    card = dict(CARD.findall(page(newsroom, "a")))
    assert (card["article:author"], card["og:locale:alternate"]) == (SITE.url("/ar/author/lina-haddad/"), "en_GB")
    profile = dict(CARD.findall(newsroom.build()["ar/author/lina-haddad/index.html"].body.decode()))
    assert profile["og:type"] == "profile"


def test_robots_txt_excludes_the_api_and_names_the_sitemaps() -> None:
    built = Newsroom().build()
    assert built["robots.txt"].body == (
        b"User-agent: *\nDisallow: /api/\n\n"
        b"Sitemap: https://courier.example/sitemap.xml\nSitemap: https://courier.example/news.xml\n"
    )
    assert built["robots.txt"].content_type == "text/plain; charset=utf-8"
    assert "ads.txt" not in built


def test_ads_txt_has_the_lines_of_the_settings() -> None:
    line = "ads.example, 1234, DIRECT"
    source = SITE_FILE.read_text(encoding="utf-8").replace("ads_txt = []", f'ads_txt = ["# Ours", "{line}"]')
    assert Newsroom(config.parse_site(source)).build()["ads.txt"].body.decode() == f"# Ours\n{line}\n"


@pytest.mark.parametrize(("edition", "word", "comma"), [("en", "Correction", ","), ("ar", "تصحيح", "،")])
def test_all_corrections_are_on_the_page_and_in_the_linked_data_newest_first(
    edition: str, word: str, comma: str
) -> None:
    newsroom = Newsroom()
    newsroom.put("a", edition=edition)
    for hour, text in enumerate(('The ferry has "two" decks.', "It calls at <seven>."), 1):
        newsroom.put("a", NOON + timedelta(hours=hour), edition=edition, correction=text)
    html = page(newsroom, "a")
    note = html.partition('<aside class="corrections"')[2].partition("</aside>")[0]
    assert note.count(f"<strong>{word}{comma} <time") == 2
    assert re.findall(r'<time datetime="(.*?)">', note) == ["2026-03-14T16:00:00+02:00", "2026-03-14T15:00:00+02:00"]
    assert note.index("It calls at &lt;seven&gt;.") < note.index("The ferry has &#34;two&#34; decks.")
    news = graph(html)["NewsArticle"]
    assert news["correction"] == [
        {"@type": "CorrectionComment", "text": text, "datePublished": at}
        for text, at in (
            ("It calls at <seven>.", "2026-03-14T16:00:00+02:00"),
            ('The ferry has "two" decks.', "2026-03-14T15:00:00+02:00"),
        )
    ]
    assert news["dateModified"] == "2026-03-14T16:00:00+02:00"


def test_an_article_that_was_not_corrected_shows_no_correction() -> None:
    newsroom = Newsroom()
    newsroom.put("a")
    newsroom.put("a", NOON + timedelta(hours=1), summary="Changed.")
    assert "correction" not in page(newsroom, "a")


def test_an_article_that_comes_in_late_was_not_modified() -> None:
    newsroom = Newsroom()
    newsroom.put("a", published_at="2019-05-01T06:00:00Z")
    newsroom.put("a", NOON + timedelta(days=1), published_at="2019-05-01T06:00:00Z")
    html = page(newsroom, "a")
    news = graph(html)["NewsArticle"]
    assert news["dateModified"] == news["datePublished"] == "2019-05-01T09:00:00+03:00"
    assert "article:modified_time" not in dict(CARD.findall(html))


def test_search_engines_find_the_key_of_indexnow_where_there_is_one() -> None:
    built = Newsroom(replace(SITE, indexnow_key="6a1fd0c2-b7e4")).build()
    assert (built["6a1fd0c2-b7e4.txt"].body, built["6a1fd0c2-b7e4.txt"].content_type) == (
        b"6a1fd0c2-b7e4",
        "text/plain; charset=utf-8",
    )
    assert [name for name in Newsroom().build() if name.endswith(".txt")] == ["robots.txt", "build-manifest.txt"]
