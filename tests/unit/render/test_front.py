"""Front pages: the parts of one, each article once, at any number of articles, with pictures and without."""

import re
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.model.article import Article
from broadsheet.model.front import MAX_ARTICLES, Chosen, Front
from broadsheet.model.image import fills
from broadsheet.render.pages.front_parts import parted
from tests.unit.render.newsroom import SITE, Newsroom

SECTIONS = [*SITE.editions["en"].sections]
MAX_SIZE = 40_000  # bytes of a full front page
PICTURE = {"alt": "A dinghy with a red mainsail heels as it rounds a buoy", "width": 1600, "height": 900}


def newsroom(count: int, **changed: Any) -> Newsroom:
    """Articles n0 to n<count - 1>, the newest first, in all sections but opinion."""
    made = Newsroom()
    for number in range(count):
        given = {"section": SECTIONS[number % 6], "published_at": f"2026-03-14T09:{59 - number:02}:00Z"} | changed
        made.put(f"n{number}", headline=f"News {number}", **given)
    return made


def front(made: Newsroom, edition: str = "en") -> str:
    return made.build()[f"{edition}/index.html"].body.decode()


def headlines(html: str) -> list[str]:
    """The headlines in the page's main part, in their order."""
    main = html.partition("<main")[2].partition("</main>")[0]
    return re.findall(r'/2026/\d\d/\d\d/[^"]+">([^<>]+)</a>', main)


def part(html: str, start: str, end: str) -> str:
    assert start in html
    return html.partition(start)[2].partition(end)[0]


GIVEN = st.tuples(
    st.sampled_from([*SECTIONS, "removed"]), st.sampled_from(["article", "article", "caricature"]), st.booleans()
)


def _article(number: int, section: str, kind: str, pictured: bool) -> Article:
    image = {**PICTURE, "src": "/m/a.svg"} if pictured or kind == "caricature" else None
    made = Newsroom().put(f"n{number}", headline=f"News {number}", kind=kind, image=image)
    return replace(made, section=section)


@given(
    st.lists(GIVEN, max_size=MAX_ARTICLES),
    st.sets(st.integers(0, MAX_ARTICLES)),
    st.permutations(SECTIONS),
)
def test_each_article_is_in_one_part_and_what_leads_keeps_its_order(
    given: list[tuple[str, str, bool]], chosen: set[int], sections: list[str]
) -> None:
    articles = [_article(number, *each) for number, each in enumerate(given)]
    choice = Front("en", order=tuple(f"n{number}" for number in chosen))
    parts = parted(articles, choice, sections)
    top = [*filter(None, [parts.lead]), *parts.stories, *parts.newest]
    blocks = [each for _, block in parts.sections for each in block]
    shown = [*top, *parts.opinions, *filter(None, [parts.cartoon]), *blocks, *parts.more]
    assert sorted(each.id for each in shown) == sorted(each.id for each in articles)
    assert [*parts.more] == [each for each in articles if each in parts.more]
    assert bool(articles) == (parts.lead is not None)
    places = [articles.index(each) for each in top]
    assert places == sorted(places)
    before = [each for each in articles[: max(places, default=0)] if each not in top]
    assert all(each.section == "opinion" or each.kind == "caricature" for each in before)
    assert not {each.id for each in before} & set(choice.ids)
    keys = [section for section, _ in parts.sections]
    assert keys == sorted(keys, key=[*sections, "removed"].index)
    for section, block in parts.sections:
        assert section != "opinion"
        assert {each.section for each in block} == {section}
        assert block[0].image or not any(each.image for each in block)


def test_all_that_editors_pinned_is_at_the_top() -> None:
    made = newsroom(MAX_ARTICLES)
    pinned = [f"n{number}" for number in range(12, 24)]
    made.fronts["en"] = Front("en", lead=Chosen("n29"), pinned=tuple(map(Chosen, pinned)))
    assert headlines(front(made))[:13] == [f"News {id[1:]}" for id in ("n29", *pinned)]


