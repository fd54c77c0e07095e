"""A subscriber, and the transitions between the states.

    (none) ── sign-up ──▶ pending ── confirm ──▶ confirmed ── unsubscribe ──▶ unsubscribed
    unsubscribed ── sign-up ──▶ pending          any state ── suppress ──▶ suppressed
    suppressed for bounces ── sign-up, confirm ──▶ confirmed
    suppressed for bounces, and confirmed before ── an editor lifts it ──▶ confirmed
    suppressed for bounces, after a new sign-up ── an editor lifts it ──▶ pending
    suppressed otherwise ── an editor lifts it ──▶ unsubscribed

Anyone can sign up with any email, so a sign-up is only a request: without the subscriber's own confirmation it never
changes whether mail is sent. It changes a subscriber exactly when it causes a confirmation mail. The link in that mail
holds what the sign-up asked for, so what a reader confirms is always what that mail says, whatever others ask for
later.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Literal, NamedTuple

from ..errors import LinkRefused, NotSubscribed
from .links import LinksRequest
from .mailbox import DAY, MAX_MAILS_PER_DAY, MIN_MAIL_INTERVAL
from .spelling import capitals, spelt

State = Literal["pending", "confirmed", "unsubscribed", "suppressed"]
SuppressionReason = Literal["bounce", "complaint", "import"]
FREQUENCIES = ("daily", "weekly")

# The version of the consent text in the form and the confirmation mail. Increment it when the meaning changes.
WORDING = "1"


@dataclass(frozen=True, slots=True)
class Preferences:
    """The newsletter that a subscriber chose: an edition, sections of it (empty: all of them), and the frequency."""

    edition: str
    sections: tuple[str, ...] = ()
    frequency: str = FREQUENCIES[0]


@dataclass(frozen=True, slots=True)
class Consent:
    """The record of consent: when, on which page, to which version of the text, and in which edition's language."""

    at: datetime
    source: str | None
    wording: str
    edition: str


@dataclass(frozen=True, slots=True)
class SignUpRequest:
    """The latest sign-up with an email. `id` is the keyed hash of the email."""

    id: str
    email: str
    preferences: Preferences
    consent: Consent


@dataclass(frozen=True, slots=True)
class Requested:
    """What a sign-up asks for, as its confirmation link holds it."""

    preferences: Preferences
    consent: Consent
    capitals: str = ""  # those of the email, as the sign-up spells it

    @property
    def texts(self) -> tuple[str, ...]:
        """The content for a token. It has no personal data."""
        chosen, consent = self.preferences, self.consent
        sections = ",".join(chosen.sections)
        asked = consent.at.isoformat(), consent.source or "", consent.wording, consent.edition
        return chosen.edition, sections, chosen.frequency, *asked, self.capitals

    @classmethod
    def read(cls, texts: Sequence[str]) -> "Requested":
        """What a token holds. Raises `LinkRefused` for a link of an earlier version, which held nothing."""
        if len(texts) != len(fields(Preferences)) + len(fields(Consent)) + 1:
            raise LinkRefused("This link is damaged or has expired.")
        edition, sections, frequency, at, source, wording, asked_in, capitals = texts
        preferences = Preferences(edition, tuple(filter(None, sections.split(","))), frequency)
        return cls(preferences, Consent(datetime.fromisoformat(at), source or None, wording, asked_in), capitals)


