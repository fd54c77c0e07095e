"""A reader who comes with a list that was kept elsewhere, and what becomes of the subscriber that there is.

What readers said here stands: a list says what was so elsewhere, some time ago. It brings in who is not here yet, and
it may stop mail; it brings nobody back.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from .subscriber import Consent, Person, Preferences, Reason, State, Subscriber, left, suppressed

Status = Literal["subscribed", "left", "suppressed", "pending"]
STATUSES: tuple[Status, ...] = ("subscribed", "left", "suppressed", "pending")
WORDING = "import"
STATES: dict[Status, State] = {"subscribed": "confirmed", "left": "left", "suppressed": "suppressed"}
STATUS_OF: dict[State, Status] = {state: status for status, state in STATES.items()} | {"pending": "pending"}

UNCONFIRMED = "has not confirmed; nobody is subscribed here who did not"
RETURN = {
    "left": "has left here, and comes back only by signing up",
    "suppressed": "is suppressed here after a bounce or a complaint, and stays so",
}
HERE = "is subscribed here, and only they themselves can leave"


@dataclass(frozen=True, slots=True)
class ImportedSubscriber:
    """What a list says of one address.

    `source` and `wording` are where and to which words the reader agreed, `wording_edition` in which edition's
    language. Whoever is `subscribed` has agreed at `consented_at`; of others nobody may know when, or whether.
    """

    address: str
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

    kind: Literal["new", "changed", "same", "refused"]
    reason: str | None = None
    field: str | None = None


def imported(
    subscriber: Subscriber | None, id: str, arrival: ImportedSubscriber, now: datetime
) -> tuple[Subscriber | None, RowResult]:
    """The subscriber after the arrival, and what that was. Doing it again is the `same`, or refused as before.

    Where no time of consent is known, the record of it has the time at which the list came.
    """
    if arrival.status == "pending":
        return subscriber, RowResult("refused", UNCONFIRMED, "status")
    if subscriber is None:
        return _new(id, arrival, now), RowResult("new")
    if arrival.status == "subscribed" and subscriber.state in RETURN:
        return subscriber, RowResult("refused", RETURN[subscriber.state])
    if arrival.status == "left" and subscriber.state == "confirmed":
        return subscriber, RowResult("refused", HERE)
    after = _changed(subscriber, arrival, now)
    return after, RowResult("same" if after == subscriber else "changed")


def _new(id: str, arrival: ImportedSubscriber, now: datetime) -> Subscriber:
    reason: Reason | None = "import" if arrival.status == "suppressed" else None
    return Subscriber(id, STATES[arrival.status], now, _person(arrival, now), reason=reason)


def _changed(subscriber: Subscriber, arrival: ImportedSubscriber, now: datetime) -> Subscriber:
    """Erased ones stay as they are: nothing is written to them, and nothing more is to be known of them."""
    if subscriber.person is None:
        return subscriber
    if arrival.status == "suppressed":
        return suppressed(subscriber, "import", now)
    if subscriber.state != "pending":
        return subscriber
    if arrival.status == "left":
        return left(subscriber, now)
    arrived = replace(subscriber, state="confirmed", changed_at=now, person=_person(arrival, now))
    return replace(arrived, nonce=None, unanswered_at=None, revision=subscriber.revision + 1)


def _person(arrival: ImportedSubscriber, now: datetime) -> Person:
    consent = Consent(arrival.consented_at or now, arrival.source, arrival.wording, arrival.wording_edition)
    return Person(arrival.address, arrival.preferences, consent, arrival.confirmed_at)
