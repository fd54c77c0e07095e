"""All that is held about a reader, as they may have it: what a person would read, in plain JSON."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from ...model.newsletter.subscriber import PendingEmail, SignUpRequest, Subscriber


def data_export(
    subscriber: Subscriber | None, request: SignUpRequest | None, pending_email: PendingEmail | None
) -> dict[str, Any]:
    """Every field of every row about the reader but the secret of a confirmation link, which says nothing of them."""
    rows = {"subscriber": subscriber, "latest_sign_up": request, "pending_email": pending_email}
    told = {name: _plain(asdict(row)) for name, row in rows.items() if row}
    told.get("subscriber", {}).pop("nonce", None)
    return told


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
