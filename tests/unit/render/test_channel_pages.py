"""The pages of sections, tags, authors and caricatures, and the links of every page to the nearest feeds."""

import json
import re
from dataclasses import replace
from urllib.parse import quote

import pytest

from broadsheet.model.article import withdraw
from broadsheet.model.channel import Channel
from broadsheet.model.config import Author
from broadsheet.render.shared import channels
from broadsheet.render.shared.target import RenderedObject
from tests.unit.render.newsroom import NOON, SITE, Newsroom

IMAGE = {"src": "/m/gull.svg", "alt": "A gull", "width": 4, "height": 3}
TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json")
ENDINGS = ("xml", "atom", "json")
ALTERNATE = re.compile(r'<link rel="alternate" type="([^"]+)" title="([^"]+)" href="([^"]+)">')


def html(site: dict[str, RenderedObject], key: str) -> str:
    return site[key].body.decode()


def main(page: str) -> str:
    """The main part of a page, without its layout."""
    return page[page.index("<main") : page.index("</main>")]


def headlines(page: str) -> list[str]:
    return re.findall(r"<h2><a [^>]+>([^<]+)</a></h2>", main(page))


def offered(page: str) -> list[tuple[str, str, str]]:
    """The feeds that a page links to, in order: type, title, URL."""
    return [(kind, title, href) for kind, title, href in ALTERNATE.findall(page) if kind in TYPES]


def sample() -> Newsroom:
    newsroom = Newsroom()
    newsroom.put("a", tags=["Port & Sea", "C++"], authors=["Lina Haddad", "زينة سلّام"])
    newsroom.put("b", headline="Gull", kind="caricature", image=IMAGE, section="opinion", authors=["Zeno Attar"])
    newsroom.put("c", edition="ar", headline="الميناء ليلًا", tags=["الميناء"])
    return newsroom


BUILT = sample().build()
ARTICLE = "en/2026/03/14/ferry-returns-to-the-old-harbour/index.html"
NEAREST = {
    "en/section/city/index.html": ("/en/section/city/", "/en/"),
    "en/section/sport/index.html": ("/en/section/sport/", "/en/"),
    "en/caricatures/index.html": ("/en/caricatures/", "/en/"),
    "en/author/lina-haddad/index.html": ("/en/author/lina-haddad/", "/en/"),
    "en/author/زينة-سلام/index.html": ("/en/author/زينة-سلام/", "/en/"),
    "ar/tag/الميناء/index.html": ("/ar/tag/الميناء/", "/ar/"),
    ARTICLE: ("/en/section/city/", "/en/"),
    "en/index.html": ("/en/", "/"),
    "ar/index.html": ("/ar/", "/"),
    "en/2026/03/14/index.html": ("/en/", "/"),
    "en/feeds/index.html": ("/en/", "/"),
    "en/404.html": ("/en/", "/"),
}


@pytest.mark.parametrize(("key", "folders"), NEAREST.items(), ids=NEAREST)
def test_a_page_links_to_its_nearest_feeds_first_in_every_format(key: str, folders: tuple[str, ...]) -> None:
    """feeds#33."""
    page = html(BUILT, key)
    addresses = [f"{folder}feed.{ending}" for folder in folders for ending in ENDINGS]
    found = offered(page)
    assert [kind for kind, _, _ in found] == [*TYPES, *TYPES]
    assert [href for _, _, href in found] == [f"{SITE.base_url}{quote(address)}" for address in addresses]
    assert {address[1:] for address in addresses} <= BUILT.keys()
    footer = page[page.index("<footer class=") :]
    assert re.findall(r'href="([^"]+/feed\.[^"]+)"', footer) == [quote(address) for address in addresses[:3]]


def test_a_link_to_a_feed_names_its_channel_and_format() -> None:
    assert [title for _, title, _ in offered(html(BUILT, "en/author/lina-haddad/index.html"))] == [
        "The Salima Courier: Lina Haddad (RSS)",
        "The Salima Courier: Lina Haddad (Atom)",
        "The Salima Courier: Lina Haddad (JSON Feed)",
        "The Salima Courier (RSS)",
        "The Salima Courier (Atom)",
        "The Salima Courier (JSON Feed)",
    ]
    assert [title for _, title, _ in offered(html(BUILT, "en/index.html"))][3] == (
        "The Salima Courier: English · العربية (RSS)"
    )


