"""The mailer: sends the mails that sign-ups and requests for new links cause, and pending emails from the outbox.

Delivery is at least once. The state is committed first, then the mail is sent, then it is recorded as sent. A mailer
that is stopped between sending and recording sends the same mail again with the same links, or the mail of a newer
sign-up; the links of both work. At most once would be worse: some readers would wait for a mail that never comes.
"""

import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ..deadline import UNLIMITED, Deadline
from ..model.config import Site
from ..model.errors import Busy
from ..model.newsletter.issue import next_moment
from ..model.newsletter.links import LinksRequest
from ..model.newsletter.mailbox import DAY, MIN_MAIL_INTERVAL, CausedMail
from ..model.newsletter.subscriber import (
    PendingEmail,
    Profile,
    SignUpRequest,
    Subscriber,
    confirmation_due,
    confirmation_sent,
    reminder_due,
    signed_up,
)
from ..model.newsletter.tokens import CONFIRM, PREFERENCES, UNSUBSCRIBE, Keyring
from ..render.newsletter.mail import Kind, render_mail
from ..render.newsletter.reader_links import page_url, reader_link
from ..render.shared.issues import coming
from ..store.aws import is_outage
from ..store.conflict import LostRace, retrying
from ..store.dead_letters import SetAside
from ..store.ses import MailRefused, MailRefusedPermanently, Ses
from ..store.subscribers import Subscribers
from ..telemetry import logger

TRIES = 5
# A pending email is sent only while its subscriber is in this state.
STATE_FOR_EMAIL = {"welcome": "confirmed", "farewell": "unsubscribed", "imported": "confirmed"}


@dataclass(frozen=True, slots=True)
class DueMail:
    """The mail that a sign-up causes to a subscriber."""

    kind: Literal["confirmation", "reminder"]
    subscriber: Subscriber
    profile: Profile
    sign_up: SignUpRequest


