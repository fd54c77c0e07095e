"""Enclosures: which files an article names or plays, and what the feeds of each format, pages and linked data say."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import feedparser  # type: ignore[import-untyped]  # it has no types
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree  # type: ignore[import-untyped]  # it has no types

from broadsheet.model.config import Podcast, Site
from broadsheet.model.enclosure import Enclosure
from broadsheet.render.shared import markup
from broadsheet.render.shared.enclosures import enclosures, unplayed
from broadsheet.render.shared.target import RenderedObject
from tests.unit.render.newsroom import SITE, Newsroom

ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
ATOM = "{http://www.w3.org/2005/Atom}"
CULTURE = "en/section/culture/feed"
TALK = "https://media.example/talk.mp3"
PLAYER = f'<audio src="{TALK}"></audio>'
NAMED: dict[str, Any] = {"url": TALK, "type": "audio/mpeg", "length": 4_321_000, "duration": 754, "title": "Tides"}


def html(text: str) -> dict[str, str]:
    return {"format": "html", "text": text}


def rendered(text: str) -> str:
    return markup.render(markup.Source("html", text, text), SITE.base_url)


def site_of(*articles: Mapping[str, Any], site: Site = SITE) -> dict[str, RenderedObject]:
    """The site with these articles in the culture section."""
    newsroom = Newsroom(site)
    for number, article in enumerate(articles):
        newsroom.put(f"a{number}", **{"section": "culture", "slug": f"a{number}", **article})
    return newsroom.build()


def channel(site: Mapping[str, RenderedObject], feed: str = CULTURE) -> Any:
    return etree.fromstring(site[f"{feed}.xml"].body)[0]


def page(site: Mapping[str, RenderedObject], slug: str = "a0") -> str:
    return site[f"en/2026/03/14/{slug}/index.html"].body.decode()


def links(site: Mapping[str, RenderedObject]) -> list[dict[str, str]]:
    """The links to enclosures in the Atom feed."""
    found = etree.fromstring(site[f"{CULTURE}.atom"].body).iterfind(f"{ATOM}entry/{ATOM}link[@rel='enclosure']")
    return [{name: value for name, value in link.attrib.items() if name != "rel"} for link in found]


def attachments(site: Mapping[str, RenderedObject]) -> list[dict[str, Any]]:
    items = json.loads(site[f"{CULTURE}.json"].body)["items"]
    return [each for item in items for each in item.get("attachments", [])]


@pytest.mark.parametrize(
    ("body", "files"),
    [
        (PLAYER, [f"{TALK} audio/mpeg"]),
        ('<audio src="/media/a%20b.m4a">', ["/media/a%20b.m4a audio/x-m4a"]),
        ('<audio src="/a.MP3?from=feed&amp;n=1#t=9">', ["/a.MP3?from=feed&n=1#t=9 audio/mpeg"]),
        ('<amp-audio src="/a.ogg"></amp-audio>', ["/a.ogg audio/ogg"]),
        ('<audio><source src="/live" type="Audio/AAC; codecs=mp4a">', ["/live audio/aac"]),
        # Of a player's alternatives the one that most clients play.
        ('<audio><source src="/a.opus"><source src="/a.mp3"></audio>', ["/a.mp3 audio/mpeg"]),
        ('<audio><source src="/a.opus"><source src="/a.flac"></audio>', ["/a.opus audio/ogg"]),
        # The player decides what a container holds.
        ('<audio src="/a.mp4"></audio><video src="/b.mp4"></video>', ["/a.mp4 audio/mp4", "/b.mp4 video/mp4"]),
        (f"<figure>{PLAYER}<figcaption>Tides</figcaption></figure><p>Again:</p>{PLAYER}", [f"{TALK} audio/mpeg"]),
        # No recordings: a film without sound, a file whose type nobody states, a picture, a link, a playlist.
        ('<video muted loop src="/waves.mp4"></video>', []),
        ('<audio src="/talk?id=3"></audio>', []),
        ('<picture><source srcset="/a.webp"><img src="/a.mp3"></picture>', []),
        (f'<p><a href="{TALK}">Listen</a></p>', []),
        ('<video src="/live.m3u8"></video>', []),
        ('<audio controls></audio><audio src="data:audio/mpeg;base64,AAAA"></audio>', []),
    ],
)
def test_each_player_of_a_text_has_one_enclosure(body: str, files: list[str]) -> None:
    found = enclosures(None, rendered(body), SITE)
    assert [f"{each.url.removeprefix(SITE.base_url)} {each.type}" for each in found] == files


PIECES = st.sampled_from(
    [
        *("<audio>", "</audio>", "<video src=/a.mp4>", "</video>", "<audio muted>"),
        *("<source src=/b.ogg>", "<source>", "<p>", PLAYER),
    ]
)


@settings(deadline=None, max_examples=30)
@given(st.lists(PIECES, max_size=12).map("".join))
def test_enclosures_of_any_text_are_distinct_and_have_a_url_and_a_type(text: str) -> None:
    body = rendered(text)
    found = enclosures(None, body, SITE)
    assert len({each.url for each in found}) == len(found)
    assert all(each.url.startswith("https://") and "/" in each.type for each in found)


def test_the_editor_s_enclosure_comes_first_and_stands_for_the_player_that_plays_it() -> None:
    named = Enclosure("/a.mp3", "audio/mpeg", 9)
    own = replace(named, url="https://courier.example/a.mp3")
    played = rendered('<audio src="/b.ogg"></audio><audio><source src="/a.ogg"><source src="/a.mp3"></audio>')
    assert enclosures(named, played, SITE) == (own, Enclosure("https://courier.example/b.ogg", "audio/ogg"))
    assert unplayed(named, played, SITE) is None
    assert enclosures(named, rendered("<p>Listen."), SITE) == (own,) == (unplayed(named, rendered("<p>Listen."), SITE),)


def test_an_enclosure_has_its_url_type_length_and_duration_in_every_format() -> None:
    """feeds#40."""
    site = site_of({"enclosure": NAMED, "authors": ["Lina Haddad", "O. Said"]})
    item = channel(site).find("item")
    assert dict(item.find("enclosure").attrib) == {"url": TALK, "length": "4321000", "type": "audio/mpeg"}
    assert item.findtext(f"{ITUNES}duration") == "754"
    assert item.findtext(f"{ITUNES}author") == "Lina Haddad, O. Said"
    assert links(site) == [{"href": TALK, "type": "audio/mpeg", "length": "4321000", "title": "Tides"}]
    assert attachments(site) == [
        {
            "url": TALK,
            "mime_type": "audio/mpeg",
            "title": "Tides",
            "size_in_bytes": 4_321_000,
            "duration_in_seconds": 754,
        }
    ]
    for ending in ("xml", "atom"):
        parsed = feedparser.parse(site[f"{CULTURE}.{ending}"].body)
        assert not parsed.bozo
        [found] = parsed.entries[0].enclosures
        assert (found.href, found.type, found.length) == (TALK, "audio/mpeg", "4321000")


