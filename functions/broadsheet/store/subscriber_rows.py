"""A subscriber, and a sign-up, as rows of the table."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from ..model.newsletter.subscriber import Bounce, Consent, Person, Preferences, SignUpRequest, Subscriber

Row = dict[str, Any]


def of_subscriber(subscriber: Subscriber) -> Row:
    """The attributes of the subscriber's row, its key aside."""
    row: Row = _written(asdict(subscriber))
    del row["id"]
    return row


def of_request(request: SignUpRequest) -> Row:
    """The attributes of the sign-up's row, its key aside."""
    row: Row = _written(asdict(request))
    del row["id"]
    return row


def subscriber(id: str, row: Row) -> Subscriber:
    """The subscriber that a row stands for."""
    return Subscriber(
        id=id,
        state=row["state"],
        changed_at=datetime.fromisoformat(row["changed_at"]),
        person=_person(row["person"]) if row["person"] else None,
        nonce=row["nonce"],
        reason=row["reason"],
        mailed=tuple(map(datetime.fromisoformat, row["mailed"])),
        unanswered_at=_instant(row["unanswered_at"]),
        bounces=tuple(Bounce(bounce["mail"], datetime.fromisoformat(bounce["at"])) for bounce in row["bounces"]),
        delivered_at=_instant(row["delivered_at"]),
        revision=row["revision"],
    )


def request(id: str, row: Row) -> SignUpRequest:
    """The sign-up that a row stands for."""
    return SignUpRequest(id, row["address"], _preferences(row["preferences"]), _consent(row["consent"]))


def _person(row: Row) -> Person:
    return Person(
        row["address"], _preferences(row["preferences"]), _consent(row["consent"]), _instant(row["confirmed_at"])
    )


def _preferences(row: Row) -> Preferences:
    return Preferences(row["edition"], tuple(row["sections"]), row["frequency"])


def _consent(row: Row) -> Consent:
    return Consent(datetime.fromisoformat(row["at"]), row["source"], row["wording"], row["edition"])


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _written(value: Any) -> Any:
    """Instants as text, tuples as lists; both read back as they were."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _written(inner) for name, inner in value.items()}
    if isinstance(value, tuple):
        return [_written(inner) for inner in value]
    return value