@dataclass(frozen=True, slots=True)
class Mailer:
    """`make_nonce` returns at least 128 random bits as text."""

    subscribers: Subscribers
    ses: Ses
    keyring: Keyring
    site: Site
    sender: str
    clock: Callable[[], datetime]
    make_nonce: Callable[[], str]

    def deliver(self, id: str) -> Iterator[Kind]:
        """Send the mails that are due to a subscriber, and yield the kind of each. Idempotent.

        Raises `Busy`, `MailRefused` and what SES's client raises.
        """
        subscriber, sign_up, pending, links = self.subscribers.get_record(id)
        if pending:
            yield from self._deliver_pending(subscriber, pending)
        if sign_up:
            yield from self._deliver_sign_up(subscriber, sign_up)
        if links:
            yield from self._deliver_links(subscriber, links)

    def _deliver_pending(self, subscriber: Subscriber | None, pending: PendingEmail) -> Iterator[Kind]:
        """Send a pending email if its subscriber is still in the right state, and delete it from the outbox."""
        try:
            if subscriber and subscriber.profile and subscriber.state == STATE_FOR_EMAIL[pending.kind]:
                self._send(pending.kind, subscriber, subscriber.profile, subscriber.changed_at, source=pending.source)
                yield pending.kind
        except MailRefusedPermanently:
            self.subscribers.mark_sent(pending)
            raise
        self.subscribers.mark_sent(pending)

    def _deliver_sign_up(self, before: Subscriber | None, sign_up: SignUpRequest) -> Iterator[Kind]:
        """Apply a sign-up to its subscriber, and send the mail that it causes, if it causes one."""
        due = self._apply(before, sign_up)
        if due is None:
            return
        try:
            self._send(due.kind, due.subscriber, due.profile, due.sign_up.consent.at)
        except MailRefusedPermanently:
            if due.kind == "reminder":
                self.subscribers.delete_sign_up(due.sign_up)
            raise
        if due.kind == "reminder":
            self.subscribers.delete_sign_up(due.sign_up)
        else:
            self._mark_confirmation_sent(due.subscriber)
        yield due.kind

    def _apply(self, before: Subscriber | None, first: SignUpRequest) -> DueMail | None:
        """Claim the mail that the latest sign-up of the subscriber causes; None if none is due."""
        sign_up: SignUpRequest | None = first

        @retrying(TRIES)
        def attempt() -> DueMail | None:
            nonlocal before, sign_up
            if sign_up is None:
                return None
            try:
                if before and reminder_due(before, sign_up):
                    return self._claim_reminder(before, sign_up)
                return self._claim_confirmation(before, sign_up)
            except LostRace:
                before, sign_up, *_ = self.subscribers.get_record(first.id)
                raise

        return attempt()

    def _claim_confirmation(self, before: Subscriber | None, sign_up: SignUpRequest) -> DueMail | None:
        """Commit the subscriber after a sign-up, and its share of the mailbox's mails; None if no confirmation is due.

        Where none is due, a sign-up changes nothing. Raises `LostRace`.
        """
        subscriber = signed_up(before, sign_up, self.make_nonce())
        if subscriber.profile is None:
            # An erased and suppressed subscriber stays so, and the sign-up contains the email: delete it.
            self.subscribers.delete_sign_up(sign_up)
            return None
        if not confirmation_due(subscriber, sign_up):
            return None
        mailbox = self.subscribers.mailbox(self.keyring.mailbox_id(sign_up.email))
        claimed = mailbox.claimed(CausedMail(subscriber.id, sign_up.consent.at))
        if claimed is None:
            self.subscribers.delete_sign_up(sign_up)
            return None
        changed = subscriber if subscriber != before else None
        if claimed != mailbox:
            self.subscribers.commit_mail(claimed, changed)
        elif changed:  # another mailer had this sign-up, and the subscriber went on from there
            self.subscribers.commit(changed)
        return DueMail("confirmation", subscriber, subscriber.profile, sign_up)

    def _claim_reminder(self, subscriber: Subscriber, sign_up: SignUpRequest) -> DueMail | None:
        """Claim the mail with links for the sign-up of a confirmed subscriber, who does not change.

        None, and the sign-up is deleted, if none is due: at most one a day is, and none within a day of new links. The
        confirmation mail does not count. Raises `LostRace`.
        """
        mail = CausedMail(subscriber.id, sign_up.consent.at)
        if subscriber.profile and self._claim(subscriber, subscriber.profile, mail, DAY, subscriber.changed_at):
            return DueMail("reminder", subscriber, subscriber.profile, sign_up)
        self.subscribers.delete_sign_up(sign_up)
        return None

    def _deliver_links(self, subscriber: Subscriber | None, request: LinksRequest) -> Iterator[Kind]:
        """Send new links to a confirmed subscriber if the mailbox may get them, and delete the request in any case."""
        try:
            if due := self._claim_links(subscriber, request):
                self._send("links", *due, request.at)
                yield "links"
        except MailRefusedPermanently:
            self.subscribers.delete_links(request)
            raise
        self.subscribers.delete_links(request)

    def _claim_links(self, before: Subscriber | None, request: LinksRequest) -> tuple[Subscriber, Profile] | None:
        """Commit the share of new links in the mailbox's mails while the subscriber is confirmed; None if none are due.

        They are due again if that was done before: a mailer may have been stopped before it sent them.
        """
        subscriber = before

        @retrying(TRIES)
        def attempt() -> tuple[Subscriber, Profile] | None:
            nonlocal subscriber
            if subscriber is None or subscriber.profile is None or subscriber.state != "confirmed":
                return None
            due = subscriber, subscriber.profile
            try:
                return due if self._claim(*due, CausedMail(request.id, request.at), MIN_MAIL_INTERVAL) else None
            except LostRace:
                subscriber = self.subscribers.get(request.id)
                raise

        return attempt()

    def _claim(
        self,
        subscriber: Subscriber,
        profile: Profile,
        mail: CausedMail,
        interval: timedelta,
        since: datetime | None = None,
    ) -> bool:
        """Commit a mail's share of its mailbox's mails while the subscriber is as it was read. Idempotent.

        False if the mailbox has had its share, or the subscriber another mail within the interval, as in
        `Mailbox.is_quiet_for`. Raises `LostRace`.
        """
        mailbox = self.subscribers.mailbox(self.keyring.mailbox_id(profile.email))
        claimed = mailbox.claimed(mail) if mailbox.is_quiet_for(mail, interval, since) else None
        if claimed is None:
            return False
        if claimed != mailbox:
            self.subscribers.commit_mail_to(claimed, subscriber)
        return True

    def _send(
        self, kind: Kind, subscriber: Subscriber, profile: Profile, signed_at: datetime, *, source: str | None = None
    ) -> None:
        """Send a mail whose links are signed as of `signed_at`, so that a second copy has the same links.

        `source` is that of the pending email.
        """
        links = self._links(kind, subscriber, profile, signed_at)
        edition = self.site.editions.get(profile.preferences.edition) or next(iter(self.site.editions.values()))
        now, preferences = self.clock(), profile.preferences
        moment = next_moment(preferences, now, self.site) if kind == "welcome" else None
        more = coming(preferences, edition, moment, self.site)
        publisher = self.site.publisher
        message = render_mail(kind, edition, profile.email, self.sender, links, now, publisher, source, more)
        self.ses.send(profile.email, message.as_bytes(), subscriber.id)

    def _links(self, kind: Kind, subscriber: Subscriber, profile: Profile, signed_at: datetime) -> dict[str, str]:
        """The URLs in a mail of that kind, by name."""

        edition = profile.preferences.edition

        def link(purpose: str, *content: str) -> str:
            return reader_link(self.keyring, self.site, purpose, subscriber.id, edition, signed_at, *content)

        match kind:
            case "confirmation":
                confirm = link(CONFIRM, subscriber.nonce or "", *profile.requested.texts)
                return {"confirm": confirm, "unsubscribe": link(UNSUBSCRIBE)}
            case "welcome" | "links" | "reminder" | "imported":
                return {"preferences": link(PREFERENCES), "unsubscribe": link(UNSUBSCRIBE)}
            case "farewell":
                return {"again": page_url(self.site, "form", edition), "preferences": link(PREFERENCES)}

    def _mark_confirmation_sent(self, subscriber: Subscriber) -> None:
        """Record that the confirmation mail was sent, whatever else has changed the subscriber since. Idempotent.

        It may be recorded already: by another worker that sent the same mail, or by the first attempt of this write,
        which the AWS client repeats if the answer is lost.
        """
        latest: Subscriber | None = subscriber

        @retrying(TRIES)
        def attempt() -> None:
            nonlocal latest
            if latest is None or latest.confirmations_sent_at != subscriber.confirmations_sent_at:
                return
            try:
                self.subscribers.commit(confirmation_sent(latest, self.clock()))
            except LostRace:
                latest = self.subscribers.get(subscriber.id)
                raise

        attempt()


