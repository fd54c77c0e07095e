"""What editors do for a reader who writes or calls: show what is stored, unsubscribe, erase.

A reader does the same with a link (`broadsheet.services.subscriptions`); an editor names the email.
"""

from dataclasses import dataclass
from datetime import datetime

from ..model.errors import NotFound
from ..model.newsletter.sending import ReaderDeliveries
from ..model.newsletter.subscriber import Subscriber, SubscriberRecord, erasure, pending_email, unsubscribed
from ..model.newsletter.tokens import Keyring
from ..store.conflict import retrying
from ..store.deliveries import Deliveries
from ..store.subscribers import Subscribers

TRIES = 5
UNKNOWN = "No subscriber has this email address."


@dataclass(frozen=True, slots=True)
class Handled:
    """The subscriber after the call, and whether the call changed something."""

    subscriber: Subscriber
    changed: bool


def show(
    subscribers: Subscribers, deliveries: Deliveries, keyring: Keyring, email: str
) -> tuple[SubscriberRecord, ReaderDeliveries]:
    """Everything that is stored about the email (GDPR Art. 15), a sign-up that waits for the mailer included.

    Raises `NotFound` and `Busy`.
    """
    id = keyring.email_id(email)
    record, delivered = subscribers.get_record(id), deliveries.of_reader(id)
    if not any((*record, *delivered)):
        raise NotFound(UNKNOWN)
    return record, delivered


@retrying(TRIES)
def unsubscribe(subscribers: Subscribers, keyring: Keyring, email: str, now: datetime) -> Handled:
    """Unsubscribe the email, with the same mail as after a reader's own click. Idempotent.

    A suppressed subscriber stays suppressed. Raises `NotFound` and `Busy`.
    """
    before = subscribers.get(keyring.email_id(email))
    if before is None:
        raise NotFound(UNKNOWN)
    after = unsubscribed(before, now)
    if after != before:
        subscribers.commit(after, pending_email(before, after))
    return Handled(after, after != before)


@retrying(TRIES)
def erase(subscribers: Subscribers, keyring: Keyring, email: str, now: datetime) -> Handled:
    """Erase the personal data of the email (GDPR Art. 17). Idempotent.

    The keyed hash and the state remain, so that a suppressed email stays suppressed. Raises `NotFound` and `Busy`.
    """
    record = subscribers.get_record(keyring.email_id(email))
    if record.subscriber is None:
        raise NotFound(UNKNOWN)
    after = erasure(record, now)
    if after:
        subscribers.erase(after)
    return Handled(after or record.subscriber, after is not None)
