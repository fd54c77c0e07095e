"""Feeds of every kind in the three formats. Docstrings name the points of docs/points/feeds.md that a test holds."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree  # type: ignore[import-untyped]  # it has no types

from broadsheet.model.article import revise
from broadsheet.model.config import Site
from broadsheet.render.feeds import feed
from broadsheet.render.feeds.channel_feeds import FORMATS
from broadsheet.render.feeds.entry import Entry, entry
from broadsheet.render.feeds.feed import Feed, Format, fitted
from broadsheet.render.shared import markup
from broadsheet.schemas.article import parse_article
from tests.unit.render.newsroom import NOON, SITE, fields

RSS, ATOM, JSON = FORMATS
NAMES = {
    "a": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "fh": "http://purl.org/syndication/history/1.0",
    "media": "http://search.yahoo.com/mrss/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
}
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
HERE = "https://courier.example/en/"
SUMMARIES = replace(SITE, feeds_in_full=False)
MOST = 59  # entries, in a feed


def entry_of(id: str = "a", site: Site = SITE, **changed: Any) -> Entry:
    """The entry of an article as an editor would send it."""
    manuscript = parse_article(fields(**changed), site, "ferry")
    return entry(revise(None, id, manuscript, NOON, site), manuscript.text, site)


def feed_of(*entries: Entry, **changed: Any) -> Feed:
    """A complete feed of these entries."""
    made = Feed("tag:courier.example,2025:feeds/en", f"{HERE}feed.x", HERE, "The Courier", "News", "en", NOON, entries)
    return replace(made, **changed)


ALONE = feed_of(entry_of(), hub="https://hub.example/")
NEWEST = replace(ALONE, previous=f"{HERE}feed.2026-02.x")
ARCHIVE = feed_of(
    entry_of(),
    url=f"{HERE}feed.2026-02.x",
    current=f"{HERE}feed.x",
    previous=f"{HERE}feed.2026-01.x",
    next=f"{HERE}feed.2026-03-1.x",
)
OLDEST = replace(ARCHIVE, previous=None)


def xml(made: Feed, format: Format) -> Any:
    """The feed's element, or in RSS its channel."""
    root = etree.fromstring(format.render(made))
    return root[0] if format is RSS else root


def data(made: Feed) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(JSON.render(made))
    return document


def links(channel: Any) -> dict[str, str]:
    """The feed's links, without those to itself and to its page."""
    found = {link.get("rel"): link.get("href") for link in channel.iterfind("a:link", NAMES)}
    return {rel: href for rel, href in found.items() if rel not in ("self", "alternate")}


HISTORIES = [
    (ALONE, {"hub": ALONE.hub}, ["complete"]),
    (NEWEST, {"hub": ALONE.hub, "prev-archive": NEWEST.previous}, []),
    (
        ARCHIVE,
        {"current": ARCHIVE.current, "prev-archive": ARCHIVE.previous, "next-archive": ARCHIVE.next},
        ["archive"],
    ),
    (OLDEST, {"current": ARCHIVE.current, "next-archive": ARCHIVE.next}, ["archive"]),
]


@pytest.mark.parametrize(("made", "expected", "marks"), HISTORIES)
def test_a_document_has_its_place_in_the_history_in_every_format(
    made: Feed, expected: dict[str, str], marks: list[str]
) -> None:
    for format in (RSS, ATOM):
        channel = xml(made, format)
        assert links(channel) == expected
        assert [etree.QName(mark).localname for mark in channel.iterfind("fh:*", NAMES)] == marks
        assert channel.find("a:link[@rel='self']", NAMES).get("href") == made.url
    document = data(made)
    history = document.pop("_history")
    assert document.get("next_url") == expected.get("prev-archive")
    assert document.get("hubs", []) == [{"type": "WebSub", "url": url} for r, url in expected.items() if r == "hub"]
    assert (history.get("current"), history.get("next_archive")) == (
        expected.get("current"),
        expected.get("next-archive"),
    )
    assert [mark for mark in ("complete", "archive") if history.get(mark)] == marks


@pytest.mark.parametrize("made", [ARCHIVE, OLDEST])
def test_an_archive_document_has_no_update_period(made: Feed) -> None:
    channel = xml(made, RSS)
    assert [channel.find(path, NAMES) for path in ("ttl", "sy:updatePeriod", "sy:updateFrequency")] == [None] * 3


