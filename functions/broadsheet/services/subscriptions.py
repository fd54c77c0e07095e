"""What readers do with their subscription: sign up, confirm, ask for links, choose, unsubscribe, export and erase.

A sign-up is one transaction that reads nothing, and so is a request for new links; so neither the answer nor its
duration reveals who is subscribed. The mailer (`broadsheet.services.mailer`) does the rest, from the stream. Opening a
link changes nothing, because programs that scan mail open links; only the button on the page does.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from ..model.config import Site
from ..model.errors import BlockedDomain, CaptchaFailed, FormTokenRefused, LinkRefused, TooManyRequests
from ..model.newsletter import subscriber
from ..model.newsletter.email import domain
from ..model.newsletter.form import Form, Safeguards
from ..model.newsletter.limits import (
    ROOM,
    Randbelow,
    networks,
    refusal_windows,
    shard_window,
    sign_up_windows,
)
from ..model.newsletter.links import LinksForm, LinksRequest
from ..model.newsletter.sending import ReaderDeliveries
from ..model.newsletter.sign_up import SignUp
from ..model.newsletter.subscriber import Consent, Preferences, SignUpRequest, Subscriber, SubscriberRecord
from ..model.newsletter.tokens import CONFIRM, PREFERENCES, UNSUBSCRIBE, Keyring
from ..store.conflict import retrying
from ..store.deliveries import Deliveries
from ..store.subscribers import RateLimited, Subscribers

TRIES = 5
# A form that is sent faster was filled in by a bot. Form tokens have whole seconds, so the real minimum is 1 to 2 s.
MIN_FORM_AGE = timedelta(seconds=2)


class Captcha(Protocol):
    """A provider's verification of captcha responses."""

    def passed(self, captcha_response: str, client_ip: str) -> bool:
        """Whether the provider accepts the response. Raises `CaptchaUnavailable` if it cannot be asked."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The preferences of a subscriber after the button, and whether it was pressed for the first time."""

    preferences: Preferences
    is_first: bool


@dataclass(frozen=True, slots=True)
class SignUpService:
    """Accepts, refuses and confirms sign-ups. `randbelow` is as in the standard library's `secrets`."""

    subscribers: Subscribers
    keyring: Keyring
    site: Site
    randbelow: Randbelow
    captcha: Captcha | None = None

    def form_token(self, now: datetime) -> str:
        """A token for a form that is loaded now. It is valid for an hour, and for as many sign-ups as a network has."""
        return self.keyring.form_token(Form(f"{self.randbelow(2**64):016x}", now))

    def accept(self, sign_up: SignUp, client_ip: str, now: datetime) -> bool:
        """Store a sign-up for the mailer. False for a bot's, which gets the same answer after the same work.

        Raises `FormTokenRefused`, `BlockedDomain`, `CaptchaFailed`, `CaptchaUnavailable`, `TooManyRequests` and `Busy`;
        then nothing is stored. `count_refused` counts those that are the client's fault.
        """
        form = self._form(sign_up.safeguards.form_token, now)
        if self.site.newsletter.blocks(domain(sign_up.email)):
            raise BlockedDomain
        consent = Consent(now, sign_up.source, subscriber.WORDING, sign_up.preferences.edition)
        request = SignUpRequest(self.keyring.email_id(sign_up.email), sign_up.email, sign_up.preferences, consent)
        return self._record(request, form, sign_up.safeguards, client_ip, now)

    def accept_links(self, asked: LinksForm, client_ip: str, now: datetime) -> bool:
        """Store a request for new links for the mailer, with a sign-up's work and limits. False for a bot's.

        An email at a blocked domain is not refused, because its subscriber may leave. Raises what `accept` raises
        otherwise.
        """
        form = self._form(asked.safeguards.form_token, now)
        request = LinksRequest(self.keyring.email_id(asked.email), now)
        return self._record(request, form, asked.safeguards, client_ip, now)

    def _record(
        self, request: SignUpRequest | LinksRequest, form: Form, safeguards: Safeguards, client_ip: str, now: datetime
    ) -> bool:
        """Store a request unless it is a bot's, after the captcha and within the limits."""
        if self.captcha and not self.captcha.passed(safeguards.captcha_response, client_ip):
            raise CaptchaFailed
        is_bot = safeguards.is_bot or _whole_seconds(now) - _whole_seconds(form.loaded_at) < MIN_FORM_AGE
        limits, network_ids = self.site.newsletter, self._network_ids(client_ip)
        windows = sign_up_windows(limits, network_ids, form, now, self.randbelow, is_bot=is_bot)
        with _too_many(now):
            self.subscribers.record_request(request, windows, is_bot=is_bot)
        return not is_bot

    def count_refused(self, client_ip: str, now: datetime) -> None:
        """Count a request that is refused for what it says. Raises `TooManyRequests` and `Busy`."""
        with _too_many(now):
            self.subscribers.count(refusal_windows(self.site.newsletter, self._network_ids(client_ip), now))

    def confirm(self, now: datetime, token: str) -> Confirmation:
        """Confirm what the sign-up of that link asked for, and make room for more sign-ups.

        Raises `LinkRefused` and `Busy`.
        """
        id, nonce, *texts = self.keyring.verify(CONFIRM, now, token)
        requested = subscriber.Requested.read(texts)
        found, is_first = _changed(
            self.subscribers, id, lambda before: subscriber.confirmed(before, nonce, requested, now)
        )
        if is_first:
            self.subscribers.make_room(shard_window(self.site.newsletter, now, self.randbelow), ROOM)
        preferences = found.profile.preferences if found and found.profile else requested.preferences
        return Confirmation(preferences, is_first)

    def _form(self, form_token: str, now: datetime) -> Form:
        try:
            return self.keyring.form(now, form_token)
        except LinkRefused:
            raise FormTokenRefused from None

    def _network_ids(self, client_ip: str) -> list[str]:
        return [self.keyring.network_id(network) for network in networks(client_ip)]


