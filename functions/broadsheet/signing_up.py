"""Readers sign up, confirm and leave.

A sign-up is one write that asks nothing of the table, so that neither its answer nor its time tells who is subscribed;
`broadsheet.corresponding` does the rest, from the stream. The pages behind the links change nothing: programs that
scan mail follow links. Only a button does.
"""

from collections.abc import Callable
from datetime import datetime

from .model import sign_up as form
from .model import subscriber
from .model.errors import Busy
from .model.site import Site
from .model.subscriber import Consent, Request, Subscriber
from .model.token import CONFIRM, LEAVE, Keyring
from .store.subscribers import LostRace, Subscribers

TRIES = 5


def sign_up(subscribers: Subscribers, keyring: Keyring, site: Site, now: datetime, sent: object) -> None:
    """Ask for a confirmation mail. Raises `Invalid` for what breaks a rule."""
    wish = form.parse(sent, site)
    consent = Consent(now, wish.source, subscriber.WORDING, wish.edition)
    subscribers.ask(Request(keyring.address_id(wish.address), wish.address, consent))


def check(keyring: Keyring, now: datetime, purpose: str, link: str) -> None:
    """Raises `LinkRefused` where the link was not signed for the purpose, or its time is over. Reads no row."""
    keyring.open(purpose, now, link)


def confirm(subscribers: Subscribers, keyring: Keyring, now: datetime, link: str) -> bool:
    """Make the reader behind the link a confirmed one; False where they were. Raises `LinkRefused`."""
    id, nonce = keyring.open(CONFIRM, now, link)
    return _change(subscribers, id, lambda reader: subscriber.confirmed(reader, nonce, now))


def leave(subscribers: Subscribers, keyring: Keyring, now: datetime, link: str) -> bool:
    """Let the reader behind the link go; False where there was nobody to. Raises `LinkRefused`."""
    (id,) = keyring.open(LEAVE, now, link)
    return _change(subscribers, id, lambda reader: reader and subscriber.left(reader, now))


def _change(subscribers: Subscribers, id: str, change: Callable[[Subscriber | None], Subscriber | None]) -> bool:
    """Commit the change to the subscriber, on whatever others make of it meanwhile; False where it changes nothing."""
    for _ in range(TRIES):
        before = subscribers.get(id)
        after = change(before)
        if after is None or after == before:
            return False
        try:
            subscribers.commit(after)
        except LostRace:
            continue
        return True
    raise Busy("Others keep changing this subscription; please try again.")
