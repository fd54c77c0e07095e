"""Which changes of articles other systems are told of, and in what order."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from broadsheet.model.article import Article, postpone, release, withdraw
from broadsheet.model.article_event import event_of
from tests.unit.model.test_article import HOUR, SITE, put
from tests.world import NOON

LATER = "2026-03-15T00:00:00+02:00"


def kind(before: Article | None, after: Article | None) -> str | None:
    event = event_of(before, after)
    return event.kind if event else None


def scheduled() -> Article:
    return put(published_at=LATER)


def test_an_article_that_goes_live_is_published() -> None:
    assert kind(None, put()) == "published"
    assert kind(put(status="draft"), put(put(status="draft"))) == "published"
    assert kind(scheduled(), release(scheduled(), NOON + timedelta(days=1))) == "published"
    assert kind(withdraw(put(), NOON), put(withdraw(put(), NOON), now=NOON + HOUR)) == "published"


def test_an_article_that_stays_live_is_changed() -> None:
    assert kind(put(), put(put(), now=NOON + HOUR, headline="Another")) == "changed"


@pytest.mark.parametrize(
    "after",
    [
        withdraw(put(), NOON),
        put(put(), status="draft"),
        put(put(), published_at=LATER),
        postpone(put(), NOON + HOUR, NOON, SITE),
    ],
)
def test_an_article_that_leaves_the_site_is_withdrawn(after: Article) -> None:
    assert kind(put(), after) == "withdrawn"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, put(status="draft")),
        (None, scheduled()),
        (put(status="draft"), put(put(status="draft"), status="draft", headline="Another")),
        (scheduled(), put(scheduled(), published_at=LATER, headline="Another")),
        (scheduled(), withdraw(scheduled(), NOON)),
        (withdraw(put(), NOON), put(withdraw(put(), NOON), status="draft")),
    ],
)
def test_of_an_article_that_was_not_and_is_not_live_nothing_is_told(before: Article | None, after: Article) -> None:
    assert kind(before, after) is None


def test_a_row_that_is_written_again_or_gone_is_no_change() -> None:
    assert kind(put(), put()) is None
    assert kind(put(), replace(put(), updated_by="upgrade")) is None
    assert kind(put(), None) is None


def test_what_is_told_of_a_withdrawn_article_is_what_readers_saw_last() -> None:
    event = event_of(put(), put(put(), now=NOON + HOUR, status="draft", headline="Nobody knows yet"))
    assert event
    assert event.shown == put()
    assert event.current.revision == 2


def test_each_later_event_of_an_article_has_a_larger_number_and_an_event_always_the_same() -> None:
    first = put()
    later = put(first, now=NOON + HOUR, headline="Another")
    postponed = postpone(later, NOON + 2 * HOUR, NOON + HOUR, SITE)
    released = release(postponed, NOON + 3 * HOUR)
    gone = withdraw(released, NOON + 4 * HOUR)
    states = (None, first, later, postponed, released, gone, put(gone, now=NOON + 5 * HOUR))
    events = [event_of(before, after) for before, after in pairwise(states)]
    assert [event.kind for event in events if event] == [
        "published",
        "changed",
        "withdrawn",
        "published",
        "withdrawn",
        "published",
    ]
    numbers = [event.sequence for event in events if event]
    assert numbers == sorted(set(numbers))
