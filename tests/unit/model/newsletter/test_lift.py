"""What an editor's lift of a suppression makes of a subscriber, and what late notifications change after it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from broadsheet.model.errors import LinkRefused
from broadsheet.model.newsletter import subscriber
from broadsheet.model.newsletter.bounces import (
    MAX_SOFT_BOUNCES,
    MIN_SOFT_BOUNCING,
    Notification,
    after_notification,
)
from broadsheet.model.newsletter.subscriber import (
    Lift,
    Preferences,
    Subscriber,
    SuppressionReason,
    confirmation_due,
    lifted,
    suppressed,
)
from broadsheet.store import subscriber_rows
from tests.unit.model.newsletter.test_bounces import notification
from tests.unit.model.newsletter.test_subscriber import HOUR, MINUTE, confirmed, in_state, sign_up_request
from tests.world import NOON

DAY = timedelta(days=1)
LIFTED_AT = NOON + 3 * DAY
REASONS: tuple[SuppressionReason, ...] = ("bounce", "complaint", "import")


def stopped(reason: SuppressionReason, state: str = "confirmed") -> Subscriber:
    """A subscriber who was in the state, and suppressed two days after signing up."""
    return suppressed(in_state(state), reason, NOON + 2 * DAY)


def lift(current: Subscriber, after: timedelta = timedelta()) -> Subscriber:
    return lifted(current, "lina", LIFTED_AT + after)


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("state", ["pending", "confirmed", "unsubscribed"])
def test_a_lift_ends_any_suppression_and_subscribes_only_whose_confirmed_mail_bounced(
    state: str, reason: SuppressionReason
) -> None:
    """newsletter#18, newsletter#26: who complained, left or never confirmed gets mail only after confirming."""
    before = stopped(reason, state)
    after = lift(before)
    assert after.state == ("confirmed" if (state, reason) == ("confirmed", "bounce") else "unsubscribed")
    assert (after.suppression_reason, after.nonce, after.bounces, after.confirmed_before) == (None, None, (), False)
    assert after.profile == before.profile
    assert (after.changed_at, after.revision) == (LIFTED_AT, before.revision + 1)
    assert after.lift == Lift("lina", LIFTED_AT, reason, NOON + 2 * DAY if reason == "complaint" else None)


@pytest.mark.parametrize("state", ["pending", "confirmed", "unsubscribed"])
def test_a_lift_changes_nobody_who_is_not_suppressed(state: str) -> None:
    assert lift(in_state(state)) == in_state(state)


@pytest.mark.parametrize("reason", REASONS)
def test_a_second_lift_changes_nothing_and_keeps_who_made_the_first(reason: SuppressionReason) -> None:
    once = lift(stopped(reason))
    assert lifted(once, "omar", LIFTED_AT + HOUR) == once


def test_a_complaint_after_a_bounce_is_what_a_lift_lifts() -> None:
    """newsletter#18"""
    after = lift(suppressed(stopped("bounce"), "complaint", NOON + 2 * DAY + HOUR))
    assert after.state == "unsubscribed"
    assert after.lift == Lift("lina", LIFTED_AT, "complaint", NOON + 2 * DAY + HOUR)


def test_who_unsubscribes_or_signs_up_while_suppressed_is_not_subscribed_by_a_lift() -> None:
    """newsletter#18: a lift subscribes to what the reader confirmed, and to nothing else. A new link works."""
    left = subscriber.unsubscribed(stopped("bounce"), LIFTED_AT - HOUR)
    assert subscriber.unsubscribed(left, LIFTED_AT) == left
    assert lift(left).state == "unsubscribed"
    asked = subscriber.signed_up(stopped("bounce"), sign_up_request(2 * DAY + HOUR, "ar"), "second")
    assert asked.nonce == "second"
    assert (lift(asked).state, lift(asked).nonce) == ("pending", "second")
    with pytest.raises(LinkRefused):
        confirmed(lift(asked), "first", LIFTED_AT + HOUR)
    assert confirmed(lift(asked), "second", LIFTED_AT + HOUR).state == "confirmed"
    declined = subscriber.unsubscribed(asked, LIFTED_AT - HOUR)
    assert lift(declined).state == "unsubscribed"


