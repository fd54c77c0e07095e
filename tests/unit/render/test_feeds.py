"""An edition's main feed in its three formats. Docstrings name the points of docs/points/feeds.md that a test holds."""

import json
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from time import strftime
from typing import Any

import feedparser  # type: ignore[import-untyped]  # it has no types
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree  # type: ignore[import-untyped]  # it has no types

from broadsheet.model.article import release, withdraw
from broadsheet.render.feeds import feed
from broadsheet.render.feeds.channel_feeds import FORMATS
from broadsheet.render.shared.target import RenderedObject
from tests.unit.render.newsroom import NOON, Newsroom

RSS, ATOM, JSON = "en/feed.xml", "en/feed.atom", "en/feed.json"
NAMES = {
    "a": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "media": "http://search.yahoo.com/mrss/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
}
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
IMAGE = {
    "src": "/media/tram.png?w=9",
    "alt": "A tram",
    "caption": "الترام",
    "credit": "I. P.",
    "width": 16,
    "height": 9,
}


def xml(site: dict[str, RenderedObject], key: str) -> Any:
    return etree.fromstring(site[key].body)


def items(site: dict[str, RenderedObject]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(site[JSON].body)["items"]
    return found


def texts(tree: Any, path: str) -> list[str]:
    return [element.text or "" for element in tree.iterfind(path, NAMES)]


def one(**changed: Any) -> dict[str, RenderedObject]:
    """The site with one article."""
    newsroom = Newsroom()
    newsroom.put("a", **changed)
    return newsroom.build()


lines = st.text(max_size=40)
images = st.fixed_dictionaries(
    {"src": st.sampled_from(["/m/a.png", "https://cdn.example/ä\"<&>'.svg?x=1&y=2"]), "alt": lines}
    | {"width": st.integers(1, 20_000), "height": st.integers(1, 20_000)},
    optional={"caption": lines, "credit": lines, "lang": st.sampled_from(["ar", "en-GB", None])},
)
recordings = st.fixed_dictionaries(
    {"url": st.sampled_from(["/m/a.mp3", "https://cdn.example/ä\"<&>'.ogg?x=1&y=2"]), "title": lines},
    optional={"length": st.integers(1, 10**12), "duration": st.integers(1, 10**6)},
)
manuscripts = st.fixed_dictionaries(
    {
        "headline": lines.map(lambda line: f"{line}!"),
        "body": st.fixed_dictionaries(
            {"format": st.sampled_from(["markdown", "html"]), "text": st.text(max_size=200).map(".{}".format)}
        ),
        "published_at": st.datetimes(datetime(2026, 3, 1), datetime(2026, 3, 14)).map(  # noqa: DTZ001  # Z is added
            lambda at: f"{at:%Y-%m-%dT%H:%M:%S}Z"
        ),
    },
    optional={
        "summary": lines,
        "tags": st.lists(lines.map(lambda line: f"{line}#"), max_size=3),
        "authors": st.lists(lines.map(lambda line: f"{line}."), max_size=3),
        "image": images,
        "enclosure": recordings,
    },
)


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(manuscripts, max_size=4))
def test_all_formats_have_the_same_well_formed_entries_whatever_editors_write(sent: list[dict[str, Any]]) -> None:
    """feeds#1, feeds#2, feeds#5, feeds#8, feeds#9, feeds#10, feeds#11, feeds#16."""
    check_that_all_formats_hold_the_same(sent)


@pytest.mark.proof
@settings(deadline=None, max_examples=250, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(manuscripts, max_size=4))
def test_all_formats_hold_the_same_well_formed_entries_in_many_examples(sent: list[dict[str, Any]]) -> None:
    """feeds#1, feeds#2, feeds#5, feeds#8, feeds#9, feeds#10, feeds#11, feeds#16."""
    check_that_all_formats_hold_the_same(sent)