def test_an_unknown_length_is_0_in_rss_and_left_out_elsewhere() -> None:
    site = site_of({"body": html(PLAYER)})
    assert channel(site).find("item/enclosure").get("length") == "0"
    assert links(site) == [{"href": TALK, "type": "audio/mpeg"}]
    assert attachments(site) == [{"url": TALK, "mime_type": "audio/mpeg"}]
    assert "<audio" in channel(site).findtext("item/{http://purl.org/rss/1.0/modules/content/}encoded")


def test_rss_has_the_first_of_several_enclosures_and_the_other_formats_have_all() -> None:
    site = site_of({"enclosure": NAMED, "body": html('<audio src="/b.mp3"></audio><video src="/c.mp4"></video>')})
    assert [each.get("url") for each in channel(site).iterfind("item/enclosure")] == [TALK]
    urls = [TALK, "https://courier.example/b.mp3", "https://courier.example/c.mp4"]
    assert [link["href"] for link in links(site)] == [each["url"] for each in attachments(site)] == urls


def test_an_image_stays_media_rss_beside_an_enclosure_and_is_the_episode_s_where_clients_can_show_it() -> None:
    images = [{"src": src, "alt": "", "width": 9, "height": 9} for src in ("/a.jpg", "/b.svg", "/c.png?w=1")]
    site = site_of(*({"enclosure": NAMED, "image": image} for image in images))
    items = {item.findtext("link")[-3:-1]: item for item in channel(site).iterfind("item")}
    shown = {slug: item.find(f"{ITUNES}image") for slug, item in items.items()}
    assert {slug: image is not None and image.get("href") for slug, image in shown.items()} == {
        "a0": "https://courier.example/a.jpg",
        "a1": False,
        "a2": False,
    }
    assert all(len(item.findall("{http://search.yahoo.com/mrss/}content")) == 1 for item in items.values())


