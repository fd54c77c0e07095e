"""A newsletter's reader, and the rules by which they come and go.

    (nobody) ─ sign-up ─▶ pending ─ confirm ─▶ confirmed ─ leave ─▶ left
                 left ─ sign-up ─▶ pending            any ─ suppress ─▶ suppressed

A sign-up is only a request, and anyone can make one for any address; what it may change is a state that means nothing
without the reader's own confirmation. It changes something exactly when it earns a mail, so that what a reader
confirms is always what the mail said.
"""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from ..errors import LinkRefused

State = Literal["pending", "confirmed", "left", "suppressed"]
Reason = Literal["bounce", "complaint", "import"]
FREQUENCIES = ("daily", "weekly")

# Which version of the words beside the form and in the mail a reader agrees to. A change of their meaning counts it up.
WORDING = "1"
# How many confirmation mails an address gets that nobody has answered.
BETWEEN_MAILS = timedelta(hours=1)
DAY, MAILS_A_DAY = timedelta(days=1), 3


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a reader wants: an edition (and so a language), sections of it (none named: all of them), and how often."""

    edition: str
    sections: tuple[str, ...] = ()
    frequency: str = FREQUENCIES[0]


@dataclass(frozen=True, slots=True)
class Consent:
    """What a reader agreed to: when they asked, where, and to which words in which language."""

    at: datetime
    source: str | None
    wording: str
    edition: str


@dataclass(frozen=True, slots=True)
class SignUpRequest:
    """The latest sign-up with an address. `id` is the address's keyed hash."""

    id: str
    address: str
    preferences: Preferences
    consent: Consent


@dataclass(frozen=True, slots=True)
class Person:
    """All that a subscriber's row says of a person; erasing takes it away whole."""

    address: str
    preferences: Preferences
    consent: Consent
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One address as the table holds it. Instants are in UTC.

    `changed_at` is when the state was entered, `reason` why it is `suppressed`. `person` is None once they are erased:
    what is left then keeps the state, under a keyed hash. `nonce` is what a confirmation link must know; there is none
    once the reader has left. `mailed` holds when the last confirmation mails went out, three at most; `unanswered_at`
    when the latest of them did, unless it was answered. `bounces` are the mails that bounced for now since one was
    delivered at `delivered_at`. `revision` counts every change from 1.
    """

    id: str
    state: State
    changed_at: datetime
    person: Person | None
    nonce: str | None = None
    reason: Reason | None = None
    mailed: tuple[datetime, ...] = ()
    unanswered_at: datetime | None = None
    bounces: "tuple[Bounce, ...]" = ()
    delivered_at: datetime | None = None
    revision: int = 1


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail that could not be delivered for now, by its id at SES, and when that was."""

    mail: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PendingEmail:
    """A mail that a reader is owed because of something that they did, at that revision of theirs."""

    id: str
    kind: Literal["welcome", "farewell"]
    revision: int


def signed_up(subscriber: Subscriber | None, request: SignUpRequest, nonce: str) -> Subscriber:
    """The subscriber after a request: pending where it earns a mail, else as before.

    A pending reader keeps the nonce, so links already sent go on working; one who had left gets the new one, so those
    from before do not. Applying a request again changes nothing.
    """
    person = Person(request.address, request.preferences, request.consent)
    at = request.consent.at
    if subscriber is None:
        return Subscriber(request.id, "pending", at, person, nonce)
    if subscriber.state == "pending" and subscriber.person != person and mail_due(subscriber, request):
        return _changed(subscriber, person=person)
    # A request from before they left is answered already, though the stream may bring it again.
    if subscriber.state == "left" and at > subscriber.changed_at and _rested(subscriber, request):
        return _changed(subscriber, state="pending", changed_at=at, person=person, nonce=nonce)
    return subscriber