@pytest.mark.parametrize("reason", REASONS)
def test_an_erased_subscriber_stays_erased_and_may_return(reason: SuppressionReason) -> None:
    """newsletter#25"""
    after = lift(subscriber.erased(stopped(reason), NOON + 2 * DAY + HOUR))
    assert (after.state, after.profile) == ("unsubscribed", None)
    back = subscriber.signed_up(after, sign_up_request(4 * DAY), "second")
    assert back.state == "pending"


@pytest.mark.parametrize("reason", ["complaint", "import"])
def test_after_a_lift_a_reader_returns_by_a_new_confirmation_only(reason: SuppressionReason) -> None:
    """newsletter#18"""
    after = lift(stopped(reason))
    with pytest.raises(LinkRefused):
        confirmed(after, "first", LIFTED_AT + MINUTE)
    assert subscriber.signed_up(after, sign_up_request(2 * DAY + HOUR), "second") == after
    request = sign_up_request(3 * DAY + HOUR)
    back = subscriber.signed_up(after, request, "second")
    assert confirmation_due(back, request)
    again = confirmed(back, "second", LIFTED_AT + 2 * HOUR)
    assert (again.state, again.lift) == ("confirmed", after.lift)


@pytest.mark.parametrize("reason", REASONS)
def test_bounces_of_mails_from_before_a_lift_are_ignored(reason: SuppressionReason) -> None:
    """newsletter#26: however late their notifications come."""
    after = lift(stopped(reason))
    early = [notification("soft bounce", 1 + number / 10) for number in range(MAX_SOFT_BOUNCES)]
    late = replace(notification("soft bounce"), at=NOON + 1 * DAY + MIN_SOFT_BOUNCING)
    for one in (notification("hard bounce"), *early, late):
        assert after_notification(after, one) == after
    assert after_notification(after, notification("hard bounce", 4)).suppression_reason == "bounce"


def complaint(made: timedelta, about: str = "mail-1") -> Notification:
    return Notification("complaint", "id", about, NOON + DAY, NOON + made)


def test_the_complaint_that_was_lifted_does_not_suppress_again() -> None:
    """newsletter#26: however often its notification comes, and after other suppressions too."""
    once = lift(stopped("complaint"))
    assert after_notification(once, complaint(2 * DAY)) == once
    bounced = suppressed(once, "bounce", LIFTED_AT + HOUR)
    assert after_notification(bounced, complaint(2 * DAY)) == bounced
    twice = lift(bounced, DAY)
    assert after_notification(twice, complaint(2 * DAY)) == twice


@pytest.mark.parametrize("reason", REASONS)
def test_a_complaint_that_no_editor_has_lifted_suppresses_again(reason: SuppressionReason) -> None:
    """newsletter#26: also if it was made before the lift, and comes after it."""
    after = after_notification(lift(stopped(reason)), complaint(2 * DAY + HOUR, "mail-2"))
    assert (after.state, after.suppression_reason) == ("suppressed", "complaint")


def test_of_several_complaints_a_lift_ends_all_in_whatever_order_they_came() -> None:
    """newsletter#26"""
    for first, second in ((2 * DAY, 2 * DAY + HOUR), (2 * DAY + HOUR, 2 * DAY)):
        both = after_notification(after_notification(in_state("confirmed"), complaint(first)), complaint(second))
        assert both.changed_at == NOON + 2 * DAY + HOUR
        assert after_notification(after_notification(both, complaint(first)), complaint(second)) == both
        after = lift(both)
        for made in (first, second):
            assert after_notification(after, complaint(made)) == after


def test_a_lift_is_in_the_row_and_rows_of_earlier_versions_have_none() -> None:
    after = lift(stopped("complaint"))
    row = subscriber_rows.row_of(after)
    assert subscriber_rows.subscriber("id", row) == after
    bounced = stopped("bounce")
    earlier = subscriber_rows.row_of(bounced)
    assert subscriber_rows.subscriber("id", earlier) == bounced
    del earlier["lift"], earlier["confirmed_before"]
    read = subscriber_rows.subscriber("id", earlier)
    assert read == replace(bounced, confirmed_before=False)
    # Whether the subscriber had unsubscribed is not known, so a lift subscribes nobody.
    assert lift(read).state == "unsubscribed"


def test_preferences_are_kept_through_a_bounce_and_its_lift() -> None:
    chosen = subscriber.with_preferences(in_state("confirmed"), Preferences("ar", ("city",), "weekly"))
    after = lift(suppressed(chosen, "bounce", NOON + 2 * DAY))
    assert after.profile == chosen.profile
