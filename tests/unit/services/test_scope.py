"""Where a run of the publisher looks, and which changes may still be in the stream."""

from datetime import timedelta

import pytest

from broadsheet.model.article import Article, release, revise, withdraw
from broadsheet.model.config import parse_site
from broadsheet.schemas.article import parse_article
from broadsheet.services.publishing.scope import STREAM_RETENTION, Change, Scope
from broadsheet.settings import SITE_FILE
from tests.world import NOON, fields

SITE = parse_site(SITE_FILE.read_text(encoding="utf-8"))
LATER = NOON + timedelta(days=6)


def put(id: str = "weekend", previous: Article | None = None, **changed: object) -> Article:
    return revise(previous, id, parse_article(fields(**changed), SITE, "ferry"), NOON, SITE)


SCHEDULED = put(published_at=LATER.isoformat())


@pytest.mark.parametrize(
    "states",
    [
        (None, SCHEDULED),
        (None, put(published_at=LATER.isoformat(), status="draft")),
        (SCHEDULED, put(previous=SCHEDULED, published_at=LATER.isoformat(), status="draft")),
        (SCHEDULED, put(previous=SCHEDULED, published_at=(LATER + timedelta(days=9)).isoformat())),
        (SCHEDULED, put(previous=SCHEDULED)),
        (SCHEDULED, withdraw(SCHEDULED, NOON)),
        (put(), put(previous=put(), published_at=LATER.isoformat())),
    ],
    ids=["scheduled", "draft", "unscheduled", "postponed", "advanced", "withdrawn", "embargoed"],
)
def test_a_date_in_the_future_does_not_make_changes_of_today_old(states: tuple[Article | None, Article]) -> None:
    scope = Scope([Change(*states), Change(None, put("mine"))])
    assert not scope.has_no_pending_change(put("pending"))


def test_an_article_older_than_the_stream_has_no_pending_change() -> None:
    sent = fields(published_at="2026-03-01T10:00:00+02:00")
    old = revise(None, "old", parse_article(sent, SITE, "ferry"), NOON - STREAM_RETENTION, SITE)
    assert Scope([Change(None, put())]).has_no_pending_change(old)
    assert Scope([Change(SCHEDULED, release(SCHEDULED, LATER))]).has_no_pending_change(put("pending"))


def test_an_article_that_the_schedule_released_late_has_a_pending_change() -> None:
    """Its date is older than the stream, and its change is not."""
    late = release(SCHEDULED, LATER + 2 * STREAM_RETENTION)
    newest = revise(None, "newest", parse_article(fields(), SITE, "ferry"), late.changed_at, SITE)
    assert not Scope([Change(None, newest)]).has_no_pending_change(late)