@dataclass(frozen=True, slots=True)
class MailedBatch:
    """The result of a batch: sent mails by kind, mails that SES refused permanently, sequence numbers to retry."""

    sent: Mapping[Kind, int]
    refused: int
    failed: list[str]


def mail_batch(
    mailer: Mailer,
    ids: Mapping[str, str],
    set_aside: SetAside,
    deadline: Deadline = UNLIMITED,
) -> MailedBatch:
    """Send the mails of a batch of stream records. `ids` are subscribers' ids by sequence number; each is handled once.

    A failure does not stop the other subscribers of the batch. A mail that SES refuses permanently is not retried. An
    error that is no outage is caused by a subscriber's rows or by the code; its records go to `set_aside`, so that they
    do not block the shard. The records are retried after an outage, if `set_aside` returns False, and if the deadline
    leaves no time for them.
    """
    sent: Counter[Kind] = Counter()
    refused = 0
    to_retry = set()
    for id in dict.fromkeys(ids.values()):
        if deadline.left <= 0:
            to_retry.add(id)
            continue
        try:
            sent.update(mailer.deliver(id))
        except MailRefusedPermanently as refusal:
            logger.error("SES refuses a mail permanently", extra={"code": str(refusal)})
            refused += 1
        except Exception as error:  # noqa: BLE001  # any error concerns one subscriber only
            # Without the error's message, which may contain an email. SES's code is safe.
            where = "".join(traceback.format_tb(error.__traceback__))
            logger.error("the mailer failed for a subscriber", extra={"error": type(error).__name__, "where": where})
            temporary = isinstance(error, Busy | MailRefused) or is_outage(error)
            if temporary or not set_aside([sequence for sequence, each in ids.items() if each == id]):
                to_retry.add(id)
    return MailedBatch(sent, refused, [sequence for sequence, id in ids.items() if id in to_retry])
