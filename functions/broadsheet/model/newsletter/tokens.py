"""The links in mails, signed; and the ids that stand for addresses, keyed.

A token holds what it is about, and a signature made for one purpose. What it allows once and what for ever is its
purpose's rule: a confirmation is bound to the row's nonce and to seven days, leaving and preferences to nothing but the
reader, the stamp of a form to an hour, and the cursor of a listing to the part of the table that it goes through.
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

CONFIRM, LEAVE, PREFERENCES, FORM_TOKEN, CURSOR = "confirm", "leave", "preferences", "stamp", "cursor"
LIFETIMES = {CONFIRM: timedelta(days=7), LEAVE: None, PREFERENCES: None, FORM_TOKEN: timedelta(hours=1), CURSOR: None}
ID_BYTES = 16
SHORTEST_KEY = 32
FIRST = "1"


class KeysRefused(Exception):
    """The secret is not as it must be. The message names no part of it."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys by name, oldest first, and which of them signs; every one of them verifies.

    Rotation: add a key, wait until no process has the keys from before (`broadsheet.store.secrets`), make it `current`.
    The first key never goes: the ids of all addresses are made from it.
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
        if not isinstance(current, str) or current not in keys or FIRST not in keys:
            raise KeysRefused(f"the secret lacks the key that signs, or key {FIRST}")
        if not all(isinstance(key, str) and len(key) >= SHORTEST_KEY for key in keys.values()):
            raise KeysRefused(f"a key of the secret is shorter than {SHORTEST_KEY} characters")
        return cls(current, keys)

    def email_id(self, address: str) -> str:
        """128 bits that stand for the address; they tell nothing about it without the key.

        Tags (`+news`) and dots tell addresses apart; case does not.
        """
        return self._id(b"address id", address.lower())

    def network_id(self, network: str) -> str:
        """128 bits that stand for where a caller is, and tell nothing about it without the key."""
        return self._id(b"network id", network)

    def sign(self, purpose: str, at: datetime, *content: str) -> str:
        """A token for the purpose, from that instant on. The same arguments give the same token."""
        return str(self._serializer(purpose, at).dumps(list(content)))

    def open(self, purpose: str, now: datetime, token: str) -> tuple[str, ...]:
        """What was signed for the purpose. Raises `LinkRefused` for all else, and for what is past its time."""
        lifetime = LIFETIMES[purpose]
        seconds = int(lifetime.total_seconds()) if lifetime else None
        try:
            return tuple(self._serializer(purpose, now).loads(token, max_age=seconds))
        except (BadData, UnicodeError):
            raise LinkRefused("The link is damaged, or its time is over.") from None

    def _id(self, kind: bytes, text: str) -> str:
        subkey = hmac.digest(self.keys[FIRST].encode(), kind, "sha256")
        digest = hmac.digest(subkey, text.encode(), "sha256")
        return urlsafe_b64encode(digest[:ID_BYTES]).decode().rstrip("=")

    def _serializer(self, purpose: str, at: datetime) -> URLSafeTimedSerializer:
        class Clocked(TimestampSigner):
            def get_timestamp(self) -> int:
                return int(at.timestamp())

        others = [key for name, key in self.keys.items() if name != self.current]
        settings: dict[str, Any] = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        return URLSafeTimedSerializer(
            [*others, self.keys[self.current]], salt=f"broadsheet {purpose}", signer=Clocked, signer_kwargs=settings
        )
