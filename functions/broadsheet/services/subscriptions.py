"""What readers do with their subscription: sign up, confirm, change preferences, unsubscribe, export and erase.

A sign-up is one transaction that reads nothing, so neither its answer nor its duration reveals who is subscribed. The
mailer (`broadsheet.services.mailer`) does the rest, from the stream. Opening a link changes nothing, because programs
that scan mail open links; only the button on the page does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from ..model.config import Site
from ..model.errors import BlockedDomain, CaptchaFailed, FormTokenRefused, LinkRefused, TooManyRequests
from ..model.newsletter import subscriber
from ..model.newsletter.email import domain
from ..model.newsletter.limits import network, rate_limit_windows
from ..model.newsletter.sign_up import SignUp
from ..model.newsletter.subscriber import Consent, Preferences, SignUpRequest, Subscriber, SubscriberRecord
from ..model.newsletter.tokens import CONFIRM, FORM_TOKEN, PREFERENCES, UNSUBSCRIBE, Keyring
from ..store.conflict import retrying
from ..store.subscribers import RateLimited, Subscribers

TRIES = 5
# A form that is sent faster was filled in by a bot. Form tokens have whole seconds, so the real minimum is 1 to 2 s.
MIN_FORM_AGE = timedelta(seconds=2)


class Captcha(Protocol):
    """A provider's verification of captcha responses."""

    def passed(self, captcha_response: str, client_ip: str) -> bool:
        """Whether the provider accepts the response. Raises `CaptchaUnavailable` if it cannot be asked."""


@dataclass(frozen=True, slots=True)
class SignUpService:
    """Accepts and refuses sign-ups. `randbelow` is as in the standard library's `secrets`; the captcha is optional."""

    subscribers: Subscribers
    keyring: Keyring
    site: Site
    randbelow: Callable[[int], int]
    captcha: Captcha | None = None

    def form_token(self, now: datetime) -> str:
        """A token for a form that is loaded now. It is valid for an hour."""
        return self.keyring.sign(FORM_TOKEN, now, now.isoformat())

    def accept(self, sign_up: SignUp, client_ip: str, now: datetime) -> bool:
        """Store a sign-up for the mailer. False for a bot's, which gets the same answer and is not stored.

        Raises `FormTokenRefused`, `BlockedDomain`, `CaptchaFailed`, `CaptchaUnavailable`, `TooManyRequests` and `Busy`;
        then nothing is stored.
        """
        loaded_at = self._form_loaded_at(sign_up.form_token, now)
        if sign_up.is_bot or now.replace(microsecond=0) - loaded_at < MIN_FORM_AGE:
            return False
        if self.site.newsletter.blocks(domain(sign_up.email)):
            raise BlockedDomain
        if self.captcha and not self.captcha.passed(sign_up.captcha_response, client_ip):
            raise CaptchaFailed
        consent = Consent(now, sign_up.source, subscriber.WORDING, sign_up.preferences.edition)
        request = SignUpRequest(self.keyring.email_id(sign_up.email), sign_up.email, sign_up.preferences, consent)
        network_id = self.keyring.network_id(network(client_ip))
        windows = rate_limit_windows(self.site.newsletter, network_id, now, self.randbelow)
        try:
            self.subscribers.record_sign_up(request, windows)
        except RateLimited as limited:
            seconds = int((limited.window.ends_at - now).total_seconds()) + 1
            raise TooManyRequests(limited.window.scope, seconds) from None
        return True

    def _form_loaded_at(self, form_token: str, now: datetime) -> datetime:
        try:
            [loaded_at] = self.keyring.verify(FORM_TOKEN, now, form_token)
        except LinkRefused:
            raise FormTokenRefused from None
        return datetime.fromisoformat(loaded_at).replace(microsecond=0)


def check_token(keyring: Keyring, now: datetime, purpose: str, token: str) -> None:
    """Check a token's signature, without a read of the table. Raises `LinkRefused`."""
    keyring.verify(purpose, now, token)


def confirm(subscribers: Subscribers, keyring: Keyring, now: datetime, token: str) -> bool:
    """Confirm what the sign-up of that link asked for. False if already confirmed. Raises `LinkRefused` and `Busy`."""
    id, nonce, *texts = keyring.verify(CONFIRM, now, token)
    requested = subscriber.Requested.read(texts)
    return _change(subscribers, id, lambda before: subscriber.confirmed(before, nonce, requested, now))


def unsubscribe(subscribers: Subscribers, keyring: Keyring, now: datetime, token: str) -> bool:
    """Unsubscribe a subscriber. False if there was nothing to change. Raises `LinkRefused` and `Busy`."""
    (id,) = keyring.verify(UNSUBSCRIBE, now, token)
    return _change(subscribers, id, lambda before: before and subscriber.unsubscribed(before, now))


def read_profile(subscribers: Subscribers, keyring: Keyring, now: datetime, token: str) -> Subscriber | None:
    """The subscriber of a preferences link; None if no personal data is stored. Raises `LinkRefused`."""
    found = subscribers.get(_id_in(keyring, now, token))
    return found if found and found.profile else None


def save_preferences(
    subscribers: Subscribers, keyring: Keyring, now: datetime, token: str, preferences: Preferences
) -> bool:
    """Change a subscriber's preferences. False if they are unchanged. Raises `LinkRefused` and `Busy`."""
    id = _id_in(keyring, now, token)
    return _change(subscribers, id, lambda before: subscriber.with_preferences(before, preferences))


def export_data(subscribers: Subscribers, keyring: Keyring, now: datetime, token: str) -> SubscriberRecord:
    """Everything that is stored about the subscriber (GDPR Art. 15). Raises `LinkRefused` and `Busy`."""
    return subscribers.get_record(_id_in(keyring, now, token))


@retrying(TRIES)
def erase(subscribers: Subscribers, keyring: Keyring, now: datetime, token: str) -> bool:
    """Delete a subscriber's personal data (GDPR Art. 17). False if there was none. Raises `LinkRefused` and `Busy`.

    The keyed hash of the email and the state remain, so that a suppressed email stays suppressed.
    """
    id = _id_in(keyring, now, token)
    before, sign_up, pending = subscribers.get_record(id)
    if before is None or (before.profile is None and not sign_up and not pending):
        return False
    subscribers.erase(subscriber.erased(before, now))
    return True


def _id_in(keyring: Keyring, now: datetime, token: str) -> str:
    """The subscriber's id in the token of a preferences link."""
    (id,) = keyring.verify(PREFERENCES, now, token)
    return id


@retrying(TRIES)
def _change(subscribers: Subscribers, id: str, change: Callable[[Subscriber | None], Subscriber | None]) -> bool:
    """Commit a change, and retry it after a lost race. False if it changes nothing."""
    before = subscribers.get(id)
    after = change(before)
    if after is None or after == before:
        return False
    subscribers.commit(after, subscriber.pending_email(before, after))
    return True
