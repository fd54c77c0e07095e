"""Readers sign up, confirm, say what they want, leave, and have what is held of them told or erased.

A sign-up is one write that asks nothing of the table, so that neither its answer nor its time tells who is subscribed;
`broadsheet.services.mailer` does the rest, from the stream. The pages behind the links change nothing: programs that
scan mail follow links. Only a button does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from ..model.config import Site
from ..model.errors import BlockedDomain, Busy, CaptchaFailed, FormTokenRefused, LinkRefused, TooManyRequests
from ..model.newsletter import subscriber
from ..model.newsletter.email import domain
from ..model.newsletter.limits import network, rate_limit_windows
from ..model.newsletter.sign_up import SignUp
from ..model.newsletter.subscriber import Consent, PendingEmail, Preferences, SignUpRequest, Subscriber, email_due
from ..model.newsletter.tokens import CONFIRM, FORM_TOKEN, LEAVE, PREFERENCES, Keyring
from ..store.conflict import attempts
from ..store.subscribers import LostRace, RateLimited, Subscribers

TRIES = 5
# Between a form's stamp and its sending; less is faster than a person. Stamps have whole seconds, so it may be one.
MIN_FORM_AGE = timedelta(seconds=2)


class Captcha(Protocol):
    """A check that tells people from programs."""

    def passed(self, proof: str, address: str) -> bool:
        """Whether the proof is a person's. Raises `Unchecked` where nobody can tell."""


@dataclass(frozen=True, slots=True)
class SignUpService:
    """Who lets sign-ups in, and with what: `lot` draws a whole number below its argument, `captcha` may be there."""

    subscribers: Subscribers
    keyring: Keyring
    site: Site
    lot: Callable[[int], int]
    captcha: Captcha | None = None

    def stamp(self, now: datetime) -> str:
        """What a form carries from now on, for an hour."""
        return self.keyring.sign(FORM_TOKEN, now, now.isoformat())

    def accept(self, wish: SignUp, caller: str, now: datetime) -> bool:
        """Ask for a confirmation mail; False where a program asked, which is not to learn that nothing came of it.

        `caller` is the client's IP address. Raises `FormTokenRefused`, `BlockedDomain`, `CaptchaFailed`,
        `CaptchaUnavailable`, `TooManyRequests` and `Busy`; nothing is written then.
        """
        stamped_at = self._stamped_at(wish.form_token, now)
        if wish.is_bot or now.replace(microsecond=0) - stamped_at < MIN_FORM_AGE:
            return False
        if self.site.newsletter.refuses(domain(wish.email)):
            raise BlockedDomain
        if self.captcha and not self.captcha.passed(wish.captcha_response, caller):
            raise CaptchaFailed
        consent = Consent(now, wish.source, subscriber.WORDING, wish.preferences.edition)
        request = SignUpRequest(self.keyring.email_id(wish.email), wish.email, wish.preferences, consent)
        network_id = self.keyring.network_id(network(caller))
        try:
            self.subscribers.ask(request, rate_limit_windows(self.site.newsletter, network_id, now, self.lot))
        except RateLimited as full:
            seconds = int((full.count.ends_at - now).total_seconds()) + 1
            raise TooManyRequests(full.count.scope, seconds) from None
        return True

    def _stamped_at(self, stamp: str, now: datetime) -> datetime:
        try:
            [stamped_at] = self.keyring.open(FORM_TOKEN, now, stamp)
        except LinkRefused:
            raise FormTokenRefused from None
        return datetime.fromisoformat(stamped_at).replace(microsecond=0)


def check_link(keyring: Keyring, now: datetime, purpose: str, link: str) -> None:
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


def read_preferences(subscribers: Subscribers, keyring: Keyring, now: datetime, link: str) -> Subscriber | None:
    """The reader behind the link of the preferences, None where nothing is held of them. Raises `LinkRefused`."""
    reader = subscribers.get(_own(keyring, now, link))
    return reader if reader and reader.person else None


def save_preferences(subscribers: Subscribers, keyring: Keyring, now: datetime, link: str, wanted: Preferences) -> bool:
    """Give the reader behind the link what they want from now on; False where they had it. Raises `LinkRefused`."""
    return _change(subscribers, _own(keyring, now, link), lambda reader: subscriber.preferred(reader, wanted))


def export_data(
    subscribers: Subscribers, keyring: Keyring, now: datetime, link: str
) -> tuple[Subscriber | None, SignUpRequest | None, PendingEmail | None]:
    """All that is held of the reader behind the link: them, their latest sign-up, and the mail that they are owed."""
    return subscribers.correspondence(_own(keyring, now, link))


def erase(subscribers: Subscribers, keyring: Keyring, now: datetime, link: str) -> bool:
    """Forget who the reader behind the link is; False where nobody knew. Raises `LinkRefused`.

    What is left is that a keyed hash has left, or is suppressed.
    """
    id = _own(keyring, now, link)
    for _ in attempts(TRIES):
        reader, request, letter = subscribers.correspondence(id)
        if reader is None or (reader.person is None and not request and not letter):
            return False
        try:
            subscribers.erase(subscriber.erased(reader, now))
        except LostRace:
            continue
        return True
    raise Busy("Others keep changing this subscription; please try again.")


def _own(keyring: Keyring, now: datetime, link: str) -> str:
    (id,) = keyring.open(PREFERENCES, now, link)
    return id


def _change(subscribers: Subscribers, id: str, change: Callable[[Subscriber | None], Subscriber | None]) -> bool:
    """Commit the change to the subscriber, on whatever others make of it meanwhile; False where it changes nothing."""
    for _ in attempts(TRIES):
        before = subscribers.get(id)
        after = change(before)
        if after is None or after == before:
            return False
        try:
            subscribers.commit(after, email_due(before, after))
        except LostRace:
            continue
        return True
    raise Busy("Others keep changing this subscription; please try again.")