def test_a_feed_in_several_languages_has_none_and_its_entries_have_theirs() -> None:
    made = feed_of(entry_of("a"), entry_of("b", edition="ar", headline="الترام"), language=None)
    rss, atom, document = xml(made, RSS), xml(made, ATOM), data(made)
    assert (rss.find("language"), rss.getparent().get(LANG), atom.get(LANG)) == (None, None, None)
    assert "language" not in document
    assert [element.get(LANG) for element in atom.iterfind("a:entry", NAMES)] == ["en", "ar"]
    assert [item["language"] for item in document["items"]] == ["en", "ar"]


@pytest.mark.parametrize("format", [RSS, ATOM])
def test_the_stylesheet_comes_before_the_first_element(format: Format) -> None:
    root = etree.fromstring(format.render(ALONE))
    instruction = root.getprevious()
    assert (instruction.target, instruction.get("type"), instruction.get("href")) == (
        "xml-stylesheet",
        "text/css",
        "/assets/feed.css",
    )
    assert root.get(LANG) == "en"


@pytest.mark.parametrize("summary", ["", "In short."])
def test_a_setting_leaves_the_same_summaries_only(summary: str) -> None:
    """feeds#15."""
    image = {"src": "/m/a.png", "alt": "A tram", "width": 16, "height": 9}
    sent: dict[str, Any] = {
        "summary": summary,
        "image": image,
        "body": {"format": "html", "text": "<p>All of <b>it</b>.</p>"},
    }
    full, short = (feed_of(entry_of(site=site, **sent)) for site in (SITE, SUMMARIES))
    for format, text, content in (
        (RSS, "item/description", "item/content:encoded"),
        (ATOM, "a:entry/a:summary", "a:entry/a:content"),
    ):
        whole, brief = xml(full, format), xml(short, format)
        texts = {tree.findtext(text, None, NAMES) for tree in (whole, brief)}
        assert texts == {summary or "All of it."}
        assert "<b>it</b>" in whole.findtext(content, None, NAMES)
        assert brief.find(content, NAMES) is None
        assert brief.find(".//media:content", NAMES).get("url") == "https://courier.example/m/a.png"
    (item,), (brief_item,) = data(full)["items"], data(short)["items"]
    assert "content_html" not in brief_item
    assert brief_item["content_text"] == brief_item["summary"] == item["summary"]
    assert "<b>it</b>" in item["content_html"]


# Characters that take the most room, each in another way: in UTF-8, escaped once, escaped twice, in an address.
GREEDY = st.sampled_from(["&", '"', "<", "\\", "'", "ي", "\U00020000", "😀", "a"])
KINDS = st.fixed_dictionaries(
    {"headline": GREEDY, "summary": GREEDY, "caption": GREEDY, "name": GREEDY, "text": GREEDY}
)


PLAYER = "<audio src='/a.mp3'></audio>"
LENGTHS = {"length": 1_000_000_000_000, "duration": 1_000_000}


def largest(id: str, kinds: dict[str, str], paragraphs: int, site: Site = SITE) -> Entry:
    """An entry of an article whose fields are as long as the API accepts."""
    image = {
        "src": f"https://{kinds['name'] * 1_900}.svg",
        "alt": kinds["caption"] * 1_000,
        "caption": kinds["caption"] * 2_000,
        "credit": kinds["caption"] * 300,
        "width": 20_000,
        "height": 20_000,
    }
    return entry_of(
        id * 128,
        site,
        headline=kinds["headline"] * 300,
        summary=kinds["summary"] * 2_000,
        tags=[f"{number}".ljust(100, kinds["name"]) for number in range(12)],
        authors=[f"{number}".ljust(200, kinds["name"]) for number in range(7)],
        image=image,
        enclosure={"url": f"https://a.example/{kinds['name'] * 1_900}.mp3", "title": kinds["name"] * 300} | LENGTHS,
        body={"format": "html", "text": f"{PLAYER}<p>{unescaped(kinds['text']) * 5_000}</p>" * paragraphs or "."},
        slug="\U00020000" * 80,
    )


def unescaped(character: str) -> str:
    return "&amp;" if character == "&" else "&lt;" if character == "<" else character