def test_the_language_chooser_links_to_the_feeds_of_all_editions_and_of_each() -> None:
    page = html(BUILT, "index.html")
    assert [href for kind, _, href in offered(page) if kind == TYPES[0]] == [
        "https://courier.example/feed.xml",
        "https://courier.example/en/feed.xml",
        "https://courier.example/ar/feed.xml",
    ]
    assert ("text/x-opml", "https://courier.example/feeds.opml") in [
        (kind, href) for kind, _, href in ALTERNATE.findall(page)
    ]
    assert '<a href="/feed.xml" type="application/rss+xml">' in page


def test_a_site_with_one_edition_has_no_feed_of_all_editions() -> None:
    one = replace(SITE, editions={"en": SITE.editions["en"]})
    newsroom = Newsroom(one)
    newsroom.put("a")
    built = newsroom.build()
    for page in (html(built, "en/index.html"), html(built, "index.html")):
        assert {href for _, _, href in offered(page)} == {f"{SITE.base_url}/en/feed.{ending}" for ending in ENDINGS}


def test_a_section_shows_its_newest_articles_and_no_others() -> None:
    newsroom = Newsroom()
    newsroom.put("a", headline="Older", published_at="2026-03-13T10:00:00Z")
    newsroom.put("b", headline="Newer", published_at="2026-03-14T10:00:00Z")
    newsroom.put("c", headline="Elsewhere", section="world")
    assert headlines(html(newsroom.build(), "en/section/city/index.html")) == ["Newer", "Older"]


def test_a_page_shows_no_more_than_thirty_articles() -> None:
    newsroom = Newsroom()
    for number in range(31):
        newsroom.put(f"a{number:02}", headline=f"Number {number}")
    assert headlines(html(newsroom.build(), "en/section/city/index.html")) == [f"Number {n}" for n in range(30, 0, -1)]


def test_a_tag_has_the_spelling_of_its_newest_article() -> None:
    newsroom = Newsroom()
    newsroom.put("a", tags=["harbour"], published_at="2026-03-13T10:00:00Z")
    newsroom.put("b", tags=["ships", "Harbour!"], published_at="2026-03-14T10:00:00Z")
    page = html(newsroom.build(), "en/tag/harbour/index.html")
    assert "<h1><bdi>Harbour!</bdi></h1>" in page
    assert '<p class="kicker">Topic</p>' in page


def test_a_caricature_is_shown_with_its_image() -> None:
    page = html(BUILT, "en/caricatures/index.html")
    assert "<h1><bdi>Caricatures</bdi></h1>" in page
    assert headlines(page) == ["Gull"]
    assert '<img src="https://courier.example/m/gull.svg"' in page


def test_a_channel_page_links_to_its_feeds_and_an_article_to_its_channels() -> None:
    follow = re.search(r'<p class="follow">.*?</p>', html(BUILT, "en/section/city/index.html"), re.DOTALL)
    assert follow is not None
    assert re.findall(r'href="([^"]+)"', follow[0]) == [f"/en/section/city/feed.{ending}" for ending in ENDINGS]
    links = re.findall(r'<a href="([^"]+)"[^>]*>(?:<bdi>)?([^<]+)<', main(html(BUILT, ARTICLE)))
    named = [(href, name) for href, name in links if not href.startswith(("/en/2026/", "mailto:", "https:"))]
    related = ["Port &amp; Sea", "C++", "City"]
    assert [name for _, name in named] == ["City", "Lina Haddad", "زينة سلّام", "Port &amp; Sea", "C++", *related]
    assert [href for href, _ in named[:3]] == [
        "/en/section/city/",
        "/en/author/lina-haddad/",
        quote("/en/author/زينة-سلام/"),
    ]
    assert {f"{href[1:]}index.html" for href, _ in named if "%" not in href} <= BUILT.keys()
    drawing = next(page for key, page in BUILT.items() if key.endswith("/gull/index.html"))
    assert '<a href="/en/caricatures/">Caricature</a> · <a href="/en/section/opinion/">Opinion</a>' in (
        drawing.body.decode()
    )


