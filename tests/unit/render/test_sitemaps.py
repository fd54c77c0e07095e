"""The sitemaps."""

from xml.etree import ElementTree as ET

from tests.unit.render.newsroom import Newsroom
from tests.unit.render.test_outputs import IMAGE

NAMES = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "image": "http://www.google.com/schemas/sitemap-image/1.1",
    "news": "http://www.google.com/schemas/sitemap-news/0.9",
    "xhtml": "http://www.w3.org/1999/xhtml",
}


def values(newsroom: Newsroom, key: str, *path: str) -> list[str | None]:
    output = newsroom.build()[key]
    assert output.content_type == "application/xml; charset=utf-8"
    root = ET.fromstring(output.body)  # noqa: S314  it is our own
    return [each.text for each in root.findall("/".join(path), NAMES)]


def sample() -> Newsroom:
    newsroom = Newsroom()
    newsroom.put("a", image=IMAGE)
    newsroom.put("b", headline="Before", published_at="2026-02-28T23:00:00+02:00")
    newsroom.put("c", edition="ar", headline="الميناء ليلًا", published_at="2026-03-13T10:00:00+02:00")
    return newsroom


def test_a_months_sitemap_lists_its_articles_with_images_and_modification_times() -> None:
    newsroom = sample()
    article = newsroom.articles["a"]
    assert values(newsroom, "en/sitemap-2026-03.xml", "s:url", "s:loc") == [f"https://courier.example{article.path}"]
    assert values(newsroom, "en/sitemap-2026-03.xml", "s:url", "s:lastmod") == ["2026-03-14T08:00:00+00:00"]
    images = values(newsroom, "en/sitemap-2026-03.xml", "s:url", "image:image", "image:loc")
    assert images == ["https://courier.example/m/a.svg"]
    [arabic] = values(newsroom, "ar/sitemap-2026-03.xml", "s:url", "s:loc")
    assert arabic
    assert arabic.endswith("/%D8%A7%D9%84%D9%85%D9%8A%D9%86%D8%A7%D8%A1-%D9%84%D9%8A%D9%84%D8%A7/")


def test_the_index_lists_pages_and_every_month_of_every_edition_without_times() -> None:
    newsroom = sample()
    assert values(newsroom, "sitemap.xml", "s:sitemap", "s:loc") == [
        "https://courier.example/sitemap-pages.xml",
        "https://courier.example/en/sitemap-2026-02.xml",
        "https://courier.example/en/sitemap-2026-03.xml",
        "https://courier.example/en/sitemap-newsletter.xml",
        "https://courier.example/ar/sitemap-2026-03.xml",
        "https://courier.example/ar/sitemap-newsletter.xml",
    ]
    before = newsroom.build()["sitemap.xml"]
    newsroom.put("d", headline="Another")
    assert newsroom.build()["sitemap.xml"] == before


def test_the_news_sitemap_has_the_last_two_days_of_all_editions_with_their_languages() -> None:
    newsroom = sample()
    assert values(newsroom, "news.xml", "s:url", "news:news", "news:title") == [
        "Ferry returns to the old harbour",
        "الميناء ليلًا",
    ]
    languages = values(newsroom, "news.xml", "s:url", "news:news", "news:publication", "news:language")
    assert languages == ["en", "ar"]
    dates = values(newsroom, "news.xml", "s:url", "news:news", "news:publication_date")
    assert dates == ["2026-03-14T08:00:00+00:00", "2026-03-13T08:00:00+00:00"]


def test_a_site_without_articles_has_a_sitemap_of_pages_and_no_months() -> None:
    newsroom = Newsroom()
    names = ["sitemap-pages.xml", "en/sitemap-newsletter.xml", "ar/sitemap-newsletter.xml"]
    assert values(newsroom, "sitemap.xml", "s:sitemap", "s:loc") == [
        f"https://courier.example/{name}" for name in names
    ]
    assert values(newsroom, "news.xml", "s:url") == []
    assert {key for key in newsroom.build() if "sitemap-" in key} == {*names}


def test_the_sitemap_of_pages_has_fronts_sections_and_archives_that_exist() -> None:
    newsroom = Newsroom()
    listed = values(newsroom, "sitemap-pages.xml", "s:url", "s:loc")
    assert {f"https://courier.example/{path}" for path in ("", "en/", "ar/section/sport/", "en/archive/")} < {*listed}
    assert len(listed) == len(set(listed))
    built = newsroom.build()
    for url in listed:
        assert url
        assert f"{url.removeprefix('https://courier.example/')}index.html" in built


def test_the_language_chooser_and_the_fronts_name_each_other_as_their_pages_do() -> None:
    built = Newsroom().build()
    root = ET.fromstring(built["sitemap-pages.xml"].body)  # noqa: S314  it is our own
    named = {
        url.findtext("s:loc", "", NAMES): {link.get("hreflang"): link.get("href") for link in links}
        for url in root.findall("s:url", NAMES)
        if (links := url.findall("xhtml:link", NAMES))
    }
    assert [*named] == [f"https://courier.example/{path}" for path in ("", "en/", "ar/")]
    for url, others in named.items():
        assert others == {
            "en": "https://courier.example/en/",
            "ar": "https://courier.example/ar/",
            "x-default": "https://courier.example/",
        }
        page = built[f"{url.removeprefix('https://courier.example/')}index.html"].body.decode()
        for language, href in others.items():
            assert f'hreflang="{language}" href="{href}"' in page
