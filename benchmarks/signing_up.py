"""(c) A sign-up: the AWS calls before its answer, in each state of the email."""

import importlib
from datetime import UTC, datetime, timedelta

from benchmarks.lambdas import environed, invoke, restart
from benchmarks.tally import Tally
from broadsheet.model.newsletter.form import Form
from broadsheet.model.newsletter.subscriber import (
    Consent,
    Preferences,
    Requested,
    SignUpRequest,
    Subscriber,
    confirmed,
    erased,
    signed_up,
    suppressed,
    unsubscribed,
)
from broadsheet.model.newsletter.tokens import Keyring
from broadsheet.store.subscribers import Subscribers
from tests.api.events import answer, request
from tests.world import deployed

STATES = ("new", "pending", "confirmed", "unsubscribed", "suppressed", "erased")
WHEN = datetime(2025, 6, 15, 9, 0, tzinfo=UTC)


def measure() -> dict[str, dict[str, Tally]]:
    """A sign-up in each state, by a new process and by a warm one."""
    with deployed() as deployment, environed(deployment, "newsletter"):
        deps = importlib.import_module("newsletter").deps()
        keyring = deps.keyring
        for state in STATES:
            _bring_to(state, deps.subscribers, keyring)
        tallies: dict[str, dict[str, Tally]] = {}
        for state in STATES:
            restart("newsletter")
            tallies[state] = {process: _sign_up(state, keyring) for process in ("cold", "warm")}
    return tallies


def _sign_up(state: str, keyring: Keyring) -> Tally:
    """With the token of a form that was loaded a minute ago."""
    opened = datetime.now(UTC) - timedelta(minutes=1)
    sent = {"email": _email(state), "form_token": keyring.form_token(Form(state, opened))}
    accepted, tally = invoke("newsletter", request("POST", "/api/subscriptions", sent))
    if answer(accepted).status != 202:
        raise RuntimeError(f"the sign-up was not accepted: {accepted}")
    return tally


def _bring_to(state: str, subscribers: Subscribers, keyring: Keyring) -> None:
    """Write a subscriber in the state into the table, change by change."""
    id = keyring.email_id(_email(state))
    sign_up = SignUpRequest(id, _email(state), Preferences("en"), Consent(WHEN, None, "1", "en"))
    reader = signed_up(None, sign_up, "nonce")
    gone = suppressed(reader, "bounce", WHEN)
    history: dict[str, list[Subscriber]] = {
        "new": [],
        "pending": [reader],
        "confirmed": [reader, confirmed(reader, "nonce", Requested(sign_up.preferences, sign_up.consent), WHEN)],
        "unsubscribed": [reader, unsubscribed(reader, WHEN)],
        "suppressed": [reader, gone],
        "erased": [reader, gone, erased(gone, WHEN)],
    }
    for change in history[state]:
        subscribers.commit(change)


def _email(state: str) -> str:
    return f"{state}@example.org"