def check_that_all_formats_hold_the_same(sent: list[dict[str, Any]]) -> None:
    newsroom = Newsroom()
    for number, manuscript in enumerate(sent):
        newsroom.put(f"article-{number}", **manuscript)
    newsroom.put("last", published_at="2026-02-01T00:00:00Z")
    site = newsroom.build()
    expected = items(site)
    assert len({item["id"] for item in expected}) == len(expected) == len(sent) + 1
    published = [item["date_published"] for item in expected]
    assert published == sorted(published, reverse=True)
    for key in (RSS, ATOM):
        parsed = feedparser.parse(site[key].body)
        assert not parsed.bozo
        assert [entry.id for entry in parsed.entries] == [item["id"] for item in expected]
        assert [
            f"{strftime('%Y-%m-%dT%H:%M:%S', entry.published_parsed)}+00:00" for entry in parsed.entries
        ] == published
    rss, atom = xml(site, RSS), xml(site, ATOM)
    for field, rss_path, atom_path in (
        ("title", "channel/item/title", "a:entry/a:title"),
        ("url", "channel/item/link", ""),
        ("summary", "channel/item/description", "a:entry/a:summary"),
        ("content_html", "channel/item/content:encoded", "a:entry/a:content"),
        ("date_modified", "", "a:entry/a:updated"),
    ):
        for tree, path in ((rss, rss_path), (atom, atom_path)):
            assert not path or texts(tree, path) == [item[field] for item in expected]
    authors = [author["name"] for item in expected for author in item.get("authors", [])]
    assert texts(rss, "channel/item/dc:creator") == texts(atom, "a:entry/a:author/a:name") == authors
    files = [file for item in expected for file in item.get("attachments", [])]
    enclosures = [each.attrib for each in rss.iterfind("channel/item/enclosure")]
    links = [each.attrib for each in atom.iterfind("a:entry/a:link[@rel='enclosure']", NAMES)]
    assert [each["url"] for each in enclosures] == [each["href"] for each in links] == [file["url"] for file in files]
    assert [each.get("length") for each in enclosures] == [f"{file.get('size_in_bytes', 0)}" for file in files]
    assert newsroom.build() == site


@pytest.mark.parametrize("key", [RSS, ATOM])
@pytest.mark.parametrize(
    "title", ["A & B <b>", "<b>x</b> & y", "&amp; typed", "AT&T", "<script>x</script>", "&lt;b&gt;"]
)
def test_clients_show_a_title_as_it_was_typed(key: str, title: str) -> None:
    """feeds#11."""
    assert feedparser.parse(one(headline=title)[key].body).entries[0].title == title


def test_a_body_cannot_end_the_element_around_it() -> None:
    """feeds#10."""
    site = one(body={"format": "html", "text": "<p>]]> &lt;/content> &#1;&#xFFFE;</p>"})
    assert "<p>]]&gt; &lt;/content&gt; </p>" in items(site)[0]["content_html"]


def test_an_id_outlives_headline_slug_section_and_image_and_a_correction_keeps_its_date() -> None:
    """feeds#1, feeds#3, feeds#4, feeds#5."""
    newsroom = Newsroom()
    newsroom.put("a")
    before = newsroom.build()
    later = NOON + timedelta(hours=3)
    changed = newsroom.put("a", later, headline="Else", slug="else", section="sport", image=IMAGE)
    after = newsroom.build()
    old, new = items(before)[0], items(after)[0]
    assert old["id"] == new["id"] == "tag:courier.example,2025:a"
    assert new["url"] == f"https://courier.example{changed.path}" != old["url"]
    assert old["date_published"] == new["date_published"] == "2026-03-14T08:00:00+00:00"
    assert new["date_modified"] == later.isoformat() > old["date_modified"]
    assert texts(xml(after, ATOM), "a:updated") == [later.isoformat()]
    assert [parsedate_to_datetime(date) for date in texts(xml(after, RSS), "channel/lastBuildDate")] == [later]
    guid = xml(after, RSS).find("channel/item/guid")
    assert (guid.text, guid.get("isPermaLink")) == (new["id"], "false")
    assert texts(xml(after, ATOM), "a:entry/a:id") == [new["id"]]


def test_all_corrections_are_in_every_feed_newest_first_with_their_times() -> None:
    """feeds#4."""
    newsroom = Newsroom()
    newsroom.put("a")
    for hour, text in enumerate(("Two <decks>.", "At seven."), 1):
        newsroom.put("a", NOON + timedelta(hours=hour), correction=text)
    site = newsroom.build()
    [entry] = items(site)
    note = entry["content_html"].partition('<aside class="corrections"')[2]
    assert note.index("At seven.") < note.index("Two &lt;decks&gt;.")
    assert '<time datetime="2026-03-14T15:00:00+02:00">14 March 2026, 15:00</time>' in note
    assert entry["date_modified"] == "2026-03-14T14:00:00+00:00"
    for key in (RSS, ATOM):
        assert feedparser.parse(site[key].body).entries[0].content[0].value.count("Correction,") == 2


def test_a_late_article_has_its_own_dates_and_the_feed_that_of_the_change() -> None:
    """feeds#7."""
    newsroom = Newsroom()
    newsroom.put("a", published_at="2019-05-01T06:00:00Z")
    later = NOON + timedelta(hours=1)
    newsroom.put("b", later, published_at="2019-05-02T06:00:00Z", updated_at="2019-06-01T06:00:00Z")
    site = newsroom.build()
    assert [item["date_modified"] for item in items(site)] == ["2019-06-01T06:00:00+00:00", "2019-05-01T06:00:00+00:00"]
    assert texts(xml(site, ATOM), "a:entry/a:updated") == ["2019-06-01T06:00:00+00:00", "2019-05-01T06:00:00+00:00"]
    assert texts(xml(site, ATOM), "a:updated") == [later.isoformat()]