@pytest.mark.parametrize(
    ("sections", "below"),
    [(["city"], 0), (["opinion"], 25), (["city", "sport"], 0), ([*["city"] * 9, "sport", "world", "culture"], 10)],
)
def test_articles_for_which_no_block_has_room_are_headlines_below(sections: list[str], below: int) -> None:
    made = Newsroom()
    for number in range(MAX_ARTICLES):
        made.put(
            f"n{number}",
            headline=f"News {number}",
            section=sections[number % len(sections)],
            published_at=f"2026-03-14T09:{59 - number:02}:00Z",
        )
    html = front(made)
    shown = re.findall(r">News (\d+)<", html.partition("<main")[2].partition("</main>")[0])
    assert sorted(map(int, shown)) == [*range(MAX_ARTICLES)]
    more = headlines("<main" + html.partition('<section class="block more"')[2])
    assert more == sorted(more, key=lambda title: int(title.removeprefix("News ")))
    assert len(more) == below


@pytest.mark.parametrize("count", [1, 2, 3, 5, 9, 12, MAX_ARTICLES, 35])
def test_a_front_page_of_any_size_shows_its_newest_articles_once(count: int) -> None:
    found = headlines(front(newsroom(count)))
    assert len(found) == len(set(found)) == min(count, MAX_ARTICLES)
    assert found[:9] == [f"News {number}" for number in range(min(count, 9))]


@pytest.mark.parametrize(("edition", "heading"), [("en", "Our first edition is coming"), ("ar", "العدد الأول قريبًا")])
def test_a_front_page_without_articles_says_that_the_first_edition_is_coming(edition: str, heading: str) -> None:
    html = Newsroom().build()[f"{edition}/index.html"].body.decode()
    assert f"<h2>{heading}</h2>" in html
    assert 'action="/api/subscriptions"' in html
    assert "<article" not in html


def test_without_a_sender_no_page_offers_the_newsletter() -> None:
    made = Newsroom(replace(SITE, sends_mail=False))
    made.put("a")
    pages = {key: each.body.decode() for key, each in made.build().items() if key.endswith(".html")}
    assert len(pages) > 20
    pages.pop("api/index.html")  # the same for every site: it describes every call
    assert [key for key, html in pages.items() if "subscriptions" in html or "newsletter" in html.lower()] == []


def test_a_full_front_page_with_pictures_is_light() -> None:
    made = newsroom(MAX_ARTICLES)
    for number in range(MAX_ARTICLES):
        src = f"/images/{sha256(str(number).encode()).hexdigest()}/1600.jpg"
        made.put(
            f"n{number}",
            headline=f"Number {number} wins the Autumn Regatta by the width of a hat, the judges say",
            section=SECTIONS[number % 7],
            summary="After four hours and three wind shifts, a crew of boatbuilders beat the pilots on the line. " * 2,
            authors=["Orestes Kallin", "Leila Haddar"],
            kind="caricature" if number == 5 else "article",
            image={**PICTURE, "src": src},
            published_at=f"2026-03-14T09:{59 - number:02}:00Z",
        )
    html = made.build()["en/index.html"].body
    assert html.count(b"<picture>") >= 9
    assert len(html) < MAX_SIZE


def test_opinion_and_the_newest_caricature_have_blocks_of_their_own() -> None:
    made = newsroom(4)
    made.put("o", headline="In defence of queues", section="opinion", authors=["Lina Haddad", "Zeno Attar"])
    made.put(
        "c", headline="The morning edition", section="opinion", kind="caricature", image={**PICTURE, "src": "/c.svg"}
    )
    html = front(made)
    assert headlines(html)[0] == "News 0"
    opinions = part(html, '<section class="opinions"', "</section>")
    assert 'href="/en/section/opinion/">Opinion</a>' in opinions
    assert "<bdi>Lina Haddad</bdi>, <bdi>Zeno Attar</bdi>" in opinions
    cartoon = part(html, '<section class="cartoon"', "</section>")
    assert "The morning edition" in cartoon
    assert 'href="/en/caricatures/">Caricature</a>' in cartoon
    assert html.partition("</head>")[2].count("The morning edition") == 1


