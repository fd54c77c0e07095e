"""What becomes of a mail after SES has taken it: its notices, and what they mean for a reader.

Notices come late, twice, and in any order, so what follows from them hangs on what they say and not on when they come.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import orjson

from .subscriber import Bounce, Reason, Subscriber, suppressed

Kind = Literal["bounced", "bounced for now", "complained", "delivered", "delayed", "rejected"]

READER = "reader"  # the tag that a mail carries, with its reader's id, so that no notice is looked up by an address
MAX_BOUNCES = 5  # in a row, of mails that bounce for now


@dataclass(frozen=True, slots=True)
class Notification:
    """One of SES's events about one mail: what happened to it, when, and when the mail had been sent."""

    kind: Kind
    reader: str
    mail: str
    sent_at: datetime
    at: datetime


def event_of(message: str) -> dict[str, Any] | None:
    """The event in a message of SES's topic; None for any other message.

    SES publishes a plain text ("Successfully validated SNS topic for Amazon SES event publishing.") whenever an event
    destination is made or changed.
    """
    try:
        event = orjson.loads(message)
    except orjson.JSONDecodeError:
        return None
    return event if isinstance(event, dict) and "eventType" in event else None


def parse_notification(event: dict[str, Any]) -> Notification | None:
    """The notice in an event as SES publishes it; None for one about a mail that carries no reader, or about opens,
    clicks and the like, which nobody here asks for. Raises `KeyError` or `ValueError` for what is no such event."""
    kind, about = _kind(event)
    mail = event["mail"]
    readers = mail.get("tags", {}).get(READER)
    if kind is None or not readers:
        return None
    sent_at = datetime.fromisoformat(mail["timestamp"])
    at = datetime.fromisoformat(about["timestamp"]) if "timestamp" in about else sent_at
    return Notification(kind, readers[0], mail["messageId"], sent_at, at)


def after_notification(subscriber: Subscriber, notice: Notification) -> Subscriber:
    """The subscriber after a notice; the same again changes nothing."""
    match notice.kind:
        case "complained":
            return _suppressed(subscriber, "complaint", notice)
        case "bounced" if not _answered(subscriber, notice):
            return _suppressed(subscriber, "bounce", notice)
        case "bounced for now" if not _answered(subscriber, notice):
            return _bounced(subscriber, notice)
        case "delivered":
            return _delivered(subscriber, notice)
        case _:
            return subscriber


def _kind(event: dict[str, Any]) -> tuple[Kind | None, dict[str, Any]]:
    match event["eventType"]:
        case "Bounce":
            bounce = event["bounce"]
            return "bounced" if bounce["bounceType"] == "Permanent" else "bounced for now", bounce
        # Some mailboxes report what their owner took out of the junk folder, too.
        case "Complaint" if event["complaint"].get("complaintFeedbackType") != "not-spam":
            return "complained", event["complaint"]
        case "Delivery":
            return "delivered", event["delivery"]
        case "DeliveryDelay":
            return "delayed", event["deliveryDelay"]
        case "Reject":
            return "rejected", event["reject"]
        case _:
            return None, {}


def _answered(subscriber: Subscriber, notice: Notification) -> bool:
    """Whether the reader has confirmed since that mail went out: then their address works, whatever came back."""
    person = subscriber.person
    return person is not None and person.confirmed_at is not None and person.confirmed_at > notice.sent_at


def _suppressed(subscriber: Subscriber, reason: Reason, notice: Notification) -> Subscriber:
    return suppressed(subscriber, reason, notice.at)


def _bounced(subscriber: Subscriber, notice: Notification) -> Subscriber:
    """Of one who was erased nothing is noted: a mail's id at SES leads to an address."""
    if subscriber.person is None:
        return subscriber
    known = subscriber.state == "suppressed" or notice.mail in {bounce.mail for bounce in subscriber.bounces}
    if known or (subscriber.delivered_at and notice.at <= subscriber.delivered_at):
        return subscriber
    bounces = (*subscriber.bounces, Bounce(notice.mail, notice.at))
    if len(bounces) >= MAX_BOUNCES:
        return _suppressed(subscriber, "bounce", notice)
    return replace(subscriber, bounces=bounces, revision=subscriber.revision + 1)


def _delivered(subscriber: Subscriber, notice: Notification) -> Subscriber:
    """A delivery ends the row of bounces before it; who has none keeps no note of it, and costs no write."""
    left = tuple(bounce for bounce in subscriber.bounces if bounce.at > notice.at)
    if left == subscriber.bounces:
        return subscriber
    return replace(subscriber, bounces=left, delivered_at=notice.at, revision=subscriber.revision + 1)
