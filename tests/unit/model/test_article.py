"""How an article changes when it is put, released and withdrawn."""

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from broadsheet.model.article import STATES, Article, paths, postpone, release, revise, withdraw
from broadsheet.model.config import parse_site
from broadsheet.model.errors import Invalid
from broadsheet.schemas.article import parse_article
from broadsheet.settings import SITE_FILE
from tests.world import NOON, fields

IMAGE = {"src": "/media/gulls.svg", "alt": "Two gulls", "width": 1200, "height": 800}
HOUR = timedelta(hours=1)
SITE = parse_site(SITE_FILE.read_text(encoding="utf-8"))


def put(previous: Article | None = None, now: datetime = NOON, **changed: object) -> Article:
    return revise(previous, "ferry", parse_article(fields(**changed), SITE, "ferry"), now, SITE)


def test_an_article_is_live_from_its_publication_time_and_scheduled_before() -> None:
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


def test_the_same_content_after_the_publication_time_is_no_change() -> None:
    scheduled = put(published_at="2026-03-15T00:00:00+02:00")
    assert put(scheduled, now=NOON + timedelta(days=2), published_at="2026-03-15T00:00:00+02:00") is scheduled


def test_a_new_headline_keeps_the_path_and_a_new_slug_changes_it() -> None:
    first = put()
    assert put(first, headline="Another").path == first.path
    assert put(first, slug="night-ferry").path == "/en/2026/03/14/night-ferry/"


def test_a_draft_with_a_new_slug_gets_its_new_path_when_it_is_published_again() -> None:
    """The draft keeps its path and stem, so the new slug still counts as a change."""
    first = put()
    draft = put(first, status="draft", slug="night-ferry")
    assert (draft.path, draft.slug) == (first.path, "night-ferry")
    assert put(draft, slug="night-ferry").path == "/en/2026/03/14/night-ferry/"
    assert put(draft, slug=None).path == first.path


def test_a_scheduled_article_keeps_the_slug_that_its_page_will_have() -> None:
    scheduled = put(published_at="2026-03-15T00:00:00+02:00")
    assert put(scheduled, headline="Another", published_at="2026-03-15T00:00:00+02:00").stem == scheduled.stem


def test_a_new_day_changes_the_path_and_a_new_hour_does_not() -> None:
    first = put()
    assert put(first, published_at="2026-03-14T23:59:59+02:00").path == first.path
    assert (
        put(first, published_at="2026-03-13T10:00:00+02:00").path == "/en/2026/03/13/ferry-returns-to-the-old-harbour/"
    )


def test_the_day_in_the_path_is_in_the_sites_time_zone() -> None:
    assert put(published_at="2026-03-13T22:30:00Z").path == "/en/2026/03/14/ferry-returns-to-the-old-harbour/"


def test_an_article_without_a_date_is_published_now_and_keeps_that_date() -> None:
    first = put(published_at=None)
    assert first.published_at == NOON
    assert put(first, now=NOON + timedelta(days=1), published_at=None) is first


def test_a_draft_without_a_date_gets_the_date_of_its_publication() -> None:
    draft = put(status="draft", published_at=None)
    published = put(draft, now=NOON + timedelta(days=1), published_at=None)
    assert published.published_at == NOON + timedelta(days=1)


def test_a_headline_without_letters_takes_its_slug_from_the_id() -> None:
    assert put(headline="?!").path == "/en/2026/03/14/ferry/"


def test_paths_to_try_have_counts_and_end_with_a_unique_one() -> None:
    tried = list(islice(paths(put(), SITE), 20))
    assert tried[1] == "/en/2026/03/14/ferry-returns-to-the-old-harbour-2/"
    assert tried[-1] == "/en/2026/03/14/ferry-returns-to-the-old-harbour-e9087d0b20d8/"
    assert len(set(tried)) == len(tried)


def test_withdrawing_is_idempotent() -> None:
    withdrawn = withdraw(put(), NOON)
    assert (withdrawn.revision, withdrawn.live) == (2, False)
    assert withdraw(withdrawn, NOON) is withdrawn


def test_a_release_happens_at_the_publication_time_and_keeps_the_revision() -> None:
    scheduled = put(published_at="2026-03-15T00:00:00+02:00")
    assert release(scheduled, scheduled.published_at - timedelta(seconds=1)) is scheduled
    released = release(scheduled, scheduled.published_at)
    assert (released.live, released.revision) == (True, scheduled.revision)
    assert release(released, scheduled.published_at) is released


def test_readers_see_no_change_before_publication() -> None:
    scheduled = put(published_at="2026-03-15T00:00:00+02:00")
    assert scheduled.shown_at == datetime(2026, 3, 14, 22, 0, tzinfo=UTC)


def test_an_article_has_one_of_four_states() -> None:
    scheduled = put(published_at="2026-03-15T00:00:00+02:00")
    states = [article.state for article in (put(status="draft"), scheduled, put(), withdraw(scheduled, NOON))]
    assert states == list(STATES)


def test_an_article_that_is_put_back_keeps_its_date_and_its_path() -> None:
    withdrawn = withdraw(put(slug="night-ferry"), NOON)
    back = put(withdrawn, now=NOON + timedelta(days=3), slug=None, headline="Another", published_at=None)
    assert (back.id, back.path, back.published_at) == (withdrawn.id, withdrawn.path, withdrawn.published_at)


def test_a_withdrawn_draft_without_a_date_gets_that_of_its_publication() -> None:
    draft = withdraw(put(status="draft", published_at=None), NOON)
    assert put(draft, now=NOON + timedelta(days=1), published_at=None).published_at == NOON + timedelta(days=1)


def test_a_postponed_article_is_scheduled_and_keeps_its_path_on_the_same_day() -> None:
    first = put(correction="Two decks.")
    later = postpone(first, NOON + timedelta(hours=6), NOON, SITE)
    assert (later.state, later.path, later.revision) == ("scheduled", first.path, 2)
    assert later.published_at == later.updated_at == NOON + timedelta(hours=6)
    assert postpone(later, NOON + timedelta(hours=6), NOON, SITE) is later
    moved = postpone(later, NOON + timedelta(days=1), NOON, SITE)
    assert moved.path == "/en/2026/03/15/ferry-returns-to-the-old-harbour/"
    assert postpone(withdraw(first, NOON), NOON + timedelta(days=1), NOON, SITE).state == "scheduled"


def test_a_draft_or_a_time_that_has_come_cannot_be_postponed() -> None:
    never = put(status="draft")
    for article, until in ((put(), NOON), (never, NOON + HOUR), (withdraw(never, NOON), NOON + HOUR)):
        with pytest.raises(Invalid, match="until"):
            postpone(article, until, NOON, SITE)
