"""What SES reports of mails is heeded: whoever cannot be reached, or complains, gets no more of them."""

from ..model.newsletter.bounces import Notification, after_notification
from ..store.conflict import retrying
from ..store.subscribers import Subscribers

TRIES = 5


@retrying(TRIES)
def handle_notification(subscribers: Subscribers, notice: Notification) -> bool:
    """Change the reader whom the notice is about, on whatever others make of them meanwhile.

    False where it changes nothing: it came before, it is overtaken, or nobody has that id. Raises `Busy`.
    """
    before = subscribers.get(notice.reader)
    after = before and after_notification(before, notice)
    if after is None or after == before:
        return False
    subscribers.commit(after)
    return True
