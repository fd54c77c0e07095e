"""Secrets Manager: the keys that sign links, and other secrets."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from cachetools import TTLCache

from ..model.newsletter.tokens import Keyring

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

REMEMBERED = 300.0  # seconds; a new key must be this old before it becomes the one that signs

Value = TypeVar("Value")


class Secret(Generic[Value]):
    """A secret by name, parsed, and cached for `REMEMBERED` seconds. `clock` returns seconds."""

    def __init__(
        self,
        client: "SecretsManagerClient",
        name: str,
        parse: Callable[[str], Value],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._name = name
        self._parse = parse
        self._cache: TTLCache[str, Value] = TTLCache(1, REMEMBERED, clock)

    def value(self) -> Value:
        """The secret as it is now, or was at most `REMEMBERED` seconds ago."""
        value = self._cache.get(self._name)
        if value is None:
            value = self._parse(self._client.get_secret_value(SecretId=self._name)["SecretString"])
            self._cache[self._name] = value
        return value


class SigningKeys(Secret[Keyring]):
    """The secret with the keys that sign links."""

    def __init__(self, client: "SecretsManagerClient", name: str, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(client, name, Keyring.parse, clock)

    def keyring(self) -> Keyring:
        """The keys, as `value`."""
        return self.value()
