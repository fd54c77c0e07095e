"""What an article says about its changes: its corrections, and when it was last updated."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadsheet.model.article import Article, release, revise, withdraw
from broadsheet.model.config import parse_site
from broadsheet.model.errors import Invalid
from broadsheet.schemas.article import parse_article
from broadsheet.settings import SITE_FILE
from broadsheet.store.article_rows import article_of, row_of
from tests.world import NOON, fields

SITE = parse_site(SITE_FILE.read_text(encoding="utf-8"))
HOUR = timedelta(hours=1)
OLD = "2019-05-01T06:00:00Z"
OLD_AT, OLD_UPDATE = datetime(2019, 5, 1, 6, tzinfo=UTC), datetime(2019, 6, 1, 6, tzinfo=UTC)


def put(previous: Article | None = None, now: datetime = NOON, **changed: object) -> Article:
    return revise(previous, "ferry", parse_article(fields(**changed), SITE, "ferry"), now, SITE)


def texts(article: Article) -> list[str]:
    return [each.text for each in article.corrections]


def test_the_next_correction_does_not_replace_the_one_before() -> None:
    article = put(put(put(), NOON + HOUR, correction="A"), NOON + 2 * HOUR, correction="B")
    assert [(each.text, each.at) for each in article.corrections] == [("A", NOON + HOUR), ("B", NOON + 2 * HOUR)]
    assert article.updated_at == NOON + 2 * HOUR


@pytest.mark.parametrize("sent", [{}, {"correction": ""}, {"correction": "A"}, {"corrections": None}])
def test_a_put_without_a_new_correction_keeps_them_and_changes_nothing(sent: dict[str, object]) -> None:
    article = put(put(put(), NOON, correction="A"), NOON, correction="B")
    assert put(article, NOON + HOUR, **sent) is article


def test_the_whole_list_replaces_the_list_and_keeps_the_times_of_texts_without_one() -> None:
    article = put(put(), NOON, correction="A")
    whole = put(article, NOON + HOUR, corrections=[{"text": "A"}, {"text": "B"}, {"text": "C", "at": OLD}])
    assert [(each.text, each.at) for each in whole.corrections] == [("C", OLD_AT), ("A", NOON), ("B", NOON + HOUR)]
    assert put(whole, NOON + 2 * HOUR, corrections=[{"text": text} for text in texts(whole)]) is whole
    assert put(whole, NOON + 2 * HOUR, corrections=[]).corrections == ()


def test_more_corrections_than_rows_have_room_for_are_refused() -> None:
    article = put(corrections=[{"text": f"{number}"} for number in range(20)])
    with pytest.raises(Invalid, match="correction"):
        put(article, correction="One more")
    with pytest.raises(Invalid, match="correction"):
        put(put(corrections=[{"text": "A" * 2000}, *({"text": f"{at}" * 2000} for at in range(4))]), correction="B")


def test_an_article_that_comes_in_late_was_updated_when_it_was_published() -> None:
    article = put(published_at=OLD)
    assert (article.updated_at, article.updated, article.changed_at) == (OLD_AT, False, NOON)
    assert put(article, NOON + HOUR, published_at=OLD) is article
    assert put(article, NOON + HOUR, published_at=OLD, summary="New.").updated_at == NOON + HOUR


def test_the_time_of_an_update_can_be_sent() -> None:
    sent: dict[str, Any] = {"published_at": OLD, "updated_at": "2019-06-01T08:00:00+02:00"}
    article = put(**sent)
    assert article.updated_at == OLD_UPDATE
    assert put(article, NOON + HOUR, **sent) is article
    assert put(article, NOON + HOUR, published_at=OLD) is article
    assert put(article, NOON + HOUR, **sent, summary="Converted better.").updated_at == OLD_UPDATE
    assert put(article, NOON + HOUR, **sent, correction="A").updated_at == NOON + HOUR


def test_a_late_article_was_corrected_when_it_was_updated_or_when_its_corrections_say() -> None:
    article = put(published_at=OLD, updated_at=OLD_UPDATE.isoformat(), correction="A")
    assert (article.corrections[0].at, article.updated_at) == (OLD_UPDATE, OLD_UPDATE)
    listed = put(published_at=OLD, corrections=[{"text": "A", "at": OLD_UPDATE.isoformat()}])
    assert listed.updated_at == OLD_UPDATE


def test_an_update_before_the_publication_counts_as_the_publication() -> None:
    assert put(published_at=OLD, updated_at="2018-01-01T00:00:00Z").updated_at == OLD_AT


def test_a_time_in_the_future_is_refused_but_for_that_of_a_scheduled_publication() -> None:
    for wrong in (
        {"updated_at": "2026-03-14T12:00:01Z"},
        {"corrections": [{"text": "A", "at": "2100-01-01T00:00:00Z"}]},
    ):
        with pytest.raises(Invalid, match="future"):
            put(**wrong)
    scheduled = put(published_at="2026-03-15T00:00:00Z")
    again: dict[str, Any] = {"published_at": "2026-03-15T00:00:00Z", "updated_at": scheduled.updated_at.isoformat()}
    assert put(scheduled, **again) is scheduled


def test_a_scheduled_article_and_a_draft_are_updated_when_they_are_published() -> None:
    scheduled = put(put(published_at="2026-03-15T00:00:00Z"), summary="New.", published_at="2026-03-15T00:00:00Z")
    released = release(scheduled, scheduled.published_at)
    assert released.updated_at == released.published_at
    draft = put(put(status="draft", published_at=OLD), status="draft", published_at=OLD, summary="New.")
    assert put(draft, NOON + HOUR, published_at=OLD, summary="New.").updated_at == OLD_AT


def test_an_article_that_is_put_back_was_updated_only_if_it_changed() -> None:
    article = put()
    gone = withdraw(article, NOON + HOUR)
    assert (gone.updated_at, gone.changed_at) == (article.updated_at, NOON + HOUR)
    assert put(gone, NOON + 2 * HOUR).updated_at == article.updated_at
    assert put(gone, NOON + 2 * HOUR, summary="New.").updated_at == NOON + 2 * HOUR
    draft = put(article, NOON + HOUR, status="draft", summary="New.")
    assert put(draft, NOON + 2 * HOUR, summary="New.").updated_at == NOON + HOUR


def test_a_change_that_readers_do_not_see_is_no_update() -> None:
    article = put()
    named = put(article, NOON + HOUR, slug=article.stem)
    assert (named.revision, named.updated_at) == (2, article.updated_at)
    assert put(article, NOON + HOUR, translation_of="other").updated_at == NOON + HOUR


def test_rows_of_earlier_versions_keep_their_correction_and_their_late_articles() -> None:
    article = put()
    row = {name: value for name, value in row_of(article).items() if name not in ("changed_at", "corrections")}
    late = article_of(row | {"updated_at": "2026-03-14T12:00:00Z"})
    assert (late.updated_at, late.changed_at, late.corrections) == (article.published_at, NOON, ())
    corrected = article_of(row | {"updated_at": "2026-03-14T12:00:00Z", "revision": 2, "correction": "A"})
    assert (corrected.updated_at, [(each.text, each.at) for each in corrected.corrections]) == (NOON, [("A", NOON)])


SENT = st.fixed_dictionaries(
    {},
    optional={
        "summary": st.sampled_from(["", "S"]),
        "correction": st.sampled_from(["", "A", "B", "C"]),
        "published_at": st.sampled_from([OLD, "2026-03-15T00:00:00Z", "2026-03-14T14:00:00Z"]),
        "updated_at": st.sampled_from([None, OLD, "2026-03-14T12:00:00Z"]),
        "status": st.sampled_from(["draft", "published"]),
    },
)


@given(st.lists(SENT, min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_in_any_sequence_of_puts_corrections_only_grow_and_no_update_is_before_the_publication(
    sequence: list[dict[str, object]],
) -> None:
    article, now = None, NOON
    for sent in sequence:
        now += HOUR
        before, article = article, put(article, now, **sent)
        assert set(before.corrections if before else ()) <= set(article.corrections)
        assert article.updated_at >= max([article.published_at, *(each.at for each in article.corrections)])
        assert article.updated_at <= max(now, article.published_at)
        assert put(article, now, **sent) is article
        assert article_of(row_of(article)) == article
