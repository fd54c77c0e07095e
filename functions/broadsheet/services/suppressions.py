"""What editors do with suppressions: lift one, for a reader who asks them to."""

from dataclasses import dataclass
from datetime import datetime

from ..model.errors import NotFound
from ..model.newsletter.subscriber import Subscriber, lifted
from ..model.newsletter.tokens import Keyring
from ..store.conflict import retrying
from ..store.subscribers import Subscribers
from ..store.suppression_list import SuppressionList

TRIES = 5


@dataclass(frozen=True, slots=True)
class Lifted:
    """The subscriber after the call, and whether the call lifted the suppression."""

    subscriber: Subscriber
    changed: bool


@retrying(TRIES)
def lift(
    subscribers: Subscribers, ses: SuppressionList | None, keyring: Keyring, email: str, by: str, now: datetime
) -> Lifted:
    """Lift the suppression of an email, whatever its reason. Idempotent: who is not suppressed does not change.

    `ses` is None where the deployment sends no mail. SES's list comes first: a call that dies in between leaves a
    subscriber who is still suppressed, so the next call does both. The other way round, the next call would find
    nothing to lift, and SES would go on refusing mail. The reason does not matter to SES: it reports a mail to an
    address on its list as a bounce.

    Raises `NotFound` and `Busy`.
    """
    before = subscribers.get(keyring.email_id(email))
    if before is None:
        raise NotFound("No subscriber has this email address.")
    after = lifted(before, by, now)
    if after != before:
        if ses:
            for spelling in _spellings(email, before):
                ses.remove(spelling)
        subscribers.commit(after)
    # If the answer to its write was lost, AWS's client repeats it, and the second attempt finds what the first wrote.
    return Lifted(after, after.lift is not None and (after.lift.by, after.lift.at) == (by, now))


def _spellings(email: str, subscriber: Subscriber) -> list[str]:
    """The spellings in which SES may have the email on its list: as given, as mails were sent to it, in lower case."""
    stored = [subscriber.profile.email] if subscriber.profile else []
    return list(dict.fromkeys([email, *stored, email.lower()]))
