"""What SES reports of mails is heeded: whoever cannot be reached, or complains, gets no more of them."""

from ..model.errors import Busy
from ..model.newsletter.bounces import Notification, after_notification
from ..store.conflict import attempts
from ..store.subscribers import LostRace, Subscribers

TRIES = 5


def handle_notification(subscribers: Subscribers, notice: Notification) -> bool:
    """Change the reader whom the notice is about, on whatever others make of them meanwhile.

    False where it changes nothing: it came before, it is overtaken, or nobody has that id. Raises `Busy`.
    """
    for _ in attempts(TRIES):
        before = subscribers.get(notice.reader)
        after = before and after_notification(before, notice)
        if after is None or after == before:
            return False
        try:
            subscribers.commit(after)
        except LostRace:
            continue
        return True
    raise Busy("others keep changing a subscriber")