def test_an_editor_makes_an_opinion_the_lead() -> None:
    made = newsroom(4)
    made.put("o", headline="In defence of queues", section="opinion", published_at="2026-03-01T09:00:00Z")
    made.fronts["en"] = Front("en", lead=Chosen("o"), pinned=(Chosen("n3"),))
    html = front(made)
    assert headlines(html)[:3] == ["In defence of queues", "News 3", "News 0"]
    assert 'class="opinions"' not in html


def test_where_only_opinion_was_published_it_leads() -> None:
    html = front(newsroom(3, section="opinion"))
    assert '<article class="teaser article lead">' in html
    assert len(headlines(html.partition('<section class="opinions"')[0] + "</main>")) == 1


def test_a_front_page_loads_a_caricature_that_is_older_than_its_articles() -> None:
    """Only where there may be one."""
    fragment = 'data-fragment="/en/fragments/caricature.html"'
    assert fragment not in front(newsroom(59))
    made = newsroom(60)
    assert fragment in front(made)
    made.put(
        "c",
        headline="The morning edition",
        kind="caricature",
        image={**PICTURE, "src": "/c.svg"},
        published_at="2026-03-14T09:29:30Z",
    )
    assert fragment not in front(made)
    assert headlines(front(made)).count("The morning edition") == 0
    assert "The morning edition" in part(front(made), '<section class="cartoon"', "</section>")


def test_a_section_block_links_to_its_section_and_shows_a_picture_first() -> None:
    made = newsroom(14, section="city")
    made.put("p", headline="Pictured", image={**PICTURE, "src": "/p.svg"}, published_at="2026-03-13T09:00:00Z")
    block = part(front(made), '<section class="block"', "</section>")
    assert '<h2 id="block-city"><a href="/en/section/city/">City</a></h2>' in block
    assert headlines(f"<main{block}</main>")[:2] == ["Pictured", "News 9"]
    assert "kicker" not in block


def test_blocks_fill_three_columns_evenly() -> None:
    """The first section has as many headlines as the three others together."""
    counts = {"city": 5, "world": 1, "culture": 2, "sport": 2}
    keys = [key for key, count in counts.items() for _ in range(count)]
    articles = [_article(number, key, "article", False) for number, key in enumerate(["city"] * 9 + keys)]
    parts = parted(articles, Front("en"), counts)
    assert [key for key, _ in parts.sections] == list(counts)
    assert parts.columns == ("world", "sport")
    assert parted(articles[:11], Front("en"), counts).columns == ()


@pytest.mark.parametrize(
    ("src", "width", "height", "box", "does"),
    [
        ("/images/a/1600.jpg", 1600, 900, 760, True),
        ("/images/a/300.jpg", 300, 1600, 760, False),
        ("/images/a/1600.jpg", 1600, 300, 760, False),
        ("/images/a/40.jpg", 40, 30, 240, False),
        ("/media/a.svg", 4, 3, 760, True),
    ],
)
def test_no_picture_is_shown_larger_than_its_file(src: str, width: int, height: int, box: int, does: bool) -> None:
    assert fills(src, width, height, box) == does


def test_a_lead_with_a_small_picture_shows_it_small() -> None:
    image = {**PICTURE, "width": 400, "height": 300, "src": "https://pictures.example/a.jpg"}
    assert '<article class="teaser article lead narrow">' in front(newsroom(1, image=image))
    assert '<a class="picture"' in front(newsroom(1, image=image))
    assert '<a class="picture"' not in front(newsroom(1, image={**image, "width": 40, "height": 30}))