SHOW = Podcast("Arts", explicit=False, image="/media/show.jpg", author="The culture desk", email="pod@courier.example")
EN = SITE.editions["en"]
WITH_SHOW = replace(SITE, editions={**SITE.editions, "en": replace(EN, podcasts={"culture": SHOW})})


def test_a_section_with_settings_is_a_podcast_in_its_own_feed_alone() -> None:
    site = site_of({"enclosure": NAMED}, site=WITH_SHOW)
    show = channel(site)
    assert show.find(f"{ITUNES}category").get("text") == "Arts"
    assert show.find(f"{ITUNES}image").get("href") == "https://courier.example/media/show.jpg"
    texts = {name: show.findtext(f"{ITUNES}{name}") for name in ("author", "explicit", "type")}
    assert texts == {"author": "The culture desk", "explicit": "false", "type": "episodic"}
    owner = [show.findtext(f"{ITUNES}owner/{ITUNES}{name}") for name in ("name", "email")]
    assert owner == ["The culture desk", "pod@courier.example"]
    for feed in ("en/feed", "feed"):
        assert channel(site, feed).find("item/enclosure") is not None
        assert channel(site, feed).find(f"{ITUNES}category") is None


def test_feeds_without_recordings_have_no_tags_of_podcasts_whatever_the_settings() -> None:
    plain, with_show = (site_of({}, site=site) for site in (SITE, WITH_SHOW))
    for ending in ("xml", "atom", "json"):
        assert plain[f"{CULTURE}.{ending}"].body == with_show[f"{CULTURE}.{ending}"].body
        assert b"itunes" not in plain[f"{CULTURE}.{ending}"].body
    mixed = site_of({}, {"section": "city", "enclosure": NAMED})
    assert mixed[f"{CULTURE}.xml"].body == plain[f"{CULTURE}.xml"].body


def test_more_authors_than_a_podcast_client_accepts_become_the_first_one() -> None:
    authors = ["A" * 130, "B" * 130]
    [item] = channel(site_of({"enclosure": NAMED, "authors": authors})).iterfind("item")
    assert item.findtext(f"{ITUNES}author") == authors[0]
    assert [each.text for each in item.iterfind("{http://purl.org/dc/elements/1.1/}creator")] == authors


def test_a_page_plays_the_editor_s_enclosure_unless_its_text_does() -> None:
    assert f'<audio src="{TALK}" controls preload="none" aria-label="Tides">' in page(site_of({"enclosure": NAMED}))
    assert "download>Download</a>" in page(site_of({"enclosure": NAMED}))
    film = NAMED | {"url": "/film.mp4", "type": "video/mp4", "title": ""}
    assert '<video src="https://courier.example/film.mp4" controls preload="none" aria-label="Recording">' in page(
        site_of({"enclosure": film})
    )
    played = page(site_of({"enclosure": NAMED, "body": html(PLAYER)}))
    assert played.count("<audio") == 1
    assert 'class="recording"' not in played


def test_linked_data_describes_the_recordings() -> None:
    text = page(site_of({"enclosure": NAMED, "body": html('<video src="/c.mp4"></video>')}))
    graph = json.loads(text.split('<script type="application/ld+json">')[1].split("</script>")[0])["@graph"]
    assert graph[0]["audio"] == [
        {
            "@type": "AudioObject",
            "contentUrl": TALK,
            "encodingFormat": "audio/mpeg",
            "name": "Tides",
            "contentSize": "4321000 B",
            "duration": "PT754S",
        }
    ]
    assert '"audio"' not in page(site_of({}))
