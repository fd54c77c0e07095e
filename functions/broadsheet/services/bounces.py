"""Bounce handling: notifications from SES change the state of subscribers."""

from ..model.errors import Busy
from ..model.newsletter.bounces import Notification, after_notification
from ..store.conflict import attempts
from ..store.subscribers import LostRace, Subscribers

TRIES = 5


def handle_notification(subscribers: Subscribers, notification: Notification) -> bool:
    """Apply a notification to its subscriber. Idempotent.

    False if it changes nothing: a duplicate, an outdated one, or of an unknown subscriber. Raises `Busy`.
    """
    for _ in attempts(TRIES):
        before = subscribers.get(notification.subscriber_id)
        after = before and after_notification(before, notification)
        if after is None or after == before:
            return False
        try:
            subscribers.commit(after)
        except LostRace:
            continue
        return True
    raise Busy("other requests keep changing a subscriber")
