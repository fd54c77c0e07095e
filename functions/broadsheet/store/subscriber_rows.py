"""Subscribers, sign-ups, requests for links, pending emails and mailboxes as rows of the table, without their keys."""

from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from ..model.newsletter.links import LinksRequest
from ..model.newsletter.mailbox import CausedMail, Mailbox
from ..model.newsletter.subscriber import (
    Bounce,
    Consent,
    Lift,
    PendingEmail,
    Preferences,
    Profile,
    SignUpRequest,
    Subscriber,
)

Row = dict[str, Any]


def row_of(record: Subscriber | SignUpRequest | LinksRequest | PendingEmail | Mailbox) -> Row:
    """The attributes of the record's row; its id is in the key."""
    row = _fields(record)
    del row["id"]
    return row


def subscriber(id: str, row: Row) -> Subscriber:
    return Subscriber(
        id=id,
        state=row["state"],
        changed_at=datetime.fromisoformat(row["changed_at"]),
        profile=_profile(row["profile"]) if row["profile"] else None,
        nonce=row["nonce"],
        suppression_reason=row["suppression_reason"],
        # Rows of earlier versions have neither, nor `sent_until`.
        confirmed_before=row.get("confirmed_before", False),
        lift=_lift(row["lift"]) if row.get("lift") else None,
        confirmations_sent_at=tuple(map(datetime.fromisoformat, row["confirmations_sent_at"])),
        awaiting_confirmation_since=_datetime(row["awaiting_confirmation_since"]),
        bounces=tuple(Bounce(bounce["message_id"], datetime.fromisoformat(bounce["at"])) for bounce in row["bounces"]),
        delivered_at=_datetime(row["delivered_at"]),
        sent_until=_datetime(row.get("sent_until")),
        revision=row["revision"],
    )


def sign_up(id: str, row: Row) -> SignUpRequest:
    return SignUpRequest(id, row["email"], _preferences(row["preferences"]), _consent(row["consent"]))


def links(id: str, row: Row) -> LinksRequest:
    return LinksRequest(id, datetime.fromisoformat(row["at"]))


def pending_email(id: str, row: Row) -> PendingEmail:
    return PendingEmail(id, row["kind"], row["revision"], row.get("source"))  # rows of earlier versions have no source


def mailbox(id: str, row: Row) -> Mailbox:
    mails = (CausedMail(mail["subscriber_id"], datetime.fromisoformat(mail["at"])) for mail in row["mails"])
    return Mailbox(id, tuple(mails), row["revision"])


def _profile(row: Row) -> Profile:
    return Profile(
        row["email"], _preferences(row["preferences"]), _consent(row["consent"]), _datetime(row["confirmed_at"])
    )


def _lift(row: Row) -> Lift:
    return Lift(row["by"], datetime.fromisoformat(row["at"]), row["reason"], _datetime(row["complained_at"]))


def _preferences(row: Row) -> Preferences:
    return Preferences(row["edition"], tuple(row["sections"]), row["frequency"])


def _consent(row: Row) -> Consent:
    return Consent(datetime.fromisoformat(row["at"]), row["source"], row["wording"], row["edition"])


def _datetime(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _fields(record: Any) -> Row:
    """The fields of a dataclass. `asdict` would copy each datetime, which takes longer than all the rest."""
    return {each.name: _to_row(getattr(record, each.name)) for each in fields(record)}


def _to_row(value: Any) -> Any:
    """Datetimes become text, dataclasses maps and tuples lists."""
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value):
        return _fields(value)
    if isinstance(value, tuple):
        return [_to_row(inner) for inner in value]
    return value
