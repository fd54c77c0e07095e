"""The answer to a sign-up: a mail, if the address's state is such that one is due.

A confirmation mail is sent at least once. The state is committed first, then the mail is handed over, then its time is
recorded; whoever is stopped between the last two sends the same mail again, with the same link in it. Sending it at
most once instead would leave some readers waiting for a mail that never comes, to spare others a second copy.
"""

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from .model.errors import Busy
from .model.site import Site
from .model.subscriber import Request, Subscriber, mail_due, mailed, signed_up
from .model.token import CONFIRM, LEAVE, Keyring
from .render.mail import letter
from .store.postbox import MailRefusedForGood, Postbox
from .store.subscribers import LostRace, Subscribers
from .telemetry import logger

TRIES = 5


@dataclass(frozen=True, slots=True)
class Correspondent:
    """Who answers sign-ups, and with what: `clock` tells the time, `nonce` makes 128 random bits or more as text."""

    subscribers: Subscribers
    postbox: Postbox
    keyring: Keyring
    site: Site
    sender: str
    clock: Callable[[], datetime]
    nonce: Callable[[], str]

    def answer(self, id: str) -> bool:
        """Answer the latest sign-up with the address; False where it earns no mail. Doing it again changes nothing."""
        for _ in range(TRIES):
            before, request = self.subscribers.with_request(id)
            if request is None:
                return False
            subscriber = signed_up(before, request, self.nonce())
            try:
                if subscriber != before:
                    self.subscribers.commit(subscriber)
            except LostRace:
                continue
            if not mail_due(subscriber, request):
                return False
            self._send(subscriber, request)
            self._record(subscriber)
            return True
        raise Busy("others keep changing a subscriber")

    def _send(self, subscriber: Subscriber, request: Request) -> None:
        asked_at, nonce = request.consent.at, subscriber.nonce or ""
        links = {
            "confirm": self._link(CONFIRM, subscriber, self.keyring.sign(CONFIRM, asked_at, subscriber.id, nonce)),
            "leave": self._link(LEAVE, subscriber, self.keyring.sign(LEAVE, asked_at, subscriber.id)),
        }
        editions = self.site.editions
        edition = editions.get(subscriber.edition) or next(iter(editions.values()))
        identity = "|".join((subscriber.id, nonce, str(subscriber.mailed_at)))
        message = letter("confirmation", edition, subscriber.address, self.sender, links, identity, self.clock())
        self.postbox.send(subscriber.address, message.as_bytes())

    def _link(self, purpose: str, subscriber: Subscriber, token: str) -> str:
        return self.site.url(f"/api/subscriptions/{purpose}?edition={subscriber.edition}&token={token}")

    def _record(self, subscriber: Subscriber) -> None:
        """Write down that the mail went out, whatever has become of the subscriber since."""
        latest: Subscriber | None = subscriber
        for _ in range(TRIES):
            if latest is None:
                return
            try:
                self.subscribers.commit(mailed(latest, self.clock()))
            except LostRace:
                latest = self.subscribers.get(subscriber.id)
            else:
                return
        raise Busy("others keep changing a subscriber")


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a batch: how many mails went out, how many SES will never take, and what is to be brought again."""

    sent: int
    refused: int
    failed: list[str]


def answer_batch(correspondent: Correspondent, ids: Mapping[str, str]) -> Answered:
    """Answer the sign-ups of a batch, ids by sequence number, each address once.

    A failure holds up no other address in the batch; one for good is not brought again, so it holds up none after it.
    """
    sent = refused = 0
    broken = set()
    for id in dict.fromkeys(ids.values()):
        try:
            sent += correspondent.answer(id)
        except MailRefusedForGood as refusal:
            logger.error("SES takes no mail for an address", extra={"code": str(refusal)})
            refused += 1
        except Exception as error:  # noqa: BLE001  # whatever it is, it is one address's; the stream brings it again
            # Without the error's message, which may quote what must not be logged. SES's code is safe.
            where = "".join(traceback.format_tb(error.__traceback__))
            logger.error("a sign-up cannot be answered", extra={"error": type(error).__name__, "where": where})
            broken.add(id)
    return Answered(sent, refused, [sequence for sequence, id in ids.items() if id in broken])
