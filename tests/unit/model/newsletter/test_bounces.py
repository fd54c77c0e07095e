"""How notifications from SES change a subscriber, in any order and more than once: no table, no clock."""

import itertools
from datetime import timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.model.newsletter import subscriber
from broadsheet.model.newsletter.bounces import (
    MAX_SOFT_BOUNCES,
    MIN_SOFT_BOUNCING,
    Notification,
    after_notification,
    parse_event,
    parse_notification,
)
from broadsheet.model.newsletter.subscriber import Preferences, Subscriber
from tests.unit.model.newsletter.test_subscriber import in_state, sign_up_request
from tests.world import NOON

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
STATES = ("pending", "confirmed", "unsubscribed", "suppressed")


def notification(kind: Any, number: float = 1) -> Notification:
    """About a mail that was sent `number` days after the sign-up; it happened a minute later."""
    return Notification(kind, "id", f"mail-{number}", NOON + number * DAY, NOON + number * DAY + MINUTE)


def event(kind: str, about: dict[str, Any], **mail: Any) -> dict[str, Any]:
    """An SES event, with the fields that are read."""
    tags = {"subscriber": ["id"], "ses:configuration-set": ["set"]}
    event_fields = {
        "messageId": "mail-1",
        "timestamp": "2026-03-15T12:00:00.000Z",
        "tags": tags,
        "destination": ["x@y.example"],
    }
    return {"eventType": kind, "mail": event_fields | mail, kind[0].lower() + kind[1:]: about}


AT = {"timestamp": "2026-03-15T12:01:00.000Z"}


@pytest.mark.parametrize(
    ("kind", "about", "meant"),
    [
        ("Bounce", AT | {"bounceType": "Permanent", "bounceSubType": "NoEmail"}, "hard bounce"),
        ("Bounce", AT | {"bounceType": "Transient", "bounceSubType": "MailboxFull"}, "soft bounce"),
        ("Bounce", AT | {"bounceType": "Transient", "bounceSubType": "ContentRejected"}, "refused content"),
        ("Bounce", AT | {"bounceType": "Transient", "bounceSubType": "MessageTooLarge"}, "refused content"),
        ("Bounce", AT | {"bounceType": "Transient", "bounceSubType": "AttachmentRejected"}, "refused content"),
        ("Bounce", AT | {"bounceType": "Undetermined", "bounceSubType": "Undetermined"}, "soft bounce"),
        ("Complaint", AT | {"complaintFeedbackType": "abuse"}, "complaint"),
        ("Complaint", AT, "complaint"),
        ("Delivery", AT | {"smtpResponse": "250 ok"}, "delivery"),
        ("DeliveryDelay", AT | {"delayType": "MailboxFull"}, "delay"),
    ],
)
def test_an_event_becomes_a_notification_of_its_kind(kind: str, about: dict[str, Any], meant: str) -> None:
    """newsletter#26"""
    assert parse_notification(event(kind, about)) == notification(meant)


@pytest.mark.parametrize(
    "message",
    [
        "Successfully validated SNS topic for Amazon SES event publishing.",
        "",
        "{",
        "null",
        "[1]",
        '"eventType"',
        '{"notificationType": "Bounce"}',
    ],
)
def test_a_message_that_is_not_an_event_is_ignored(message: str) -> None:
    """aws#16: SES publishes the first one when an event destination is created or changed."""
    assert parse_event(message) is None


def test_an_event_is_parsed_from_its_message() -> None:
    event_fields = event("Delivery", AT)
    assert parse_event(orjson.dumps(event_fields).decode()) == event_fields


def test_a_reject_has_the_time_at_which_the_mail_was_sent() -> None:
    rejected = parse_notification(event("Reject", {"reason": "Bad content"}))
    assert rejected
    assert (rejected.kind, rejected.at) == ("reject", rejected.sent_at)


def test_mails_without_the_tag_and_other_events_are_ignored() -> None:
    assert parse_notification(event("Delivery", AT, tags={})) is None
    assert parse_notification(event("Open", AT)) is None
    assert parse_notification(event("Complaint", AT | {"complaintFeedbackType": "not-spam"})) is None
    for broken in ({}, {"eventType": "Bounce"}, {"eventType": "Bounce", "bounce": {}, "mail": {}}):
        with pytest.raises(KeyError):
            parse_notification(broken)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("kind", "reason"), [("hard bounce", "bounce"), ("complaint", "complaint")])
def test_a_hard_bounce_and_a_complaint_suppress(state: str, kind: str, reason: str) -> None:
    """newsletter#26"""
    after = after_notification(in_state(state), notification(kind))
    assert after.state == "suppressed"
    assert after.nonce is None
    assert after.suppression_reason == (reason if state != "suppressed" else "complaint")
    assert after_notification(after, notification(kind)) == after


