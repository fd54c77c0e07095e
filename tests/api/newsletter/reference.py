"""A reference model of the newsletter: how one subscriber changes, without a table, a stream or concurrency."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
MONTH = timedelta(days=30)
PER_NETWORK = 4
STATE_FOR_EMAIL = {"welcome": "confirmed", "farewell": "unsubscribed"}


@dataclass
class ReferenceMailbox:
    """The mails that requests caused to all spellings of one email: whose, and the time of the request of each."""

    mails: list[tuple["ReferenceSubscriber", datetime]] = field(default_factory=list)

    def admits(self, subscriber: "ReferenceSubscriber", at: datetime) -> bool:
        """Whether a sign-up may cause a mail, or has caused it: three a day, and one an hour to other spellings."""
        if any(one is subscriber and sent_for == at for one, sent_for in self.mails):
            return True
        others = [sent_for for one, sent_for in self.mails if one is not subscriber]
        last_day = [sent_for for _, sent_for in self.mails if abs(at - sent_for) < DAY]
        return len(last_day) < 3 and all(abs(at - sent_for) >= HOUR for sent_for in others)


@dataclass(eq=False)
class ReferenceSubscriber:
    """The subscriber of one email; `has_profile` is False before the first sign-up and after erasing.

    `links` counts the different confirmation links that were sent. `link` is the number of the valid one, if any.
    `resumes` is whether a lift of the suppression subscribes again.
    """

    mailbox: ReferenceMailbox
    state: str = "new"
    has_profile: bool = False
    preferences: tuple[str, str] | None = None
    links: int = 0
    link: int | None = None
    reason: str | None = None
    resumes: bool = False
    lifted_at: datetime | None = None
    lifted_complaint_at: datetime | None = None
    changed_at: datetime | None = None
    confirmed_at: datetime | None = None
    sign_up: tuple[datetime, tuple[str, str]] | None = None
    asked_for_links_at: datetime | None = None
    pending_email: str | None = None
    confirmations_sent_at: list[datetime] = field(default_factory=list)
    awaiting_confirmation_since: datetime | None = None
    bounces: dict[str, datetime] = field(default_factory=dict)
    delivered_at: datetime | None = None

    def deliver(self, now: datetime) -> list[str]:
        """The kinds of mail that the mailer sends when the stream delivers a record of the subscriber."""
        return [*self._deliver_sign_up(now), *self._deliver_links()]

    def _deliver_links(self) -> list[str]:
        """New links go to a confirmed subscriber, within an hour of no other mail that a request caused."""
        at, self.asked_for_links_at = self.asked_for_links_at, None
        if at is None or self.state != "confirmed" or not self.mailbox.admits(self, at):
            return []
        if any(one is self and sent_for != at and abs(at - sent_for) < HOUR for one, sent_for in self.mailbox.mails):
            return []
        if (self, at) not in self.mailbox.mails:
            self.mailbox.mails.append((self, at))
        return ["links"]

    def _deliver_sign_up(self, now: datetime) -> list[str]:
        sent: list[str] = []
        if self.pending_email and self.has_profile and self.state == STATE_FOR_EMAIL[self.pending_email]:
            sent.append(self.pending_email)
        self.pending_email = None
        if self.sign_up is None:
            return sent
        at, preferences = self.sign_up
        if self.state == "confirmed" and self.changed_at is not None and at > self.changed_at:
            self.sign_up = None
            return sent + self._remind(at, self.changed_at)
        due = self._within_mail_limits(at)
        newer = self.changed_at is not None and at > self.changed_at
        returns = self.reason == "bounce" and (self.link is not None or newer)
        asks = self.state in ("new", "pending") or (self.state == "unsubscribed" and newer) or returns
        if due and asks and not self.mailbox.admits(self, at):
            self.sign_up = None
            return sent
        if self.state == "new" or (self.state == "unsubscribed" and newer and due):
            self.state, self.has_profile, self.changed_at = "pending", True, at
            self.preferences, self.confirmed_at = preferences, None
            self.links += 1
            self.link = self.links
        elif self.state == "pending" and due:
            self.preferences = preferences
        elif self.reason == "bounce" and due and (self.link or newer):
            if self.link is None:
                self.links += 1
                self.link = self.links
            self.has_profile, self.preferences, self.confirmed_at = True, preferences, None
            self.resumes = False
        awaits = self.state == "pending" or (self.state == "suppressed" and self.link is not None)
        if not self.has_profile:
            self.sign_up = None
        elif awaits and due:
            self.confirmations_sent_at.append(now)
            if (self, at) not in self.mailbox.mails:
                self.mailbox.mails.append((self, at))
            self.awaiting_confirmation_since = now
            sent.append("confirmation")
        return sent

    def _remind(self, at: datetime, confirmed_at: datetime) -> list[str]:
        """Who is confirmed and signs up again gets links, within a day of no other mail since the confirmation."""
        since = [sent_for for one, sent_for in self.mailbox.mails if one is self and sent_for > confirmed_at]
        if not self.mailbox.admits(self, at) or any(abs(at - one) < DAY for one in since if one != at):
            return []
        if at not in since:
            self.mailbox.mails.append((self, at))
        return ["reminder"]

    def confirm(self, link: int, preferences: tuple[str, str], signed_at: datetime, now: datetime) -> int:
        """Confirm by a link, which was sent for these preferences, and return the status of the answer."""
        if now - signed_at > WEEK or not self.has_profile or self.link != link:
            return 400
        if self.state != "confirmed":
            self.state, self.changed_at, self.confirmed_at = "confirmed", now, now
            self.awaiting_confirmation_since = self.reason = None
            self.resumes = False
            self.bounces = {}
            self.preferences = preferences
            self.pending_email = "welcome"
        return 200

    def unsubscribe(self, now: datetime) -> int:
        if self.state == "confirmed":
            self.pending_email = "farewell"
        if self.state in ("pending", "confirmed"):
            self.state, self.changed_at = "unsubscribed", now
        self.link, self.resumes = None, False
        return 200

    def save_preferences(self, preferences: tuple[str, str]) -> int:
        if self.state != "confirmed":
            return 400
        self.preferences = preferences
        return 200

    def erase(self, now: datetime) -> int:
        self.unsubscribe(now)
        self.has_profile, self.preferences, self.confirmed_at = False, None, None
        self.sign_up = self.pending_email = self.delivered_at = self.asked_for_links_at = None
        self.bounces.clear()
        return 200

    def lift(self, now: datetime) -> int:
        """An editor lifts the suppression. After a complaint and an import nobody gets mail without confirming."""
        if self.state == "suppressed":
            if self.reason == "complaint":
                self.lifted_complaint_at = self.changed_at
            self.state = "confirmed" if self.resumes else "pending" if self.link else "unsubscribed"
            self.changed_at = self.lifted_at = now
            self.reason, self.resumes = None, False
        return 404 if self.state == "new" else 200

    def handle_notification(self, kind: str, message_id: str, sent_at: datetime, now: datetime) -> None:
        """A notification from SES. Bounces of mails from before the confirmation or a lift do not count, nor do
        complaints that an editor has lifted.
        """
        outdated = any(since is not None and since > sent_at for since in (self.confirmed_at, self.lifted_at))
        if kind == "complaint" and self.lifted_complaint_at is not None and now <= self.lifted_complaint_at:
            return
        if kind == "complaint" or (kind == "hard bounce" and not outdated):
            self._suppress("complaint" if kind == "complaint" else "bounce", now)
        elif kind == "soft bounce" and not outdated and self.has_profile and self.state != "suppressed":
            if self.delivered_at is None or now > self.delivered_at:
                self.bounces.setdefault(message_id, now)
            if len(self.bounces) >= 5 and max(self.bounces.values()) - min(self.bounces.values()) >= MONTH:
                self._suppress("bounce", now)
        elif kind == "delivery" and any(at <= now for at in self.bounces.values()):
            self.bounces = {bounced: at for bounced, at in self.bounces.items() if at > now}
            self.delivered_at = now

    def _suppress(self, reason: str, now: datetime) -> None:
        if self.state == "suppressed" and reason == self.reason == "complaint" and self.changed_at:
            self.changed_at = max(self.changed_at, now)
        if self.state != "suppressed" or (reason == "complaint" and self.reason == "bounce"):
            self.resumes = self.state == "confirmed" and reason == "bounce"
            self.reason = reason
            self.state, self.changed_at, self.link = "suppressed", now, None
            self.bounces = {}

    def _within_mail_limits(self, at: datetime) -> bool:
        last_day = [sent_at for sent_at in self.confirmations_sent_at[-3:] if at - sent_at < DAY]
        since = self.awaiting_confirmation_since
        return len(last_day) < 3 and not (since and at - since < HOUR)
