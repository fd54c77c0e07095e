"""(c) A sign-up: the AWS calls that its reader waits for, whatever the table knows of the address."""

import importlib
from datetime import UTC, datetime

from benchmarks.lambdas import environed, invoke, restart
from benchmarks.tally import Tally
from broadsheet.model.subscriber import Consent, Request, Subscriber, confirmed, left, signed_up, suppressed
from broadsheet.store.keys import Keys
from broadsheet.store.subscribers import Subscribers
from tests.events import answer, request
from tests.world import deployed

STATES = ("new", "pending", "confirmed", "left", "suppressed")
WHEN = datetime(2025, 6, 15, 9, 0, tzinfo=UTC)


def measure() -> dict[str, dict[str, Tally]]:
    """A sign-up of each state, by a new process and by one that has had a sign-up before."""
    with deployed() as deployment, environed(deployment, "newsletter"):
        subscribers, keys = importlib.import_module("newsletter").stores()
        for state in STATES:
            _bring_to(state, subscribers, keys)
        tallies: dict[str, dict[str, Tally]] = {}
        for state in STATES:
            restart("newsletter")
            tallies[state] = {"cold": _sign_up(state), "warm": _sign_up(state)}
    return tallies


def _sign_up(state: str) -> Tally:
    accepted, tally = invoke("newsletter", request("POST", "/api/subscriptions", {"email": _address(state)}))
    if answer(accepted).status != 202:
        raise RuntimeError(f"the sign-up was not accepted: {accepted}")
    return tally


def _bring_to(state: str, subscribers: Subscribers, keys: Keys) -> None:
    """Write the reader of that state into the table, change by change."""
    id = keys.keyring().address_id(_address(state))
    reader = signed_up(None, Request(id, _address(state), Consent(WHEN, None, "1", "en")), "nonce")
    history: dict[str, list[Subscriber]] = {
        "new": [],
        "pending": [reader],
        "confirmed": [reader, confirmed(reader, "nonce", WHEN)],
        "left": [reader, left(reader, WHEN)],
        "suppressed": [reader, suppressed(reader, WHEN)],
    }
    for change in history[state]:
        subscribers.commit(change)


def _address(state: str) -> str:
    return f"{state}@example.org"
