"""The answers to what readers do: a confirmation to a sign-up that earns one, a welcome, a farewell.

A mail is sent at least once. The state is committed first, then the mail is handed over, then it is noted that it went;
whoever is stopped between the last two sends the same mail again, with the same links in it, or that of another sign-up
if there was one meanwhile; the links of both work. Sending it at most once instead would leave some readers waiting for
a mail that never comes, to spare others a second copy.
"""

import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from ..deadline import UNLIMITED, Deadline
from ..model.config import Site
from ..model.errors import Busy
from ..model.newsletter.subscriber import PendingEmail, Person, Subscriber, mail_due, mailed, signed_up
from ..model.newsletter.tokens import CONFIRM, LEAVE, PREFERENCES, Keyring
from ..render.newsletter.mail import Kind, render_mail
from ..store.aws import is_outage
from ..store.conflict import attempts
from ..store.dead_letters import SetAside
from ..store.ses import EmailRefused, EmailRefusedForGood, Ses
from ..store.subscribers import LostRace, Subscribers
from ..telemetry import logger

TRIES = 5
# In which state of its reader a letter still means something.
STATE_FOR_EMAIL = {"welcome": "confirmed", "farewell": "left"}


@dataclass(frozen=True, slots=True)
class Mailer:
    """Who answers readers, and with what: `clock` tells the time, `nonce` makes 128 random bits or more as text."""

    subscribers: Subscribers
    postbox: Ses
    keyring: Keyring
    site: Site
    sender: str
    clock: Callable[[], datetime]
    nonce: Callable[[], str]

    def answer(self, id: str) -> Iterator[Kind]:
        """Send the mails that the address is owed, and name each that went out. Doing it again changes nothing."""
        before, request, owed = self.subscribers.correspondence(id)
        if owed:
            yield from self._pay(before, owed)
        for _ in attempts(TRIES):
            if request is None:
                return
            subscriber = signed_up(before, request, self.nonce())
            try:
                if subscriber != before:
                    self.subscribers.commit(subscriber)
            except LostRace:
                before, request, _ = self.subscribers.correspondence(id)
                continue
            if subscriber.person is None:
                # Somebody who was erased, and whom this sign-up does not bring back: it tells their address.
                self.subscribers.forget(request)
            elif mail_due(subscriber, request):
                self._send("confirmation", subscriber, subscriber.person, request.consent.at)
                self._record(subscriber)
                yield "confirmation"
            return
        raise Busy("others keep changing a subscriber")

    def _pay(self, subscriber: Subscriber | None, owed: PendingEmail) -> Iterator[Kind]:
        """A letter that SES will never take is owed no longer either."""
        try:
            if subscriber and subscriber.person and subscriber.state == STATE_FOR_EMAIL[owed.kind]:
                self._send(owed.kind, subscriber, subscriber.person, subscriber.changed_at)
                yield owed.kind
        except EmailRefusedForGood:
            self.subscribers.sent(owed)
            raise
        self.subscribers.sent(owed)

    def _send(self, kind: Kind, subscriber: Subscriber, person: Person, at: datetime) -> None:
        """`at` is what the mail's links are signed as of, and stays the same however often it is made."""
        links = self._links(kind, subscriber, person, at)
        edition = self.site.editions.get(person.preferences.edition) or next(iter(self.site.editions.values()))
        message = render_mail(kind, edition, person.address, self.sender, links, self.clock())
        self.postbox.send(person.address, message.as_bytes(), reader=subscriber.id)

    def _links(self, kind: Kind, subscriber: Subscriber, person: Person, at: datetime) -> dict[str, str]:
        """Those that each kind of mail shows."""

        def link(purpose: str, *more: str) -> str:
            return self._address(purpose, person) + "&token=" + self.keyring.sign(purpose, at, subscriber.id, *more)

        match kind:
            case "confirmation":
                return {"confirm": link(CONFIRM, subscriber.nonce or ""), "leave": link(LEAVE)}
            case "welcome":
                return {"preferences": link(PREFERENCES), "leave": link(LEAVE)}
            case "farewell":
                return {"again": self._address("form", person), "preferences": link(PREFERENCES)}

    def _address(self, page: str, person: Person) -> str:
        return self.site.url(f"/api/subscriptions/{page}?edition={person.preferences.edition}")

    def _record(self, subscriber: Subscriber) -> None:
        """Write down that the mail went out, whatever has become of the subscriber since.

        Once: it may be written already, by another worker that sent the same mail, or by this very call, which the
        client sends again where the answer is lost.
        """
        latest: Subscriber | None = subscriber
        for _ in attempts(TRIES):
            if latest is None or latest.mailed != subscriber.mailed:
                return
            try:
                self.subscribers.commit(mailed(latest, self.clock()))
            except LostRace:
                latest = self.subscribers.get(subscriber.id)
            else:
                return
        raise Busy("others keep changing a subscriber")


@dataclass(frozen=True, slots=True)
class MailedBatch:
    """What came of a batch: mails that went out, by kind; how many SES will never take; what is to come again."""

    sent: Mapping[Kind, int]
    refused: int
    failed: list[str]


def mail_batch(
    correspondent: Mailer,
    ids: Mapping[str, str],
    set_aside: SetAside,
    deadline: Deadline = UNLIMITED,
) -> MailedBatch:
    """Answer the readers of a batch, ids by sequence number, each address once.

    A failure holds up no other address in the batch. One for good is not brought again. One that is no outage is the
    fault of a reader's rows or of the code, and is `set_aside` by its sequence numbers, so that it does not hold up its
    shard; False from that, and it is brought again. So is what the deadline leaves no time for.
    """
    sent: Counter[Kind] = Counter()
    refused = 0
    broken = set()
    for id in dict.fromkeys(ids.values()):
        if deadline.left <= 0:
            broken.add(id)
            continue
        try:
            sent.update(correspondent.answer(id))
        except EmailRefusedForGood as refusal:
            logger.error("SES takes no mail for an address", extra={"code": str(refusal)})
            refused += 1
        except Exception as error:  # noqa: BLE001  # whatever it is, it is one address's
            # Without the error's message, which may quote what must not be logged. SES's code is safe.
            where = "".join(traceback.format_tb(error.__traceback__))
            logger.error("a reader cannot be answered", extra={"error": type(error).__name__, "where": where})
            passes = isinstance(error, Busy | EmailRefused) or is_outage(error)
            if passes or not set_aside([sequence for sequence, each in ids.items() if each == id]):
                broken.add(id)
    return MailedBatch(sent, refused, [sequence for sequence, id in ids.items() if id in broken])
