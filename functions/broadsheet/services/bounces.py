"""Bounce handling: notifications from SES change the state of subscribers."""

from ..model.newsletter.bounces import Notification, after_notification
from ..store.conflict import retrying
from ..store.subscribers import Subscribers

TRIES = 5


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
