"""When a sending stops by itself: from how many bounces and complaints on, and what an editor accepted."""

import pytest

from broadsheet.model.newsletter.issue import IssueKey
from broadsheet.model.newsletter.sending import Feedback, Sending, StopReason, breaker, resumed, stopped
from tests.world import NOON

SENDING = Sending(IssueKey("en", "daily", "2026-03-14"), "running", NOON, run=1, segments=1, started_at=NOON)


@pytest.mark.parametrize(
    ("sent", "bounces", "complaints", "reason"),
    [
        (499, 499, 499, None),
        (500, 24, 1, None),
        (500, 25, 0, "bounces"),
        (500, 0, 2, "complaints"),
        (1_000, 49, 2, None),
        (1_000, 50, 2, "bounces"),
        (1_000, 50, 3, "complaints"),  # the stricter limit is named
        (1_001, 50, 3, None),
        (1_000_000, 49_999, 2_999, None),
        (1_000_000, 49_999, 3_000, "complaints"),
        (1_000_000, 50_000, 0, "bounces"),
    ],
)
def test_a_sending_stops_from_500_mails_with_5_percent_of_bounces_or_3_complaints_in_1000(
    sent: int, bounces: int, complaints: int, reason: StopReason | None
) -> None:
    """newsletter#40"""
    assert breaker(SENDING, Feedback(sent, bounces, complaints)) == reason


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (Feedback(0, 500, 500), None),
        (Feedback(499, 499, 499), None),
        (Feedback(500, 24, 1), None),
        (Feedback(500, 25, 0), "bounces"),
        (Feedback(500, 0, 2), "complaints"),
    ],
)
def test_it_counts_anew_after_an_editor_resumed_it(more: Feedback, reason: StopReason | None) -> None:
    """newsletter#40"""
    before = Feedback(600, 60, 3)
    again = resumed(stopped(SENDING, SENDING.key, "bounces", None, NOON), SENDING.key, before, "lina", NOON)
    now = Feedback(before.sent + more.sent, before.bounces + more.bounces, before.complaints + more.complaints)
    assert breaker(again, now) == reason
    assert breaker(SENDING, now) is not None
