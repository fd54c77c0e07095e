"""The feed directory: the page and the OPML document that list every feed."""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from lxml import etree  # type: ignore[import-untyped]  # it has no types

from broadsheet.model.article import withdraw
from broadsheet.render.pages.feed_directory import MAX_LIST_LENGTH
from broadsheet.render.shared.target import RenderedObject
from tests.unit.render.newsroom import NOON, SITE, Newsroom

FEED = re.compile(r"(.*/)?feed\.(xml|atom|json)")
BASE = f"{SITE.base_url}/"


def sample() -> Newsroom:
    newsroom = Newsroom()
    newsroom.put("a", tags=["A & B <b>", "C++", "ports"], authors=["Lina Haddad", "زينة سلّام"])
    newsroom.put("b", edition="ar", headline="الميناء ليلًا", tags=["الميناء", "Bus"], authors=["زينة سلّام"])
    return newsroom


def listing(site: dict[str, RenderedObject], edition: str) -> str:
    """The main part of the page, without its layout."""
    page = site[f"{edition}/feeds/index.html"].body.decode()
    return page[page.index("<main") : page.index("</main>")]


def feeds(site: dict[str, RenderedObject]) -> set[str]:
    """The keys of all feeds."""
    return {key for key in site if FEED.fullmatch(key)}


def outlines(site: dict[str, RenderedObject]) -> list[Any]:
    return list(etree.fromstring(site["feeds.opml"].body).iter("outline"))


def test_the_page_lists_every_existing_feed_in_every_format_and_no_other() -> None:
    site = sample().build()
    for edition in SITE.editions:
        links = re.findall(r'<a href="/([^"]+)"', listing(site, edition))
        found = [key for key in map(unquote, links) if FEED.fullmatch(key)]
        assert len(found) == len(set(found))
        assert set(found) == {key for key in feeds(site) if key.startswith((f"{edition}/", "feed."))}
        pages = [unquote(link) for link in links if link.endswith("/")]
        assert {f"{page}index.html" for page in pages} <= site.keys()


def test_each_feed_is_listed_by_its_name_under_its_kind() -> None:
    page = listing(sample().build(), "en")
    assert re.findall(r"<h2>(.+)</h2>\n<p>(.+)</p>", page) == [
        ("Sections", "Each feed carries every article in its section."),
        ("Authors", "Each feed carries every article by its author."),
        ("Topics", "Each feed carries every article on its topic."),
    ]
    assert re.findall(r"<bdi>(.+?)</bdi>", page) == [
        *SITE.editions["en"].sections.values(),
        "Lina Haddad",
        "زينة سلّام",
        "A &amp; B &lt;b&gt;",
        "C++",
        "ports",
    ]
    assert '<a href="/en/">The whole edition</a> <span>Every article, from all sections.</span>' in page


def test_the_script_adds_the_buttons_that_copy_in_the_readers_language() -> None:
    """Without it the buttons would do nothing."""
    site = sample().build()
    assert "<button" not in listing(site, "en")
    assert 'data-copy="Copy address" data-copied="Copied"' in listing(site, "en")
    assert 'data-copy="نسخ الرابط" data-copied="نُسخ الرابط"' in listing(site, "ar")


