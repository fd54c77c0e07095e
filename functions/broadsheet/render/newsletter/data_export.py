"""Everything that is stored about a subscriber, as plain JSON that a person can read (GDPR Art. 15)."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from ...model.newsletter.sending import Claim, CountedFeedback, ReaderDeliveries
from ...model.newsletter.subscriber import SubscriberRecord


def data_export(record: SubscriberRecord, deliveries: ReaderDeliveries) -> dict[str, Any]:
    """Every field of every row about the subscriber, without the random secret of the confirmation link.

    `issues` and `issue_feedback` are lists, and absent where they would be empty.
    """
    rows = {
        "subscriber": record.subscriber,
        "latest_sign_up": record.sign_up,
        "pending_email": record.pending_email,
        "latest_links_request": record.links,
    }
    lists: dict[str, Sequence[Claim | CountedFeedback]] = {
        "issues": deliveries.claims,
        "issue_feedback": deliveries.feedback,
    }
    export: dict[str, Any] = {name: _to_json(asdict(row)) for name, row in rows.items() if row}
    export |= {name: [_to_json(asdict(row)) for row in found] for name, found in lists.items() if found}
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