def test_drafts_embargoed_and_withdrawn_articles_are_in_no_feed() -> None:
    """feeds#6, feeds#21."""
    newsroom = Newsroom()
    newsroom.put("shown", headline="Shown")
    newsroom.put("draft", headline="Draft", status="draft")
    waiting = newsroom.put("waiting", headline="Waiting", published_at="2026-03-14T12:00:01Z")
    gone = newsroom.put("gone", headline="Gone")
    newsroom.articles["gone"] = withdraw(gone, NOON)
    site = newsroom.build()
    for key in (RSS, ATOM, JSON):
        assert b"Shown" in site[key].body
        assert not any(word in site[key].body for word in (b"Draft", b"Waiting", b"Gone"))
    newsroom.articles["waiting"] = release(waiting, NOON + timedelta(seconds=1))
    assert [item["title"] for item in items(newsroom.build())] == ["Waiting", "Shown"]


def test_an_empty_feed_is_a_feed() -> None:
    """feeds#29; RFC 4287 §4.1.1 requires `updated` in it too."""
    newsroom = Newsroom()
    newsroom.articles["a"] = withdraw(newsroom.put("a"), NOON)
    site = newsroom.build()
    assert items(site) == []
    assert texts(xml(site, ATOM), "a:updated") == ["1970-01-01T00:00:00+00:00"]
    assert not feedparser.parse(site[RSS].body).bozo


@pytest.mark.parametrize(("published", "held"), [(29, 29), (30, 30), (31, 31), (59, 59), (60, 30), (61, 31)])
def test_a_feed_has_the_newest_thirty_and_everything_that_no_archive_document_has(published: int, held: int) -> None:
    newsroom = Newsroom()
    for number in range(published):
        newsroom.put(f"a{number:02}", published_at=f"2026-03-13T1{number // 60}:{number % 60:02}:00Z")
    newest = [f"a{number:02}" for number in reversed(range(published - held, published))]
    assert [item["id"][-3:] for item in items(newsroom.build())] == newest


def test_media_types_and_cache_lifetimes_agree() -> None:
    """feeds#12, feeds#27."""
    site = one()
    assert [format.kind.content_type for format in FORMATS] == [
        "application/rss+xml; charset=utf-8",
        "application/atom+xml; charset=utf-8",
        "application/feed+json; charset=utf-8",
    ]
    assert {site[key].cache_control for key in (RSS, ATOM, JSON)} == {"public, max-age=300, s-maxage=5"}
    rss = xml(site, RSS)
    assert texts(rss, "channel/ttl") == ["5"]
    assert texts(rss, "channel/sy:updatePeriod") == ["hourly"]
    assert texts(rss, "channel/sy:updateFrequency") == ["12"]
    assert site[RSS].body.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")


def test_an_entry_has_its_full_text_a_plain_summary_and_all_its_authors() -> None:
    """feeds#16."""
    site = one(body={"format": "markdown", "text": "One *two*.\n\nThree."}, authors=["Lina Haddad", "زينو عطّار"])
    rss = xml(site, RSS)
    assert "<p>One <em>two</em>.</p>" in texts(rss, "channel/item/content:encoded")[0]
    assert texts(rss, "channel/item/description") == ["One two. Three."]
    assert texts(rss, "channel/item/dc:creator") == ["Lina Haddad", "زينو عطّار"]
    assert rss.find("channel/item/author") is None
    assert xml(site, ATOM).find("a:entry/a:content", NAMES).get("type") == "html"


def test_a_feed_has_an_author_for_entries_without_authors() -> None:
    """RFC 4287 §4.1.1"""
    atom = xml(one(), ATOM)
    assert atom.find("a:entry/a:author", NAMES) is None
    assert texts(atom, "a:author/a:name") == ["The Salima Courier"]


def test_the_summary_of_an_article_without_text_is_its_headline() -> None:
    site = one(body={"format": "html", "text": '<img src="/media/harbour.svg" alt="">'})
    assert items(site)[0]["summary"] == items(site)[0]["title"]


def test_a_summary_that_is_cut_leaves_no_direction_open() -> None:
    site = one(body={"format": "html", "text": f"<p>\u202b{'خبر ' * 200}\u202c</p>"})
    assert items(site)[0]["summary"].endswith("خبر\u202c…")


