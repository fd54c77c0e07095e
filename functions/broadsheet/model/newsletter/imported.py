"""Imported subscribers: rows of a list from another system, and the rules by which they change subscribers.

What a subscriber did here wins over an older list. An import adds subscribers and may stop mail, but never subscribes
again a person who unsubscribed or is suppressed here.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from ..errors import FieldError
from .subscriber import (
    Consent,
    PendingEmail,
    Preferences,
    Profile,
    State,
    Subscriber,
    SuppressionReason,
    suppressed,
    unsubscribed,
)

Status = Literal["subscribed", "unsubscribed", "suppressed", "pending"]
STATUSES: tuple[Status, ...] = ("subscribed", "unsubscribed", "suppressed", "pending")
WORDING = "import"
STATES: dict[Status, State] = {"subscribed": "confirmed", "unsubscribed": "unsubscribed", "suppressed": "suppressed"}
# Rows of one email that are sent together are applied in this order: who left is not subscribed by another row.
PRECEDENCE: tuple[Status, ...] = ("suppressed", "unsubscribed", "subscribed", "pending")
STATUS_OF: dict[State, Status] = {state: status for status, state in STATES.items()} | {"pending": "pending"}

NOT_CONFIRMED = "has not confirmed the subscription, so it is not imported"
CANNOT_RETURN = {
    "unsubscribed": "has unsubscribed here, and can return only by signing up",
    "suppressed": "is suppressed here after a bounce or a complaint",
}
ONLY_SUBSCRIBERS_UNSUBSCRIBE = "is subscribed here, and can be unsubscribed only by the subscriber"


@dataclass(frozen=True, slots=True)
class ImportedSubscriber:
    """A valid row. Of the consent it has where (`source`), to which text (`wording`), in which language, and when.

    `consented_at` is None only for those who are not subscribed; `confirmed_at` is None where it is unknown.
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
    """What an import did with a row. A refusal has a reason, which continues a sentence that starts with the email,
    and the field that it concerns, if it concerns one. `errors` are the rules that the row breaks. `mail` is whether
    the subscriber gets a mail, which says where the email comes from.
    """

    kind: Literal["added", "changed", "unchanged", "refused"]
    reason: str | None = None
    field: str | None = None
    errors: tuple[FieldError, ...] = ()
    mail: bool = False


def imported(
    subscriber: Subscriber | None, id: str, row: ImportedSubscriber, now: datetime
) -> tuple[Subscriber | None, RowResult]:
    """The subscriber after the import of a row, and the row's result. Idempotent: a second import changes nothing.

    If the time of consent is unknown, the time of the import is stored.
    """
    if row.status == "pending":
        return subscriber, RowResult("refused", NOT_CONFIRMED, "status")
    if subscriber is None:
        return _new(id, row, now), RowResult("added", mail=row.status == "subscribed")
    if row.status == "subscribed" and subscriber.state in CANNOT_RETURN:
        return subscriber, RowResult("refused", CANNOT_RETURN[subscriber.state])
    if row.status == "unsubscribed" and subscriber.state == "confirmed":
        return subscriber, RowResult("refused", ONLY_SUBSCRIBERS_UNSUBSCRIBE)
    after = _changed(subscriber, row, now)
    if after == subscriber:
        return after, RowResult("unchanged")
    return after, RowResult("changed", mail=row.status == "subscribed")


def import_mail(before: Subscriber | None, after: Subscriber, source: str | None) -> PendingEmail | None:
    """The mail that is due after an import: to those whom it subscribes, once. `source` is as in `PendingEmail`."""
    if after.state != "confirmed" or (before and before.state == "confirmed"):
        return None
    return PendingEmail(after.id, "imported", after.revision, source)


def _new(id: str, row: ImportedSubscriber, now: datetime) -> Subscriber:
    reason: SuppressionReason | None = "import" if row.status == "suppressed" else None
    return Subscriber(id, STATES[row.status], now, _profile(row, now), suppression_reason=reason)


def _changed(subscriber: Subscriber, row: ImportedSubscriber, now: datetime) -> Subscriber:
    """Erased subscribers do not change: no mail goes to them, and nothing about them is stored again."""
    if subscriber.profile is None:
        return subscriber
    if row.status == "suppressed":
        return suppressed(subscriber, "import", now)
    if subscriber.state != "pending":
        return subscriber
    if row.status == "unsubscribed":
        return unsubscribed(subscriber, now)
    confirmed = replace(subscriber, state="confirmed", changed_at=now, profile=_profile(row, now))
    return replace(confirmed, nonce=None, awaiting_confirmation_since=None, revision=subscriber.revision + 1)


def _profile(row: ImportedSubscriber, now: datetime) -> Profile:
    consent = Consent(row.consented_at or now, row.source, row.wording, row.wording_edition)
    return Profile(row.email, row.preferences, consent, row.confirmed_at)
