"""The rules by which an article changes."""

from datetime import UTC, datetime, timedelta
from itertools import islice

from broadsheet.model.article import Article, paths, release, revise, withdraw
from broadsheet.model.config import parse_site
from broadsheet.schemas.article import parse_article
from broadsheet.settings import SITE_FILE
from tests.world import NOON, fields

IMAGE = {"src": "/media/gulls.svg", "alt": "Two gulls", "width": 1200, "height": 800}
SITE = parse_site(SITE_FILE.read_text(encoding="utf-8"))


def put(previous: Article | None = None, now: datetime = NOON, **changed: object) -> Article:
    return revise(previous, "ferry", parse_article(fields(**changed), SITE), now, SITE)


def test_a_time_that_has_come_makes_it_live_and_one_ahead_schedules_it() -> None:
    assert put().live
    later = put(published_at="2026-03-15T00:00:00+02:00")
    assert (later.live, later.scheduled) == (False, True)
    assert not put(status="draft").live


def test_an_article_belongs_to_each_of_its_channels_once() -> None:
    article = put(tags=["Ferries", "ferries", "عبّارات"], authors=["Lina Haddad"], kind="caricature", image=IMAGE)
    assert [(channel.edition, channel.listing) for channel in article.channels] == [
        (None, "all"),
        ("en", "all"),
        ("en", "section/city"),
        ("en", "caricatures"),
        ("en", "tag/ferries"),
        ("en", "tag/عبارات"),
        ("en", "author/lina-haddad"),
    ]
    assert [*article.names.values()] == ["Ferries", "عبّارات", "Lina Haddad"]


def test_the_same_content_again_is_the_same_article() -> None:
    first = put()
    assert put(first, now=NOON + timedelta(days=1)) is first


def test_the_same_content_again_is_no_edit_even_when_its_time_has_come() -> None:
    waiting = put(published_at="2026-03-15T00:00:00+02:00")
    assert put(waiting, now=NOON + timedelta(days=2), published_at="2026-03-15T00:00:00+02:00") is waiting


def test_a_new_headline_keeps_the_address_and_a_new_slug_moves_it() -> None:
    first = put()
    assert put(first, headline="Another").path == first.path
    assert put(first, slug="night-ferry").path == "/en/2026/03/14/night-ferry/"


def test_a_slug_that_a_draft_asks_for_moves_it_when_it_is_published_again() -> None:
    """As a draft it keeps its address, so it still has the earlier slug to move from."""
    first = put()
    draft = put(first, status="draft", slug="night-ferry")
    assert (draft.path, draft.slug) == (first.path, "night-ferry")
    assert put(draft, slug="night-ferry").path == "/en/2026/03/14/night-ferry/"
    assert put(draft, slug=None).path == first.path


def test_a_scheduled_article_keeps_the_slug_that_its_page_will_have() -> None:
    waiting = put(published_at="2026-03-15T00:00:00+02:00")
    assert put(waiting, headline="Another", published_at="2026-03-15T00:00:00+02:00").stem == waiting.stem


def test_a_new_day_moves_it_and_a_new_hour_does_not() -> None:
    first = put()
    assert put(first, published_at="2026-03-14T23:59:59+02:00").path == first.path
    assert (
        put(first, published_at="2026-03-13T10:00:00+02:00").path == "/en/2026/03/13/ferry-returns-to-the-old-harbour/"
    )


def test_the_day_in_the_address_is_the_site_s() -> None:
    assert put(published_at="2026-03-13T22:30:00Z").path == "/en/2026/03/14/ferry-returns-to-the-old-harbour/"


def test_without_a_date_it_is_now_and_stays_so() -> None:
    first = put(published_at=None)
    assert first.published_at == NOON
    assert put(first, now=NOON + timedelta(days=1), published_at=None) is first


def test_a_draft_without_a_date_is_dated_when_it_is_published() -> None:
    draft = put(status="draft", published_at=None)
    published = put(draft, now=NOON + timedelta(days=1), published_at=None)
    assert published.published_at == NOON + timedelta(days=1)


def test_a_headline_without_letters_takes_its_slug_from_the_id() -> None:
    assert put(headline="?!").path == "/en/2026/03/14/ferry/"


def test_addresses_are_tried_with_counts_and_end_with_one_of_its_own() -> None:
    tried = list(islice(paths(put(), SITE), 20))
    assert tried[1] == "/en/2026/03/14/ferry-returns-to-the-old-harbour-2/"
    assert tried[-1] == "/en/2026/03/14/ferry-returns-to-the-old-harbour-e9087d0b20d8/"
    assert len(set(tried)) == len(tried)


def test_withdrawing_twice_is_withdrawing_once() -> None:
    gone = withdraw(put(), NOON)
    assert (gone.revision, gone.live) == (2, False)
    assert withdraw(gone, NOON) is gone


def test_release_waits_for_its_time_and_leaves_the_revision() -> None:
    waiting = put(published_at="2026-03-15T00:00:00+02:00")
    assert release(waiting, waiting.published_at - timedelta(seconds=1)) is waiting
    released = release(waiting, waiting.published_at)
    assert (released.live, released.revision) == (True, waiting.revision)
    assert release(released, waiting.published_at) is released


def test_readers_see_no_change_before_publication() -> None:
    waiting = put(published_at="2026-03-15T00:00:00+02:00")
    assert waiting.shown_at == datetime(2026, 3, 14, 22, 0, tzinfo=UTC)
