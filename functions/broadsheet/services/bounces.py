"""Bounce handling: notifications from SES change the state of subscribers, and count against the issue of the mail."""

from ..model.newsletter.bounces import FEEDBACK, Notification, after_notification
from ..model.newsletter.issue import parse_issue_id
from ..model.newsletter.sending import FeedbackKind
from ..store.conflict import retrying
from ..store.deliveries import Deliveries
from ..store.subscribers import Subscribers
from ..telemetry import logger

TRIES = 5
FEEDBACK_TRIES = 10  # the feedback of an issue is one row, on which the notifications of all its mails meet


@retrying(TRIES)
def handle_notification(subscribers: Subscribers, notification: Notification) -> bool:
    """Apply a notification to its subscriber. Idempotent.

    False if it changes nothing: a duplicate, an outdated one, or of an unknown subscriber. Raises `Busy`.
    """
    before = subscribers.get(notification.subscriber_id)
    after = before and after_notification(before, notification)
    if after is None or after == before:
        return False
    subscribers.commit(after)
    return True


@retrying(FEEDBACK_TRIES)
def count_feedback(deliveries: Deliveries, notification: Notification) -> FeedbackKind | None:
    """Count a bounce or complaint about a mail of an issue, whatever became of the reader. Idempotent.

    Returns what was counted; None for other notifications, and for one that was counted before. Raises `Busy`.
    """
    kind = FEEDBACK.get(notification.kind)
    if kind is None or notification.issue is None:
        return None
    key = parse_issue_id(notification.issue)
    counted = deliveries.count_feedback(key, notification.subscriber_id, kind, notification.at) if key else "no issue"
    if counted == "no issue":
        logger.warning("feedback about a mail of no issue", extra={"issue": key.id if key else None, "kind": kind})
    return kind if counted == "now" else None
