"""Signed tokens in links and forms, and keyed hashes of emails, mailboxes and networks.

A token has a content and a signature for one purpose. Lifetimes: a confirmation link works for seven days and with the
subscriber's current nonce, and holds what it confirms; links to unsubscribe and to the preferences never expire; a form
token works for an hour; a cursor never expires and names its part of the table; a link to a preview, which other keys
sign, works for a day.
"""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadData, TimestampSigner
from itsdangerous.url_safe import URLSafeTimedSerializer

from ..errors import LinkRefused
from ..preview import LIFETIME
from .form import Form
from .mailbox import mailbox_of

CONFIRM, UNSUBSCRIBE, PREFERENCES, FORM_TOKEN, CURSOR = "confirm", "unsubscribe", "preferences", "form_token", "cursor"
PREVIEW = "preview"
LIFETIMES = {
    CONFIRM: timedelta(days=7),
    UNSUBSCRIBE: None,
    PREFERENCES: None,
    FORM_TOKEN: timedelta(hours=1),
    CURSOR: None,
    PREVIEW: LIFETIME,
}
ID_BYTES = 16
MIN_KEY_LENGTH = 32  # characters
FIRST_KEY = "1"


class KeysRefused(Exception):
    """The secret is not valid. The message contains no part of it."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys by name, oldest first. `current` signs; every key verifies.

    Rotation: add a key, wait until no process has the old keyring (`broadsheet.store.secrets`), make it `current`.
    Never remove the first key: ids are made with it.
    """

    current: str
    keys: Mapping[str, str] = field(repr=False)

    @classmethod
    def parse(cls, secret: str) -> "Keyring":
        """The keys in `{"current": "2", "1": "<key>", "2": "<key>"}`. Raises `KeysRefused`."""
        try:
            keys = dict(json.loads(secret))
            current = keys.pop("current", None)
        except (TypeError, ValueError):
            raise KeysRefused("the secret is not a JSON object") from None
        if not isinstance(current, str) or current not in keys or FIRST_KEY not in keys:
            raise KeysRefused(f"the secret lacks the current key, or key {FIRST_KEY}")
        if not all(isinstance(key, str) and len(key) >= MIN_KEY_LENGTH for key in keys.values()):
            raise KeysRefused(f"a key of the secret is shorter than {MIN_KEY_LENGTH} characters")
        return cls(current, keys)

    def email_id(self, email: str) -> str:
        """128 bits that identify the email and reveal nothing about it without the key.

        Case does not matter; tags (`+news`) and dots do.
        """
        return self._id(b"email id", email.lower())

    def mailbox_id(self, email: str) -> str:
        """128 bits that identify the mailbox of the email, in every spelling, and reveal nothing without the key."""
        return self._id(b"mailbox id", mailbox_of(email))

    def network_id(self, network: str) -> str:
        """128 bits that identify a client's network and reveal nothing about it without the key."""
        return self._id(b"network id", network)

    def form_token(self, form: Form) -> str:
        """The token that names a form which is loaded."""
        return self.sign(FORM_TOKEN, form.loaded_at, form.id, form.loaded_at.isoformat())

    def form(self, now: datetime, token: str) -> Form:
        """The form that a form token names. Raises `LinkRefused` if it is invalid or expired."""
        id, loaded_at = self.verify(FORM_TOKEN, now, token)
        return Form(id, datetime.fromisoformat(loaded_at))

    def sign(self, purpose: str, at: datetime, *content: str) -> str:
        """A token for the purpose, valid from `at` on. Deterministic."""
        return str(self._serializer(purpose, at).dumps(list(content)))

    def verify(self, purpose: str, now: datetime, token: str) -> tuple[str, ...]:
        """The content of a token for the purpose. Raises `LinkRefused` if it is invalid or expired."""
        lifetime = LIFETIMES[purpose]
        seconds = int(lifetime.total_seconds()) if lifetime else None
        try:
            return tuple(self._serializer(purpose, now).loads(token, max_age=seconds))
        except (BadData, UnicodeError):
            raise LinkRefused("This link is damaged or has expired.") from None

    def _id(self, kind: bytes, text: str) -> str:
        subkey = hmac.digest(self.keys[FIRST_KEY].encode(), kind, "sha256")
        digest = hmac.digest(subkey, text.encode(), "sha256")
        return urlsafe_b64encode(digest[:ID_BYTES]).decode().rstrip("=")

    def _serializer(self, purpose: str, at: datetime) -> URLSafeTimedSerializer:
        class SignerAt(TimestampSigner):
            def get_timestamp(self) -> int:
                return int(at.timestamp())

        others = [key for name, key in self.keys.items() if name != self.current]
        settings: dict[str, Any] = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        return URLSafeTimedSerializer(
            [*others, self.keys[self.current]], salt=f"broadsheet {purpose}", signer=SignerAt, signer_kwargs=settings
        )
