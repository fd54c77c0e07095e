"""Notifications from SES about mails, and how they change a subscriber.

Notifications arrive late, more than once and in any order, so their effect depends on their timestamps and not on the
order of arrival.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import orjson

from .sending import FeedbackKind
from .subscriber import Bounce, Subscriber, SuppressionReason, suppressed

Kind = Literal["hard bounce", "soft bounce", "refused content", "complaint", "delivery", "delay", "reject"]

ISSUE_TAG = "issue"  # mails of an issue also have its id
SUBSCRIBER_TAG = "subscriber"  # each mail has this tag with the subscriber's id, so no lookup by email is needed
# What counts against an issue. After a soft bounce the mail may still arrive, and refused content is no bad address.
FEEDBACK: Mapping[Kind, FeedbackKind] = {"hard bounce": "bounces", "complaint": "complaints"}
# Soft bounces suppress when there are so many in such a time, without a delivery between them. So a mailbox that is
# full for a holiday loses nobody. The notice that a reader is out of office is a soft bounce as well, after a delivery.
MAX_SOFT_BOUNCES, MIN_SOFT_BOUNCING = 5, timedelta(days=30)
# Bounces because of what was sent (SES developer guide, "Bounce types"): the sender's fault, not the mailbox's.
REFUSED_CONTENT = frozenset({"AttachmentRejected", "ContentRejected", "MessageTooLarge"})


@dataclass(frozen=True, slots=True)
class Notification:
    """An event from SES about one mail: what happened at `at`, and when the mail was sent.

    `issue` is the tag of a mail of an issue, which should be the issue's id; None for other mails.
    """

    kind: Kind
    subscriber_id: str
    message_id: str
    sent_at: datetime
    at: datetime
    issue: str | None = None


def parse_event(message: str) -> dict[str, Any] | None:
    """The event in a message of the SNS topic; None for any other message.

    SES publishes a plain text ("Successfully validated SNS topic for Amazon SES event publishing.") when an event
    destination is created or changed.
    """
    try:
        event = orjson.loads(message)
    except orjson.JSONDecodeError:
        return None
    return event if isinstance(event, dict) and "eventType" in event else None


def parse_notification(event: dict[str, Any]) -> Notification | None:
    """The notification in an SES event; None if the mail has no subscriber's tag, or for other types of event.

    Raises `KeyError` or `ValueError` for a malformed event. The format: SES developer guide, "Contents of event data
    that Amazon SES publishes to Amazon SNS".
    """
    kind, details = _kind(event)
    mail = event["mail"]
    tags = mail.get("tags", {})
    ids, issues = tags.get(SUBSCRIBER_TAG), tags.get(ISSUE_TAG)
    if kind is None or not ids:
        return None
    sent_at = datetime.fromisoformat(mail["timestamp"])
    at = datetime.fromisoformat(details["timestamp"]) if "timestamp" in details else sent_at
    return Notification(kind, ids[0], mail["messageId"], sent_at, at, issues[0] if issues else None)


def after_notification(subscriber: Subscriber, notification: Notification) -> Subscriber:
    """The subscriber after a notification. Idempotent."""
    match notification.kind:
        case "complaint" if not _lifted(subscriber, notification):
            return _suppressed(subscriber, "complaint", notification)
        case "hard bounce" if not _outdated(subscriber, notification):
            return _suppressed(subscriber, "bounce", notification)
        case "soft bounce" if not _outdated(subscriber, notification):
            return _soft_bounced(subscriber, notification)
        case "delivery":
            return _delivered(subscriber, notification)
        case _:
            return subscriber


def _kind(event: dict[str, Any]) -> tuple[Kind | None, dict[str, Any]]:
    match event["eventType"]:
        case "Bounce":
            bounce = event["bounce"]
            return _kind_of_bounce(bounce), bounce
        # Some mailbox providers also report mail that a user took out of the junk folder.
        case "Complaint" if event["complaint"].get("complaintFeedbackType") != "not-spam":
            return "complaint", event["complaint"]
        case "Delivery":
            return "delivery", event["delivery"]
        case "DeliveryDelay":
            return "delay", event["deliveryDelay"]
        case "Reject":
            return "reject", event["reject"]
        case _:
            return None, {}


def _kind_of_bounce(bounce: dict[str, Any]) -> Kind:
    if bounce.get("bounceSubType") in REFUSED_CONTENT:
        return "refused content"
    return "hard bounce" if bounce["bounceType"] == "Permanent" else "soft bounce"


def _lifted(subscriber: Subscriber, notification: Notification) -> bool:
    """Whether an editor has lifted that complaint, or one that was made after it."""
    complained_at = subscriber.lift.complained_at if subscriber.lift else None
    return complained_at is not None and notification.at <= complained_at


def _outdated(subscriber: Subscriber, notification: Notification) -> bool:
    """Whether, after that mail was sent, the subscriber confirmed, which proves that the email works, or an editor
    lifted a suppression.
    """
    confirmed_at = subscriber.profile.confirmed_at if subscriber.profile else None
    lifted_at = subscriber.lift.at if subscriber.lift else None
    return any(since is not None and since > notification.sent_at for since in (confirmed_at, lifted_at))


def _suppressed(subscriber: Subscriber, reason: SuppressionReason, notification: Notification) -> Subscriber:
    return suppressed(subscriber, reason, notification.at)


def _soft_bounced(subscriber: Subscriber, notification: Notification) -> Subscriber:
    """Bounces of erased subscribers are not stored: SES can resolve a message id to an email."""
    if subscriber.profile is None or subscriber.state == "suppressed":
        return subscriber
    recorded = notification.message_id in {bounce.message_id for bounce in subscriber.bounces}
    if recorded or (subscriber.delivered_at and notification.at <= subscriber.delivered_at):
        return subscriber
    bounces = (*subscriber.bounces, Bounce(notification.message_id, notification.at))
    times = [bounce.at for bounce in bounces]
    if len(bounces) >= MAX_SOFT_BOUNCES and max(times) - min(times) >= MIN_SOFT_BOUNCING:
        return _suppressed(subscriber, "bounce", notification)
    return replace(subscriber, bounces=bounces, revision=subscriber.revision + 1)


def _delivered(subscriber: Subscriber, notification: Notification) -> Subscriber:
    """A delivery removes the bounces before it. Without such bounces nothing is stored, which saves a write."""
    remaining = tuple(bounce for bounce in subscriber.bounces if bounce.at > notification.at)
    if remaining == subscriber.bounces:
        return subscriber
    return replace(subscriber, bounces=remaining, delivered_at=notification.at, revision=subscriber.revision + 1)
