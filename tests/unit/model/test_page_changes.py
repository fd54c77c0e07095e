"""Which pages of an article a change of it makes, changes and removes."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from broadsheet.model.article import Article, postpone, release, withdraw
from broadsheet.model.correction import Correction
from broadsheet.model.enclosure import Enclosure
from broadsheet.model.manuscript import Image
from broadsheet.model.page_changes import UNSEEN, PageChanges, page_changes
from tests.unit.model.test_article import HOUR, SITE, put
from tests.unit.render.newsroom import Newsroom
from tests.world import NOON

LATER = "2026-03-15T00:00:00+02:00"
PATH, MOVED = "/en/2026/03/14/ferry-returns-to-the-old-harbour/", "/en/2026/03/14/night-ferry/"
NOTHING = PageChanges()


def scheduled() -> Article:
    return put(published_at=LATER)


def released() -> Article:
    return release(scheduled(), NOON + timedelta(days=1))


def test_the_page_of_an_article_that_goes_live_for_the_first_time_is_new() -> None:
    assert page_changes(None, put()) == PageChanges(new=(PATH,))
    draft = put(status="draft")
    assert page_changes(draft, put(draft)) == PageChanges(new=(PATH,))
    assert page_changes(scheduled(), released()) == PageChanges(new=(released().path or "",))


def test_the_page_of_an_article_that_comes_back_may_be_in_caches() -> None:
    gone = withdraw(put(), NOON)
    assert page_changes(gone, put(gone, now=NOON + HOUR)) == PageChanges(changed=(PATH,))


def test_an_article_that_moves_has_a_new_page_and_leaves_one() -> None:
    assert page_changes(put(), put(put(), slug="night-ferry")) == PageChanges(new=(MOVED,), changed=(PATH,))


@pytest.mark.parametrize(
    "after", [withdraw(put(), NOON), put(put(), status="draft"), postpone(put(), NOON + HOUR, NOON, SITE)]
)
def test_an_article_that_leaves_the_site_leaves_its_page(after: Article) -> None:
    assert page_changes(put(), after) == PageChanges(changed=(PATH,))


@pytest.mark.parametrize(
    "states",
    [
        (None, scheduled()),
        (None, put(status="draft")),
        (put(status="draft"), put(put(status="draft"), headline="Another", status="draft")),
        (withdraw(put(), NOON), withdraw(put(), NOON + HOUR)),
        (put(), put()),
    ],
)
def test_what_readers_do_not_see_changes_no_page(states: tuple[Article | None, Article | None]) -> None:
    assert page_changes(*states) == NOTHING


# A value of each field that differs from those of the article below. Another edition, path or state is another page.
OTHERS: dict[str, Any] = {
    "headline": "Another",
    "summary": "Another",
    "section": "sport",
    "tags": ("harbour",),
    "authors": ("Lina Haddad",),
    "kind": "caricature",
    "image": Image("/media/gulls.svg", "Two gulls", "", "", 1200, 800, None),
    "enclosure": Enclosure("/media/ferry.mp3", "audio/mpeg"),
    "published_at": NOON + timedelta(minutes=1),
    "dated": False,
    "slug": "another",
    "corrections": (Correction("It was five.", NOON),),
    "translation_of": "original",
    "related": ("original",),
    "stem": "another",
    "revision": 2,
    "created_at": NOON + HOUR,
    "changed_at": NOON + HOUR,
    "updated_at": NOON + HOUR,
    "updated_by": "samir",
    "language": "fr",
    "first_live_at": NOON + HOUR,
}
SAME_PAGE = {"id", "edition", "path", "status", "live", "body"}


def test_every_field_of_an_article_is_tried() -> None:
    assert OTHERS.keys() | SAME_PAGE == {field.name for field in fields(Article)}


@pytest.mark.parametrize("name", [*OTHERS, "body"])
def test_a_page_is_changed_exactly_where_its_article_renders_to_another_one(name: str) -> None:
    newsroom = Newsroom()
    newsroom.put("original", edition="ar", headline="الميناء")
    others = OTHERS | {"body": newsroom.put("text", body={"format": "markdown", "text": "Another."}).body}
    before = newsroom.put("ferry")
    after = replace(before, **{name: others[name]})
    pages = []
    for state in (before, after):
        newsroom.articles["ferry"] = state
        [target] = [each for key, each in newsroom.targets().items() if key == f"{before.path}index.html"[1:]]
        pages.append(target.render(newsroom.site, newsroom.snapshot([target])))
    changed = page_changes(before, after) != NOTHING
    assert changed == (pages[0] != pages[1])
    assert changed == (name not in UNSEEN)