def test_a_bounce_of_a_mail_from_before_the_confirmation_is_ignored() -> None:
    """newsletter#26: the confirmation proves that mail arrives. A complaint always counts."""
    early = Notification("hard bounce", "id", "mail-0", NOON + MINUTE, NOON + DAY)
    assert after_notification(in_state("confirmed"), early) == in_state("confirmed")
    assert after_notification(in_state("pending"), early).state == "suppressed"
    assert (
        after_notification(
            in_state("confirmed"), Notification("complaint", "id", "mail-0", NOON + MINUTE, NOON + DAY)
        ).state
        == "suppressed"
    )


def test_five_soft_bounces_in_thirty_days_without_a_delivery_suppress() -> None:
    """newsletter#26"""
    current = in_state("confirmed")
    for number in range(1, MAX_SOFT_BOUNCES):
        current = after_notification(
            after_notification(current, notification("soft bounce", number)), notification("soft bounce", number)
        )
        assert current.state == "confirmed"
    last = 1 + MIN_SOFT_BOUNCING.days
    assert after_notification(current, notification("soft bounce", last - 1)).state == "confirmed"
    assert after_notification(current, notification("soft bounce", last)).state == "suppressed"


def test_a_mailbox_that_is_full_over_a_holiday_and_then_not_keeps_its_subscriber() -> None:
    """newsletter#26: four weeks of a daily newsletter, and of one that comes twice a day."""
    current = in_state("confirmed")
    for day in range(1, MIN_SOFT_BOUNCING.days):
        for mail in (day, day + 0.5):
            current = after_notification(current, notification("soft bounce", mail))
    assert current.state == "confirmed"
    assert after_notification(current, notification("delivery", MIN_SOFT_BOUNCING.days)).bounces == ()


def test_a_notice_of_absence_for_each_mail_keeps_its_subscriber() -> None:
    """newsletter#26: SES reports a delivery, and then a bounce, of the same mail."""
    current = in_state("confirmed")
    for day in range(1, 100):
        current = after_notification(current, notification("delivery", day))
        current = after_notification(current, notification("soft bounce", day + 0.1))
    assert current.state == "confirmed"
    assert len(current.bounces) == 1


def test_refused_content_never_counts_against_the_reader() -> None:
    """newsletter#26"""
    for number in range(1, 100):
        assert after_notification(in_state("confirmed"), notification("refused content", number)) == in_state(
            "confirmed"
        )


def test_a_delivery_removes_the_soft_bounces_before_it() -> None:
    """newsletter#26: also if their notifications come later."""
    current = in_state("confirmed")
    for number in range(1, MAX_SOFT_BOUNCES):
        current = after_notification(current, notification("soft bounce", number))
    current = after_notification(current, notification("delivery", MAX_SOFT_BOUNCES))
    assert current.bounces == ()
    assert after_notification(current, notification("soft bounce", 2)) == current
    assert after_notification(current, notification("soft bounce", MAX_SOFT_BOUNCES + 1)).state == "confirmed"


def test_a_delivery_without_earlier_bounces_causes_no_write() -> None:
    assert after_notification(in_state("confirmed"), notification("delivery")) == in_state("confirmed")


@pytest.mark.parametrize("kind", ["delay", "reject"])
def test_a_delay_and_a_reject_change_nothing(kind: str) -> None:
    assert after_notification(in_state("confirmed"), notification(kind)) == in_state("confirmed")


def test_a_complaint_suppresses_an_erased_subscriber() -> None:
    """newsletter#25, newsletter#26"""
    gone = subscriber.erased(in_state("confirmed"), NOON + DAY)
    after = after_notification(gone, notification("complaint", 2))
    assert (after.state, after.profile) == ("suppressed", None)
    assert subscriber.signed_up(after, sign_up_request(9 * DAY), "again") == after


def test_bounces_of_erased_subscribers_are_not_stored() -> None:
    """newsletter#25, newsletter#26: SES can resolve a message id to an email."""
    gone = subscriber.erased(in_state("confirmed"), NOON + DAY)
    for number in range(2, MAX_SOFT_BOUNCES + 3):
        assert after_notification(gone, notification("soft bounce", number)) == gone
    assert after_notification(gone, notification("delivery", 9)) == gone


def test_four_soft_bounces_and_a_later_delivery_suppress_in_no_order() -> None:
    """newsletter#26: notifications come in any order."""
    notifications = [notification("soft bounce", number) for number in range(1, MAX_SOFT_BOUNCES)]
    for order in itertools.permutations([*notifications, notification("delivery", MAX_SOFT_BOUNCES)]):
        current = in_state("confirmed")
        for one in order:
            current = after_notification(current, one)
        assert current.state == "confirmed"


@given(st.lists(st.tuples(st.sampled_from(("soft bounce", "delivery", "delay")), st.integers(1, 12))))
def test_a_duplicate_notification_changes_nothing(notifications: list[tuple[str, int]]) -> None:
    """newsletter#26: at once, or after others."""

    def end(event_fields: list[tuple[str, int]]) -> Subscriber:
        current = subscriber.with_preferences(in_state("confirmed"), Preferences("ar"))
        for kind, number in event_fields:
            current = after_notification(current, notification(kind, number))
        return current

    assert end([one for one in notifications for _ in range(2)]) == end(notifications)
