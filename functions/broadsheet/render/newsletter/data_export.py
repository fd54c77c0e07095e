"""Everything that is stored about a subscriber, as plain JSON that a person can read (GDPR Art. 15)."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from ...model.newsletter.links import LinksRequest
from ...model.newsletter.subscriber import PendingEmail, SignUpRequest, Subscriber


def data_export(
    subscriber: Subscriber | None,
    request: SignUpRequest | None,
    pending_email: PendingEmail | None,
    links: LinksRequest | None,
) -> dict[str, Any]:
    """Every field of every row about the subscriber, without the random secret of the confirmation link."""
    rows = {
        "subscriber": subscriber,
        "latest_sign_up": request,
        "pending_email": pending_email,
        "latest_links_request": links,
    }
    export = {name: _to_json(asdict(row)) for name, row in rows.items() if row}
    export.get("subscriber", {}).pop("nonce", None)
    return export


def _to_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _to_json(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_to_json(inner) for inner in value]
    return value