@pytest.mark.proof
@settings(deadline=None, max_examples=15)
@given(st.lists(KINDS, min_size=1, max_size=3), st.integers(0, 12), st.sampled_from([SITE, SUMMARIES]))
def test_no_document_is_over_the_limit_whatever_its_articles_contain(
    kinds: list[dict[str, str]], paragraphs: int, site: Site
) -> None:
    """feeds#22."""
    some = [largest("abc"[at], kind, paragraphs, site) for at, kind in enumerate(kinds)]
    made = replace(ARCHIVE, entries=tuple(replace(some[at % len(some)], id=f"{at}") for at in range(MOST)))
    for format in FORMATS:
        assert len(format.render(made)) <= feed.MAX_SIZE
        for one in (*some, *fitted(made).entries[:3]):
            alone = len(format.write(feed_of(one))) - len(format.write(feed_of()))
            assert alone <= one.size
    assert [one.title for one in fitted(made).entries] == [one.title for one in made.entries]


@pytest.mark.parametrize("greedy", ["&", '"', "<", "\U00020000"])
@pytest.mark.parametrize("site", [SITE, SUMMARIES])
def test_no_entry_needs_more_than_its_share_of_the_longest_feed(greedy: str, site: Site) -> None:
    kinds = dict.fromkeys(("headline", "summary", "caption", "name", "text"), greedy)
    assert largest("a", kinds, 1, site).cut(0).size <= (feed.MAX_SIZE - feed.HEAD_SIZE) // MOST


def test_the_longest_texts_are_cut_between_blocks_and_the_others_are_not_cut() -> None:
    """feeds#22."""
    paragraph = f"<p>{'word &amp; ' * 150}</p>"
    long = [entry_of(f"l{n}", body={"format": "html", "text": paragraph * 100}) for n in range(30)]
    short = [entry_of(f"s{n}", body={"format": "html", "text": paragraph}) for n in range(10)]
    made = fitted(feed_of(*long, *short))
    assert made.entries[30:] == tuple(short)
    for one in made.entries[:30]:
        *blocks, last = markup.blocks(one.body or "")
        assert set(blocks) == {paragraph}
        assert last.endswith(">Continue reading: Ferry returns to the old harbour</a></p>")
    assert len({one.body for one in made.entries[:30]}) == 1
    assert sum(one.size for one in made.entries) > 0.9 * feed.MAX_SIZE


def test_a_feed_that_fits_is_not_changed() -> None:
    assert fitted(NEWEST) is NEWEST


def test_an_entry_is_cut_in_an_order_that_keeps_the_most() -> None:
    whole = largest("a", dict.fromkeys(("headline", "summary", "caption", "name", "text"), "ي"), 9)
    kept = []
    for size in range(whole.size, whole.cut(0).size, -100):
        one = whole.cut(size)
        assert one.size <= size
        assert one is whole or "Continue reading" in (one.content or "")
        lists = len(one.categories) > 1, len(one.authors) > 1
        shown = one.image is not None
        files = len(one.enclosures)
        kept.append((bool(one.figure), one.summary == whole.summary, *lists, shown, files, len(one.summary) > 101))
    assert list(dict.fromkeys(kept)) == [
        (True, True, True, True, True, 2, True),
        (False, True, True, True, True, 2, True),
        (False, False, True, True, True, 2, True),
        (False, False, False, True, True, 2, True),
        (False, False, False, False, True, 2, True),
        (False, False, False, False, False, 2, True),
        (False, False, False, False, False, 1, True),
        (False, False, False, False, False, 1, False),
        (False, False, False, False, False, 0, False),
    ]


@pytest.mark.parametrize("format", FORMATS)
def test_a_document_has_the_same_bytes_whatever_was_rendered_before_it(format: Format) -> None:
    """feeds#9."""
    one, other = (entry_of(id, headline=f"Head & {id}", body={"format": "html", "text": f"<p>{id}</p>"}) for id in "ab")
    together = format.render(feed_of(one, other))
    format.render(feed_of(other))
    later = replace(other, updated=other.updated + timedelta(hours=1))
    assert format.render(feed_of(later, one)) != together
    assert format.render(feed_of(one, other)) == together
    assert format.render(feed_of(one, replace(other, title="Corrected"))) != together