def mail_due(subscriber: Subscriber, request: SignUpRequest) -> bool:
    """Whether the request earns the pending reader a mail: an hour after the last one, three a day. The request's own
    time decides, not the clock, so that one brought again hours later still earns none."""
    return subscriber.state == "pending" and _rested(subscriber, request)


def mailed(subscriber: Subscriber, now: datetime) -> Subscriber:
    """The subscriber after a confirmation mail, which they may have answered before it is written down."""
    confirmed_at = subscriber.person.confirmed_at if subscriber.person else None
    answered = subscriber.state == "confirmed" or confirmed_at is not None
    mails = (*subscriber.mailed, now)[-MAILS_A_DAY:]
    return _changed(subscriber, mailed=mails, unanswered_at=None if answered else now)


def confirmed(subscriber: Subscriber | None, nonce: str, now: datetime) -> Subscriber:
    """The subscriber after a confirmation; confirming twice changes nothing.

    Raises `LinkRefused` where the nonce is not the present one, and for one who has left or is suppressed.
    """
    if subscriber is None or subscriber.nonce is None or subscriber.person is None:
        raise LinkRefused("The link is used up.")
    if not hmac.compare_digest(subscriber.nonce.encode(), nonce.encode()):
        raise LinkRefused("The link is used up.")
    if subscriber.state == "confirmed":
        return subscriber
    person = replace(subscriber.person, confirmed_at=now)
    return _changed(subscriber, state="confirmed", changed_at=now, person=person, unanswered_at=None)


def preferred(subscriber: Subscriber | None, preferences: Preferences) -> Subscriber:
    """The subscriber with other preferences. Raises `LinkRefused` for one who is not subscribed."""
    if subscriber is None or subscriber.person is None or subscriber.state != "confirmed":
        raise LinkRefused("This address is not subscribed.")
    if subscriber.person.preferences == preferences:
        return subscriber
    return _changed(subscriber, person=replace(subscriber.person, preferences=preferences))


def left(subscriber: Subscriber, now: datetime) -> Subscriber:
    """The subscriber after leaving; leaving twice changes nothing, and the suppressed stay so.

    A mail that they had answered holds up none that brings them back: they have proved the address theirs.
    """
    if subscriber.state in ("left", "suppressed"):
        return subscriber
    return _changed(subscriber, state="left", nonce=None, changed_at=now)


def suppressed(subscriber: Subscriber, reason: Reason, now: datetime) -> Subscriber:
    """The subscriber after a hard bounce or a complaint: no sign-up brings them back."""
    if subscriber.state == "suppressed":
        return subscriber
    return _changed(subscriber, state="suppressed", reason=reason, nonce=None, changed_at=now, bounces=())


def erased(subscriber: Subscriber, now: datetime) -> Subscriber:
    """The subscriber without anything that tells who they are; whoever was suppressed stays so.

    The revision moves even where nothing was known, since what is beside the subscriber goes too.
    """
    gone = replace(left(subscriber, now), person=None, bounces=(), delivered_at=None)
    return replace(gone, revision=subscriber.revision + 1)


def email_due(before: Subscriber | None, after: Subscriber) -> PendingEmail | None:
    """The mail that a reader is owed for becoming subscribed, or for being so no longer by their own wish."""
    was = before.state if before else None
    if after.person and after.state == "confirmed" and was != "confirmed":
        return PendingEmail(after.id, "welcome", after.revision)
    if after.person and after.state == "left" and was == "confirmed":
        return PendingEmail(after.id, "farewell", after.revision)
    return None


def _rested(subscriber: Subscriber, request: SignUpRequest) -> bool:
    at = request.consent.at
    if subscriber.unanswered_at and at - subscriber.unanswered_at < BETWEEN_MAILS:
        return False
    return sum(at - mail < DAY for mail in subscriber.mailed) < MAILS_A_DAY


def _changed(subscriber: Subscriber, **changes: Any) -> Subscriber:
    return replace(subscriber, revision=subscriber.revision + 1, **changes)