@dataclass(frozen=True, slots=True)
class Profile:
    """All personal data in a subscriber's row; erasing removes it as a whole."""

    email: str
    preferences: Preferences
    consent: Consent
    confirmed_at: datetime | None = None

    @property
    def requested(self) -> Requested:
        """What the latest sign-up that caused a confirmation mail asks for."""
        return Requested(self.preferences, self.consent, capitals(self.email))


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A subscriber as stored. All datetimes are in UTC.

    `id` is the keyed hash of the email. `changed_at` is when the current state began. `profile` is None after erasing.
    A confirmation link works only with the current `nonce`; there is none after unsubscribing, and a suppressed
    subscriber has one only by a new sign-up with an email that bounced. After complaints `changed_at` is when the
    latest was made. `confirmed_before`: whether a suppressed subscriber was confirmed until mail bounced, and has
    neither unsubscribed nor signed up since. `lift` is the latest lift of a suppression. `confirmations_sent_at` has
    the times of the latest confirmation mails, at most `MAX_MAILS_PER_DAY`. `awaiting_confirmation_since` is when the
    latest of them was sent, None once it was answered. `bounces` are the soft bounces since the delivery at
    `delivered_at`. `sent_until` is where the window ended of the newest issue that was sent; no later issue brings what
    was published before. `revision` starts at 1 and increases with every change.
    """

    id: str
    state: State
    changed_at: datetime
    profile: Profile | None
    nonce: str | None = None
    suppression_reason: SuppressionReason | None = None
    confirmed_before: bool = False
    lift: "Lift | None" = None
    confirmations_sent_at: tuple[datetime, ...] = ()
    awaiting_confirmation_since: datetime | None = None
    bounces: "tuple[Bounce, ...]" = ()
    delivered_at: datetime | None = None
    sent_until: datetime | None = None
    revision: int = 1

    @property
    def may_return(self) -> bool:
        """Whether a new sign-up and its confirmation subscribe again, as neither a complaint nor an import allows."""
        return self.state == "unsubscribed" or self.suppression_reason == "bounce"


@dataclass(frozen=True, slots=True)
class Lift:
    """Which editor lifted a suppression, when, and the reason that it had.

    `complained_at` is when the latest complaint was made of those that editors have lifted; None if there is none.
    """

    by: str
    at: datetime
    reason: SuppressionReason
    complained_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Bounce:
    """A soft bounce: the message id that SES gave to the mail, and when it bounced."""

    message_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PendingEmail:
    """A mail that is due because of the change that made `revision` of the subscriber.

    `source` says where the email of an imported subscriber comes from, in the publisher's words; None if unknown.
    """

    id: str
    kind: Literal["welcome", "farewell", "imported"]
    revision: int
    source: str | None = None


class SubscriberRecord(NamedTuple):
    """Everything that is stored about a subscriber."""

    subscriber: Subscriber | None
    sign_up: SignUpRequest | None
    pending_email: PendingEmail | None
    links: LinksRequest | None


def signed_up(subscriber: Subscriber | None, request: SignUpRequest, nonce: str) -> Subscriber:
    """The subscriber after a sign-up: awaiting a confirmation if a mail is due, otherwise unchanged. Idempotent.

    Who awaits one already keeps the nonce, so links that were sent before still work. Others get the new nonce, so
    older confirmation links do not. A suppression after bounces goes on until the confirmation, which proves that mail
    arrives; after a complaint, or where another system suppressed, a sign-up changes nothing.
    """
    profile = Profile(request.email, request.preferences, request.consent)
    at = request.consent.at
    if subscriber is None:
        return Subscriber(request.id, "pending", at, profile, nonce)
    if _awaits_confirmation(subscriber):
        due = subscriber.profile != profile and _within_mail_limits(subscriber, request)
        return _changed(subscriber, profile=profile) if due else subscriber
    # The stream may deliver a sign-up again from before the subscriber unsubscribed or bounced.
    if at <= subscriber.changed_at or not _within_mail_limits(subscriber, request):
        return subscriber
    if subscriber.state == "unsubscribed":
        return _changed(subscriber, state="pending", changed_at=at, profile=profile, nonce=nonce)
    if not subscriber.may_return:
        return subscriber
    # What the profile has now was not confirmed.
    return _changed(subscriber, profile=profile, nonce=nonce, confirmed_before=False)


def confirmation_due(subscriber: Subscriber, request: SignUpRequest) -> bool:
    """Whether the sign-up causes a confirmation mail: the subscriber awaits one, and the mail limits allow it.

    The time of the sign-up decides, not the clock, so a sign-up that is delivered again hours later causes no mail.
    """
    return _awaits_confirmation(subscriber) and _within_mail_limits(subscriber, request)


def reminder_due(subscriber: Subscriber | None, request: SignUpRequest) -> bool:
    """Whether the sign-up is one of a confirmed subscriber, who gets a mail with links in place of a confirmation.

    A sign-up from before the confirmation causes none, however late or often the stream delivers it.
    """
    return subscriber is not None and subscriber.state == "confirmed" and request.consent.at > subscriber.changed_at


def confirmation_sent(subscriber: Subscriber, now: datetime) -> Subscriber:
    """The subscriber after a confirmation mail, which may be answered before it is recorded as sent."""
    confirmed_at = subscriber.profile.confirmed_at if subscriber.profile else None
    answered = subscriber.state == "confirmed" or confirmed_at is not None
    sent_at = (*subscriber.confirmations_sent_at, now)[-MAX_MAILS_PER_DAY:]
    return _changed(subscriber, confirmations_sent_at=sent_at, awaiting_confirmation_since=None if answered else now)


def confirmed(subscriber: Subscriber | None, nonce: str, requested: Requested, now: datetime) -> Subscriber:
    """The subscriber after the confirmation of what one sign-up requested. Idempotent: the first confirmation counts.

    Raises `LinkRefused` unless the nonce is the current one.
    """
    if subscriber is None or subscriber.nonce is None or subscriber.profile is None:
        raise LinkRefused("This link has already been used.")
    if not hmac.compare_digest(subscriber.nonce.encode(), nonce.encode()):
        raise LinkRefused("This link has already been used.")
    if subscriber.state == "confirmed":
        return subscriber
    return _changed(
        subscriber,
        state="confirmed",
        changed_at=now,
        profile=Profile(
            spelt(subscriber.profile.email, requested.capitals), requested.preferences, requested.consent, now
        ),
        suppression_reason=None,
        confirmed_before=False,
        awaiting_confirmation_since=None,
        bounces=(),
    )


def with_preferences(subscriber: Subscriber | None, preferences: Preferences) -> Subscriber:
    """The subscriber with other preferences. Raises `NotSubscribed` unless the subscriber is confirmed."""
    if subscriber is None or subscriber.profile is None or subscriber.state != "confirmed":
        raise NotSubscribed("This email address is not subscribed.")
    if subscriber.profile.preferences == preferences:
        return subscriber
    return _changed(subscriber, profile=replace(subscriber.profile, preferences=preferences))


def with_issue(subscriber: Subscriber, until: datetime) -> Subscriber:
    """The subscriber to whom an issue is sent whose window ends at `until`."""
    return _changed(subscriber, sent_until=max(until, subscriber.sent_until or until))


def unsubscribed(subscriber: Subscriber, now: datetime) -> Subscriber:
    """The subscriber after unsubscribing. Idempotent; a suppressed subscriber stays suppressed."""
    if subscriber.state == "suppressed" and (subscriber.nonce or subscriber.confirmed_before):
        return _changed(subscriber, nonce=None, confirmed_before=False)
    if subscriber.state in ("unsubscribed", "suppressed"):
        return subscriber
    return _changed(subscriber, state="unsubscribed", nonce=None, changed_at=now)


def suppressed(subscriber: Subscriber, reason: SuppressionReason, now: datetime) -> Subscriber:
    """The subscriber after bounces or a complaint at `now`. Idempotent.

    A complaint is the reason whatever came before it, and of several the latest counts, in whatever order they come.
    """
    if subscriber.state == "suppressed":
        if reason != "complaint":
            return subscriber
        if subscriber.suppression_reason == reason:
            return _changed(subscriber, changed_at=now) if now > subscriber.changed_at else subscriber
    return _changed(
        subscriber,
        state="suppressed",
        suppression_reason=reason,
        confirmed_before=subscriber.state == "confirmed" and reason == "bounce",
        nonce=None,
        changed_at=now,
        bounces=(),
    )


def lifted(subscriber: Subscriber, by: str, now: datetime) -> Subscriber:
    """The subscriber after an editor lifted the suppression. Idempotent; other subscribers do not change.

    A subscriber who had confirmed, and whose mail bounced, is confirmed again. One who has signed up again since is
    pending, so that the link in the confirmation mail works. Others are unsubscribed, and erased ones stay erased: they
    get mail only by a sign-up and a confirmation of their own.
    """
    reason = subscriber.suppression_reason
    if subscriber.state != "suppressed" or reason is None:
        return subscriber
    before = subscriber.lift.complained_at if subscriber.lift else None
    returns = subscriber.confirmed_before
    return _changed(
        subscriber,
        state="confirmed" if returns else "pending" if subscriber.nonce else "unsubscribed",
        changed_at=now,
        suppression_reason=None,
        confirmed_before=False,
        awaiting_confirmation_since=None if returns else subscriber.awaiting_confirmation_since,
        bounces=(),
        lift=Lift(by, now, reason, subscriber.changed_at if reason == "complaint" else before),
    )


def erased(subscriber: Subscriber, now: datetime) -> Subscriber:
    """The subscriber without personal data: unsubscribed, or suppressed as before.

    The revision increases even if there was no personal data, because the other rows are deleted with it.
    """
    erased = replace(unsubscribed(subscriber, now), profile=None, bounces=(), delivered_at=None)
    return replace(erased, revision=subscriber.revision + 1)


def erasure(record: SubscriberRecord, now: datetime) -> Subscriber | None:
    """The subscriber of the record after erasing; None where no personal data is stored."""
    subscriber, *others = record
    if subscriber is None or (subscriber.profile is None and not any(others)):
        return None
    return erased(subscriber, now)


def pending_email(before: Subscriber | None, after: Subscriber) -> PendingEmail | None:
    """The mail that is due after a change: a welcome after confirming, a farewell after unsubscribing."""
    old_state = before.state if before else None
    if after.profile and after.state == "confirmed" and old_state != "confirmed":
        return PendingEmail(after.id, "welcome", after.revision)
    if after.profile and after.state == "unsubscribed" and old_state == "confirmed":
        return PendingEmail(after.id, "farewell", after.revision)
    return None


def _awaits_confirmation(subscriber: Subscriber) -> bool:
    return subscriber.state == "pending" or (subscriber.state == "suppressed" and subscriber.nonce is not None)


def _within_mail_limits(subscriber: Subscriber, request: SignUpRequest) -> bool:
    """At most one unanswered confirmation mail an hour, and at most three confirmation mails a day."""
    at, since = request.consent.at, subscriber.awaiting_confirmation_since
    if since and at - since < MIN_MAIL_INTERVAL:
        return False
    return sum(at - sent_at < DAY for sent_at in subscriber.confirmations_sent_at) < MAX_MAILS_PER_DAY


def _changed(subscriber: Subscriber, **changes: Any) -> Subscriber:
    return replace(subscriber, revision=subscriber.revision + 1, **changes)