def check_token(keyring: Keyring, now: datetime, purpose: str, token: str) -> None:
    """Check a token's signature, without a read of the table. Raises `LinkRefused`."""
    keyring.verify(purpose, now, token)


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


def export_data(
    subscribers: Subscribers, deliveries: Deliveries, keyring: Keyring, now: datetime, token: str
) -> tuple[SubscriberRecord, ReaderDeliveries]:
    """Everything that is stored about the subscriber (GDPR Art. 15). Raises `LinkRefused` and `Busy`."""
    id = _id_in(keyring, now, token)
    return subscribers.get_record(id), deliveries.of_reader(id)


@retrying(TRIES)
def erase(subscribers: Subscribers, keyring: Keyring, now: datetime, token: str) -> bool:
    """Delete a subscriber's personal data (GDPR Art. 17). False if there was none. Raises `LinkRefused` and `Busy`.

    The keyed hash of the email and the state remain, so that a suppressed email stays suppressed. The claims of issues
    remain until they expire, so that no issue is sent twice and the reports of sendings still add up.
    """
    erased = subscriber.erasure(subscribers.get_record(_id_in(keyring, now, token)), now)
    if erased:
        subscribers.erase(erased)
    return erased is not None


def _id_in(keyring: Keyring, now: datetime, token: str) -> str:
    """The subscriber's id in the token of a preferences link."""
    (id,) = keyring.verify(PREFERENCES, now, token)
    return id


@contextmanager
def _too_many(now: datetime) -> Iterator[None]:
    """Raises the refusal for a request over a limit."""
    try:
        yield
    except RateLimited as limited:
        if limited.window.scope == "form":
            raise FormTokenRefused from None
        seconds = int((limited.window.ends_at - now).total_seconds()) + 1
        raise TooManyRequests(limited.window.scope, seconds) from None


def _whole_seconds(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def _change(subscribers: Subscribers, id: str, change: Callable[[Subscriber | None], Subscriber | None]) -> bool:
    """Commit a change, and retry it after a lost race. False if it changes nothing."""
    _, is_changed = _changed(subscribers, id, change)
    return is_changed


@retrying(TRIES)
def _changed(
    subscribers: Subscribers, id: str, change: Callable[[Subscriber | None], Subscriber | None]
) -> tuple[Subscriber | None, bool]:
    """The subscriber after a change, and whether it changed anything."""
    before = subscribers.get(id)
    after = change(before)
    if after is None or after == before:
        return before, False
    subscribers.commit(after, subscriber.pending_email(before, after))
    return after, True
