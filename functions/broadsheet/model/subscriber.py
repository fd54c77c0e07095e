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

from .errors import LinkRefused

State = Literal["pending", "confirmed", "left", "suppressed"]

# Which version of the words beside the form and in the mail a reader agrees to. A change of their meaning counts it up.
WORDING = "1"
BETWEEN_MAILS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Consent:
    """What a reader agreed to: when they asked, where, and to which words in which language."""

    at: datetime
    source: str | None
    wording: str
    edition: str


@dataclass(frozen=True, slots=True)
class Request:
    """The latest sign-up with an address. `id` is the address's keyed hash."""

    id: str
    address: str
    consent: Consent


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One address as the table holds it. Instants are in UTC.

    `changed_at` is when the state was entered, `mailed_at` when the latest confirmation mail went out. `nonce` is what
    a confirmation link must know; there is none once the reader has left. `revision` counts every change from 1.
    """

    id: str
    address: str
    edition: str
    state: State
    nonce: str | None
    consent: Consent
    changed_at: datetime
    confirmed_at: datetime | None
    mailed_at: datetime | None
    revision: int


def signed_up(subscriber: Subscriber | None, request: Request, nonce: str) -> Subscriber:
    """The subscriber after a request: pending where it earns a mail, else as before.

    A pending reader keeps the nonce, so links already sent go on working; one who had left gets the new one, so those
    from before do not. Applying a request again changes nothing.
    """
    if subscriber is None:
        return _pending(request, nonce, None, 1)
    if subscriber.state == "pending" and subscriber.consent != request.consent and mail_due(subscriber, request):
        return replace(
            _pending(request, subscriber.nonce, subscriber.mailed_at, subscriber.revision + 1),
            changed_at=subscriber.changed_at,
        )
    # A request from before they left is answered already, though the stream may bring it again.
    if subscriber.state == "left" and request.consent.at > subscriber.changed_at and _rested(subscriber, request):
        return _pending(request, nonce, subscriber.mailed_at, subscriber.revision + 1)
    return subscriber


def mail_due(subscriber: Subscriber, request: Request) -> bool:
    """Whether the request earns the pending reader a mail: an hour after the last one. The request's own time decides,
    not the clock, so that one brought again hours later still earns none."""
    return subscriber.state == "pending" and _rested(subscriber, request)


def mailed(subscriber: Subscriber, now: datetime) -> Subscriber:
    """The subscriber after a confirmation mail."""
    return _changed(subscriber, mailed_at=now)


def confirmed(subscriber: Subscriber | None, nonce: str, now: datetime) -> Subscriber:
    """The subscriber after a confirmation; confirming twice changes nothing.

    Raises `LinkRefused` where the nonce is not the present one, and for one who has left or is suppressed.
    """
    if subscriber is None or subscriber.nonce is None or subscriber.state not in ("pending", "confirmed"):
        raise LinkRefused("The link is used up.")
    if not hmac.compare_digest(subscriber.nonce.encode(), nonce.encode()):
        raise LinkRefused("The link is used up.")
    if subscriber.state == "confirmed":
        return subscriber
    return _changed(subscriber, state="confirmed", changed_at=now, confirmed_at=now)


def left(subscriber: Subscriber, now: datetime) -> Subscriber:
    """The subscriber after leaving; leaving twice changes nothing, and the suppressed stay so.

    Who was confirmed has proved the address theirs, so a mail that brings them back need not wait for its hour.
    """
    if subscriber.state in ("left", "suppressed"):
        return subscriber
    mailed_at = None if subscriber.state == "confirmed" else subscriber.mailed_at
    return _changed(subscriber, state="left", nonce=None, changed_at=now, mailed_at=mailed_at)


def suppressed(subscriber: Subscriber, now: datetime) -> Subscriber:
    """The subscriber after a hard bounce or a complaint: no sign-up brings them back."""
    if subscriber.state == "suppressed":
        return subscriber
    return _changed(subscriber, state="suppressed", nonce=None, changed_at=now)


def _pending(request: Request, nonce: str | None, mailed_at: datetime | None, revision: int) -> Subscriber:
    consent = request.consent
    return Subscriber(
        id=request.id,
        address=request.address,
        edition=consent.edition,
        state="pending",
        nonce=nonce,
        consent=consent,
        changed_at=consent.at,
        confirmed_at=None,
        mailed_at=mailed_at,
        revision=revision,
    )


def _rested(subscriber: Subscriber, request: Request) -> bool:
    return subscriber.mailed_at is None or request.consent.at - subscriber.mailed_at >= BETWEEN_MAILS


def _changed(subscriber: Subscriber, **changes: Any) -> Subscriber:
    return replace(subscriber, revision=subscriber.revision + 1, **changes)