def test_a_long_list_is_folded_by_first_letters_and_loses_nothing() -> None:
    newsroom = Newsroom()
    names = [f"{letter} {number}" for letter in "xé" for number in range(MAX_LIST_LENGTH // 2)]
    for start in range(0, len(names), 12):
        newsroom.put(f"a{start}", tags=names[start : start + 12])
    assert "<details>" not in listing(newsroom.build(), "en")
    newsroom.put("one-more", tags=["Harbour"])
    page = listing(newsroom.build(), "en")
    assert re.findall(r"<summary>(.) <small>(\d+)</small>", page) == [("E", "30"), ("H", "1"), ("X", "30")]
    assert set(re.findall(r'tag/[^"]+"><bdi>(.+?)</bdi>', page)) == {*names, "Harbour"}


def test_arabic_names_are_sorted_without_the_definite_article() -> None:
    newsroom = Newsroom()
    names = ["ميناء", "الميناء القديم", "القطار", *(f"ب {number}" for number in range(MAX_LIST_LENGTH))]
    for start in range(0, len(names), 12):
        newsroom.put(f"a{start}", edition="ar", tags=names[start : start + 12])
    page = listing(newsroom.build(), "ar")
    assert re.findall(r"<summary>(.) <small>(\d+)</small>", page) == [("ب", "60"), ("ق", "1"), ("م", "2")]


def test_a_name_without_articles_is_not_listed() -> None:
    newsroom = sample()
    newsroom.articles["a"] = withdraw(newsroom.articles["a"], NOON)
    site = newsroom.build()
    assert "Lina Haddad" not in listing(site, "en")
    assert "Authors" not in listing(site, "en")
    assert "Lina Haddad" not in site["feeds.opml"].body.decode()


def test_the_page_links_to_the_opml_document() -> None:
    page = sample().build()["en/feeds/index.html"].body.decode()
    assert '<link rel="alternate" type="text/x-opml"' in page
    assert '<a href="/feeds.opml" type="text/x-opml" download>' in page


def test_opml_lists_every_feed_once_with_everything_that_feed_readers_use() -> None:
    """feeds#38."""
    site = sample().build()
    output = site["feeds.opml"]
    assert output.content_type == "application/xml; charset=utf-8"
    root = etree.fromstring(output.body)
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    assert [child.tag for child in root] == ["head", "body"]
    assert root.findtext("head/title") == SITE.name
    assert len(root.find("body"))
    found = [outline for outline in outlines(site) if outline.get("type")]
    addresses = [unquote(outline.get("xmlUrl").removeprefix(BASE)) for outline in found]
    assert sorted(addresses) == sorted(key for key in feeds(site) if key.endswith(".xml"))
    for outline, address in zip(found, addresses, strict=True):
        feed = etree.fromstring(site[address].body)
        assert (outline.get("type"), outline.get("version")) == ("rss", "RSS2")
        assert outline.get("text") == outline.get("title")
        assert outline.get("text").startswith(feed.findtext("channel/title"))
        assert outline.get("description") == feed.findtext("channel/description")
        assert outline.get("htmlUrl") == feed.findtext("channel/link")
        assert outline.get("language") == feed.findtext("channel/language")
        page = unquote(outline.get("htmlUrl").removeprefix(BASE))
        assert f"{page}index.html" in site


def test_opml_is_ordered_by_edition_and_kind() -> None:
    site = sample().build()
    body = etree.fromstring(site["feeds.opml"].body).find("body")
    assert [outline.get("text") for outline in body] == [
        "The Salima Courier: English · العربية",
        "The Salima Courier",
        "بريد سليمة",
    ]
    assert [(outline.get("text"), len(outline)) for outline in body[1]] == [
        ("The Salima Courier", 0),
        ("The Salima Courier: Caricatures", 0),
        ("The Salima Courier: Newsletter issues", 0),
        ("Sections", 7),
        ("Authors", 2),
        ("Topics", 3),
    ]
    assert body[1][5][0].get("text") == "The Salima Courier: A & B <b>"
    assert [outline.get("text") for outline in body[2]][3:] == ["الأقسام", "الكُتّاب", "المواضيع"]


def test_opml_changes_only_with_the_list_of_feeds() -> None:
    newsroom = sample()
    before = newsroom.build()["feeds.opml"]
    newsroom.put("c", headline="Another", tags=["ports"])
    assert newsroom.build()["feeds.opml"] == before
    assert not re.search("date", before.body.decode(), re.IGNORECASE)


def test_a_site_with_one_edition_lists_no_feed_of_all_editions() -> None:
    newsroom = Newsroom(replace(SITE, editions={"en": SITE.editions["en"]}))
    newsroom.put("a")
    site = newsroom.build()
    assert "All editions together" not in listing(site, "en")
    assert all(outline.get("xmlUrl") != f"{BASE}feed.xml" for outline in outlines(site))