def test_section_and_tags_are_categories_with_their_scheme() -> None:
    """feeds#17."""
    site = one(tags=[" harbour  ferries ", "ميناء"])
    categories = [dict(c.attrib) for c in xml(site, ATOM).iterfind("a:entry/a:category", NAMES)]
    tag = "tag:courier.example,2025:tags/"
    assert categories == [
        {"term": "city", "label": "City", "scheme": "tag:courier.example,2025:sections/"},
        {"term": "harbour ferries", "label": "harbour ferries", "scheme": tag},
        {"term": "ميناء", "label": "ميناء", "scheme": tag},
    ]
    assert texts(xml(site, RSS), "channel/item/category") == ["City", "harbour ferries", "ميناء"]
    assert items(site)[0]["tags"] == ["City", "harbour ferries", "ميناء"]


@pytest.mark.parametrize("kind", ["article", "caricature"])
def test_the_image_is_in_the_text_and_in_media_rss(kind: str) -> None:
    """feeds#13, feeds#18, feeds#19."""
    site = one(kind=kind, image=IMAGE | {"lang": "ar"})
    url = "https://courier.example/media/tram.png?w=9"
    content = items(site)[0]["content_html"]
    assert f'<figure><img src="{url}" alt="A tram" width="16" height="9">' in content
    assert '<span lang="ar" dir="rtl">الترام</span> <small><bdi>I. P.</bdi></small>' in content
    assert content.index("<figure>") < content.index("<p>")
    assert items(site)[0]["image"] == url
    for key, path in ((RSS, "channel/item/media:content"), (ATOM, "a:entry/media:content")):
        media = xml(site, key).find(path, NAMES)
        assert dict(media.attrib) == {"url": url, "medium": "image", "type": "image/png", "width": "16", "height": "9"}
        assert texts(media, "media:description") == ["A tram"]
        assert texts(media, "media:credit") == ["I. P."]


def test_every_feed_and_entry_has_its_language() -> None:
    """feeds#20."""
    newsroom = Newsroom()
    newsroom.put("a", edition="ar", headline="الترام", body={"format": "html", "text": '<p>a <i lang="en">b</i></p>'})
    site = newsroom.build()
    rss, atom = xml(site, "ar/feed.xml"), xml(site, "ar/feed.atom")
    parsed = json.loads(site["ar/feed.json"].body)
    assert texts(rss, "channel/language") == texts(rss, "channel/item/dc:language") == ["ar"]
    assert (atom.get(LANG), atom.find("a:entry", NAMES).get(LANG)) == ("ar", "ar")
    assert (parsed["language"], parsed["items"][0]["language"]) == ("ar", "ar")
    assert parsed["items"][0]["content_html"] == '<div lang="ar" dir="rtl"><p>a <i lang="en">b</i></p></div>'


def test_feeds_link_to_themselves_and_all_links_are_valid_uris() -> None:
    """feeds#32."""
    newsroom = Newsroom()
    newsroom.put("a", edition="ar", headline="ميناء")
    site = newsroom.build()
    link = "https://courier.example/ar/2026/03/14/%D9%85%D9%8A%D9%86%D8%A7%D8%A1/"
    rss, atom = xml(site, "ar/feed.xml"), xml(site, "ar/feed.atom")
    assert texts(rss, "channel/item/link") == [link]
    assert atom.find("a:entry/a:link", NAMES).get("href") == link
    assert texts(rss, "channel/link") == ["https://courier.example/ar/"]
    assert rss.find("channel/a:link", NAMES).attrib == {
        "rel": "self",
        "href": "https://courier.example/ar/feed.xml",
        "type": "application/rss+xml",
    }
    assert atom.find("a:link[@rel='self']", NAMES).get("href") == "https://courier.example/ar/feed.atom"
    assert json.loads(site["ar/feed.json"].body)["feed_url"] == "https://courier.example/ar/feed.json"


def test_a_feed_stays_under_its_limit_by_cutting_the_longest_bodies_between_blocks() -> None:
    """feeds#22."""
    newsroom = Newsroom()
    paragraph = f"<p>{'word & ' * 150}</p>"
    for number in range(29):
        newsroom.put(f"a{number}", headline=f"Long <{number}>", body={"format": "html", "text": paragraph * 100})
    newsroom.put("short", body={"format": "html", "text": "<p>All of it.</p>"})
    site = newsroom.build()
    for key in (RSS, ATOM, JSON):
        assert len(site[key].body) <= feed.MAX_SIZE
    long, short = (next(i for i in items(site) if i["id"].endswith(end)) for end in (":a0", ":short"))
    assert short["content_html"] == '<div lang="en" dir="ltr"><p>All of it.</p></div>'
    end = f'</p><p><a href="{long["url"]}">Continue reading: Long &lt;0&gt;</a></p></div>'
    assert long["content_html"].endswith(end)
