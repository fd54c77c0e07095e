"""The delivery of an issue to one reader, at most once, whatever fails.

One transaction claims the mail while the subscriber is as it was read, SES is called without a retry, and the outcome
is stored. A worker that dies in between leaves a claim without an outcome. The next worker stores it as unknown, and
does not send again: nobody can know whether SES took the mail.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Literal

from ...deadline import Deadline
from ...model.config import Site
from ...model.errors import Busy
from ...model.newsletter.sending import Claim, Outcome, Segment, is_reader
from ...model.newsletter.subscriber import Subscriber, with_issue
from ...model.newsletter.tokens import PREFERENCES, UNSUBSCRIBE, Keyring
from ...render.newsletter.issue_mail import Link
from ...render.newsletter.reader_links import reader_link
from ...store.conflict import LostRace, pauses
from ...store.deliveries import EPOCH, Deliveries
from ...store.ses import MailRefused, MailRefusedPermanently, Ses
from ...store.subscribers import Subscribers
from ...telemetry import logger
from .contents import Contents
from .pace import Pace

TRIES = 8
SES_PAUSES = (1.0, 2.0, 4.0, 8.0)  # seconds between the tries of one mail that SES does not take

Result = Outcome | Literal["refused"]
"""What became of one call to SES: an outcome, or that SES is known not to have taken the mail."""


class Superseded(Exception):
    """Another worker has taken the segment."""


class Refusing(Exception):
    """SES takes no mails at present. The reader was not sent to, and is next."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a delivery needs. `clock` returns the time in UTC."""

    deliveries: Deliveries
    subscribers: Subscribers
    ses: Ses
    keyring: Keyring
    site: Site
    sender: str
    contents: Contents
    pace: Pace
    clock: Callable[[], datetime]

    def outcome(
        self, subscriber: Subscriber, claim: Claim | None, segment: Segment, deadline: Deadline
    ) -> Outcome | None:
        """Send the issue to a subscriber of its audience, and return the outcome; None for other subscribers.

        `claim` is one from before: its outcome is final, unless SES is known not to have taken the mail. Raises
        `Superseded`, `Refusing` and `Busy`.
        """
        if claim is None and not is_reader(subscriber, self.contents.issue):
            return None
        latest: Subscriber | None = subscriber
        for pause in SES_PAUSES:
            result, claim = self._attempt(subscriber.id, latest, claim, segment)
            if result != "refused":
                return result
            self.pace.slow_down()
            if deadline.left <= pause:
                break
            self.pace.sleep(pause)
            latest = self.subscribers.get(subscriber.id)
        raise Refusing

    def _attempt(
        self, id: str, latest: Subscriber | None, claim: Claim | None, segment: Segment
    ) -> tuple[Result, Claim | None]:
        """Claim the reader and call SES once. Returns the result, and the claim that it has."""
        for pause in islice(pauses(), TRIES):
            if claim:
                result, claim = self._settled(claim)
                if result != "refused":
                    return result, claim
            prepared = self._prepared(latest, claim)
            if isinstance(prepared, str):
                return prepared, claim
            reader, email, message = prepared
            self.pace.wait()
            if mine := self._claimed(reader, claim, segment):
                return self._send(mine, email, message)
            self.pace.sleep(pause)
            latest, claim = self.subscribers.get(id), self._claim_of(id)
        raise Busy("Other clients keep changing the same subscriber.")

    def _prepared(self, subscriber: Subscriber | None, claim: Claim | None) -> tuple[Subscriber, str, bytes] | Outcome:
        """The subscriber with the email and the mail; the outcome, where no mail is due."""
        if subscriber and subscriber.state == "suppressed":
            return "suppressed"
        if subscriber is None or subscriber.profile is None or not is_reader(subscriber, self.contents.issue):
            return "skipped"
        sections = subscriber.profile.preferences.sections
        mail = self.contents.mail(sections, claim.after if claim else subscriber.sent_until, self.sender)
        if mail is None:
            return "skipped"
        try:
            email = subscriber.profile.email
            return subscriber, email, mail.to(email, self._links(subscriber.id), subscriber.id)
        except Exception as error:  # noqa: BLE001  # any error concerns this reader only, and must not stop the others
            # Without the error's message, which may contain an email.
            logger.error("a mail cannot be made", extra={"error": type(error).__name__})
            return "failed"

    def _links(self, reader: str) -> dict[Link, str]:
        """The reader's own links, which are the same in each mail of the issue."""
        edition, at = self.contents.issue.key.edition, self.contents.issue.composed_at
        return {
            "unsubscribe": reader_link(self.keyring, self.site, UNSUBSCRIBE, reader, edition, at),
            "preferences": reader_link(self.keyring, self.site, PREFERENCES, reader, edition, at),
        }

    def _claimed(self, reader: Subscriber, before: Claim | None, segment: Segment) -> Claim | None:
        """This worker's claim of the reader; None where the subscriber changed, or another worker has claimed it.

        Raises `Superseded`.
        """
        try:
            return self._claim(reader, before, segment)
        except LostRace as race:
            if EPOCH in race.failed:
                raise Superseded from race
        found = self._claim_of(reader.id)
        # One of this epoch is this worker's own: the answer of DynamoDB was lost, and SES was not called yet.
        return found if found and found.epoch == segment.epoch and found.outcome is None else None

    def _claim(self, reader: Subscriber, before: Claim | None, segment: Segment) -> Claim:
        """Claim the reader while the subscriber is as it was read. Raises `LostRace`."""
        issue = self.contents.issue
        after = before.after if before else reader.sent_until
        claim = Claim(reader.id, issue.key.id, segment.epoch, self.clock(), after)
        write = self.subscribers.write_of(with_issue(reader, issue.until))
        self.deliveries.claim(claim, write, issue.key, segment, again=before is not None)
        return claim

    def _claim_of(self, id: str) -> Claim | None:
        return self.deliveries.claims(self.contents.issue.key, [id]).get(id)

    def _send(self, claim: Claim, email: str, message: bytes) -> tuple[Result, Claim]:
        """Call SES once, and store the outcome."""
        result: Result
        try:
            self.ses.send(email, message, claim.reader, claim.issue)
        except MailRefusedPermanently as refusal:
            logger.error("SES refuses a mail permanently", extra={"code": str(refusal)})
            result = "failed"
        except MailRefused as refusal:
            logger.info("SES takes no mail now", extra={"code": str(refusal)})
            result = "refused"
        except Exception as error:  # noqa: BLE001  # whatever it is, SES may have taken the mail
            logger.error("nobody can know whether SES took a mail", extra={"error": type(error).__name__})
            result = "unknown"
        else:
            result = "sent"
        known = replace(claim, outcome=result)
        return (result, known) if self.deliveries.record(known) else self._settled(claim)

    def _settled(self, claim: Claim) -> tuple[Result, Claim]:
        """What became of a claim from before: unknown, where the worker that made it stored nothing."""
        for _ in range(TRIES):
            if claim.outcome:
                return claim.outcome, claim
            known = replace(claim, outcome="unknown")
            if self.deliveries.record(known):
                logger.error("an earlier worker did not store what SES answered", extra={"issue": claim.issue})
                return "unknown", known
            claim = self._claim_of(claim.reader) or claim
        raise Busy("Another worker keeps changing the same claim.")
