"""A reader who comes with a list that was kept elsewhere, and what becomes of the subscriber that there is.

What readers said here stands: a list says what was so elsewhere, some time ago. It brings in who is not here yet, and
it may stop mail; it brings nobody back.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from .subscriber import Consent, Preferences, Profile, State, Subscriber, SuppressionReason, suppressed, unsubscribed

Status = Literal["subscribed", "unsubscribed", "suppressed", "pending"]
STATUSES: tuple[Status, ...] = ("subscribed", "unsubscribed", "suppressed", "pending")
WORDING = "import"
STATES: dict[Status, State] = {"subscribed": "confirmed", "unsubscribed": "unsubscribed", "suppressed": "suppressed"}
STATUS_OF: dict[State, Status] = {state: status for status, state in STATES.items()} | {"pending": "pending"}

UNCONFIRMED = "has not confirmed; nobody is subscribed here who did not"
RETURN = {
    "unsubscribed": "has unsubscribed here, and can only return by a new sign-up",
    "suppressed": "is suppressed here after a bounce or a complaint, and stays so",
}
HERE = "is subscribed here, and can only unsubscribe by their own choice"


@dataclass(frozen=True, slots=True)
class ImportedSubscriber:
    """What a list says of one address.

    `source` and `wording` are where and to which words the reader agreed, `wording_edition` in which edition's
    language. Whoever is `subscribed` has agreed at `consented_at`; of others nobody may know when, or whether.
    """

    email: str
    status: Status
    preferences: Preferences
    source: str | None
    wording: str
    wording_edition: str
    consented_at: datetime | None
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of a row: why it was refused, in a sentence whose subject is the address, and for which field."""

    kind: Literal["added", "changed", "unchanged", "refused"]
    reason: str | None = None
    field: str | None = None


def imported(
    subscriber: Subscriber | None, id: str, arrival: ImportedSubscriber, now: datetime
) -> tuple[Subscriber | None, RowResult]:
    """The subscriber after the arrival, and what that was. Doing it again is `unchanged`, or refused as before.

    Where no time of consent is known, the record of it has the time at which the list came.
    """
    if arrival.status == "pending":
        return subscriber, RowResult("refused", UNCONFIRMED, "status")
    if subscriber is None:
        return _new(id, arrival, now), RowResult("added")
    if arrival.status == "subscribed" and subscriber.state in RETURN:
        return subscriber, RowResult("refused", RETURN[subscriber.state])
    if arrival.status == "unsubscribed" and subscriber.state == "confirmed":
        return subscriber, RowResult("refused", HERE)
    after = _changed(subscriber, arrival, now)
    return after, RowResult("unchanged" if after == subscriber else "changed")


def _new(id: str, arrival: ImportedSubscriber, now: datetime) -> Subscriber:
    reason: SuppressionReason | None = "import" if arrival.status == "suppressed" else None
    return Subscriber(id, STATES[arrival.status], now, _profile(arrival, now), suppression_reason=reason)


def _changed(subscriber: Subscriber, arrival: ImportedSubscriber, now: datetime) -> Subscriber:
    """Erased ones stay as they are: nothing is written to them, and nothing more is to be known of them."""
    if subscriber.profile is None:
        return subscriber
    if arrival.status == "suppressed":
        return suppressed(subscriber, "import", now)
    if subscriber.state != "pending":
        return subscriber
    if arrival.status == "unsubscribed":
        return unsubscribed(subscriber, now)
    arrived = replace(subscriber, state="confirmed", changed_at=now, profile=_profile(arrival, now))
    return replace(arrived, nonce=None, awaiting_confirmation_since=None, revision=subscriber.revision + 1)


def _profile(arrival: ImportedSubscriber, now: datetime) -> Profile:
    consent = Consent(arrival.consented_at or now, arrival.source, arrival.wording, arrival.wording_edition)
    return Profile(arrival.email, arrival.preferences, consent, arrival.confirmed_at)