def test_a_tag_page_disappears_with_its_last_article_and_a_section_page_stays() -> None:
    newsroom = Newsroom()
    article = newsroom.put("a", tags=["Harbour"], authors=["Lina Haddad"])
    before = newsroom.build()
    newsroom.articles["a"] = withdraw(article, NOON)
    after = newsroom.build()
    for key in ("en/tag/harbour/index.html", "en/author/lina-haddad/index.html"):
        assert key in before
        assert key not in after
    for key in ("en/section/city/index.html", "en/caricatures/index.html"):
        assert "Nothing has been published here yet." in html(after, key)


def test_titles_of_feeds_name_the_edition_and_the_channel() -> None:
    newsroom = Newsroom()
    article = newsroom.put("a", kind="caricature", image=IMAGE, tags=["Port & Sea"], authors=["Lina Haddad"])
    assert [(channels.title(each, SITE, [article]), channels.description(each, SITE)) for each in article.channels] == [
        ("The Salima Courier", "Every article, in every language that we publish in."),
        ("The Salima Courier", "News from the harbour and the world beyond it"),
        ("The Salima Courier: City", "Every article in this section."),
        ("The Salima Courier: Caricatures", "Every caricature."),
        ("The Salima Courier: Port & Sea", "Every article on this topic."),
        ("The Salima Courier: Lina Haddad", "Every article by this author."),
    ]
    assert channels.title(Channel("ar", "section/city"), SITE, ()) == "بريد سليمة: المدينة"
    assert channels.title(Channel("en", "section/given-up"), SITE, ()) == "The Salima Courier: given-up"


LINA = Author("City <editor>", "About trams.\n\nAnd ferries.", "/media/lina.jpg", ("https://www.social.example/@lina",))


def author_page(author: Author | None) -> str:
    authors = {"lina-haddad": author} if author else {}
    newsroom = Newsroom(replace(SITE, editions={**SITE.editions, "en": replace(SITE.editions["en"], authors=authors)}))
    newsroom.put("a", authors=["Lina Haddad"])
    return html(newsroom.build(), "en/author/lina-haddad/index.html")


def test_the_page_of_an_author_shows_the_picture_and_the_words_of_the_settings() -> None:
    page = author_page(LINA)
    shown = main(page)
    assert '<img src="https://courier.example/media/lina.jpg" alt="" width="128" height="128">' in shown
    assert "<strong>City &lt;editor&gt;</strong>" in shown
    assert "<p>About trams.</p>\n<p>And ferries.</p>" in shown
    assert '<a rel="me" href="https://www.social.example/@lina"><bdi dir="ltr">social.example</bdi></a>' in shown
    assert shown.index("Lina Haddad") < shown.index("About trams.") < shown.index("<article")


def test_the_linked_data_of_an_author_has_what_the_settings_say() -> None:
    (data,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', author_page(LINA), re.DOTALL)
    (profile,) = json.loads(data)["@graph"]
    assert profile["@type"] == "ProfilePage"
    assert profile["mainEntity"] == {
        "@type": "Person",
        "name": "Lina Haddad",
        "url": "https://courier.example/en/author/lina-haddad/",
        "jobTitle": "City <editor>",
        "description": "About trams. And ferries.",
        "image": "https://courier.example/media/lina.jpg",
        "sameAs": ["https://www.social.example/@lina"],
    }


def test_an_author_without_settings_is_a_name() -> None:
    page = author_page(None)
    assert "<h1><bdi>Lina Haddad</bdi></h1>" in main(page)
    assert 'class="person"' not in page
    assert '"mainEntity": {"@type": "Person", "name": "Lina Haddad", "url"' in page
    assert "jobTitle" not in page
    assert "<img" not in main(author_page(Author(words="Writes.")))
