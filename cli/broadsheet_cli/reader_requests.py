"""What editors do for a reader who writes or calls: the calls about one subscriber, and what is stored in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from .client import JSON, Client
from .errors import UnexpectedResponse
from .site import Site

# What the state of a subscriber means.
STATES = {
    "confirmed": "gets the newsletter",
    "pending": "has not confirmed yet, and gets no newsletter",
    "unsubscribed": "unsubscribed",
    "suppressed": "suppressed, and gets no mail",
}
# What became of an issue's mail to the reader; the outcome is null where a worker takes the issue right now.
OUTCOMES = {
    "sent": "sent",
    "failed": "not sent: the mail service refused it",
    "unknown": "nobody can know whether it was sent",
    "refused": "not sent yet",
    None: "not known yet",
}
FEEDBACK = {"bounces": "its mail bounced", "complaints": "the reader complained about it"}
REASONS = {"bounce": "mail bounced", "complaint": "the reader complained", "import": "an imported list said so"}

Stored = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Handled:
    """What a call did: the status after it, whether it changed anything, and whether the address is suppressed."""

    status: str
    changed: bool
    suppressed: bool


def show_subscriber(client: Client, email: str) -> dict[str, object]:
    """Everything that is stored about an email, as in the reader's data export. Raises `Refused` for an unknown one."""
    return _call(client, "show", email)


def unsubscribe_subscriber(client: Client, email: str) -> Handled:
    """Unsubscribe an email. Idempotent. Raises `Refused` for one that the site does not know."""
    return _handled(client, "leave", email)


def erase_subscriber(client: Client, email: str) -> Handled:
    """Erase the personal data of an email. Idempotent. Raises `Refused` for one that the site does not know."""
    return _handled(client, "erase", email)


def in_words(stored: Stored, site: Site) -> Iterator[tuple[str, str]]:
    """What is stored, as pairs of a label and a text, with times in the site's zone."""
    if subscriber := stored.get("subscriber"):
        yield "state", _state(subscriber, site)
        if profile := subscriber.get("profile"):
            yield from _profile(profile, site)
        else:
            yield "erased", "no email, no preferences and no consent are stored"
        yield from _history(subscriber, site)
    if sign_up := stored.get("latest_sign_up"):
        yield "latest sign-up", f"as {sign_up['email']}, {_consent(sign_up['consent'], site)}"
    if links := stored.get("latest_links_request"):
        yield "links", f"asked for on {site.short(links['at'])}"
    if pending := stored.get("pending_email"):
        source = f", which says that the address is from {pending['source']}" if pending.get("source") else ""
        yield "pending mail", f"{pending['kind']}{source}"
    for taken in stored.get("issues", ()):
        outcome = OUTCOMES.get(taken["outcome"], taken["outcome"])
        yield "issue", f"{taken['issue']}, {site.short(taken['at'])}: {outcome}"
    for counted in stored.get("issue_feedback", ()):
        yield "issue", f"{counted['issue']}: {FEEDBACK.get(counted['kind'], counted['kind'])}"


def _call(client: Client, what: str, email: str) -> dict[str, object]:
    url = f"{client.api}/api/subscribers/{what}"
    return client.transport.send_json("POST", url, JSON, json.dumps({"email": email}).encode())


def _handled(client: Client, what: str, email: str) -> Handled:
    answer = _call(client, what, email)
    result, status = answer.get("result"), answer.get("status")
    if result not in ("changed", "unchanged") or not isinstance(status, str):
        raise UnexpectedResponse(client.api, HTTPStatus.OK)
    return Handled(status, result == "changed", answer.get("suppressed") is True)


def _state(subscriber: Stored, site: Site) -> str:
    state = str(subscriber["state"])
    reason = REASONS.get(str(subscriber.get("suppression_reason")))
    because = f", because {reason}" if reason else ""
    return f"{STATES.get(state, state)}{because}, since {site.short(subscriber['changed_at'])}"


def _profile(profile: Stored, site: Site) -> Iterator[tuple[str, str]]:
    chosen = profile["preferences"]
    yield "email", str(profile["email"])
    yield "edition", str(chosen["edition"])
    yield "sections", ", ".join(chosen["sections"]) or "all"
    yield "frequency", str(chosen["frequency"])
    yield "consent", _consent(profile["consent"], site)
    yield "confirmed", site.short(profile["confirmed_at"]) if profile["confirmed_at"] else "not here, or unknown when"


def _consent(consent: Stored, site: Site) -> str:
    source = f", source {consent['source']}" if consent["source"] else ""
    return f"{site.short(consent['at'])}{source}, wording {consent['wording']} in {consent['edition']}"


def _history(subscriber: Stored, site: Site) -> Iterator[tuple[str, str]]:
    if sent := subscriber["confirmations_sent_at"]:
        yield "asked to confirm", ", ".join(map(site.short, sent))
    if bounces := subscriber["bounces"]:
        yield "soft bounces", ", ".join(site.short(bounce["at"]) for bounce in bounces)
    if subscriber["delivered_at"]:
        yield "delivered", site.short(subscriber["delivered_at"])
    if subscriber.get("sent_until"):
        yield "issues up to", site.short(subscriber["sent_until"])
    if lift := subscriber.get("lift"):
        reason = REASONS.get(lift["reason"], lift["reason"])
        yield "lifted", f"by {lift['by']} on {site.short(lift['at'])}; suppressed before because {reason}"
