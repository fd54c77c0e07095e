"""What is kept in Secrets Manager: the keys that sign links, and other secrets."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from ..model.newsletter.tokens import Keyring

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

REMEMBERED = 300.0  # seconds; a new key must be this old before it becomes the one that signs

Value = TypeVar("Value")


class Secret(Generic[Value]):
    """A secret by name, read once in a process and again when it was read `REMEMBERED` seconds ago."""

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
        self._clock = clock
        self._read: tuple[float, Value] | None = None

    def value(self) -> Value:
        """The secret as it is, or was a few minutes ago."""
        if self._read is None or self._clock() - self._read[0] >= REMEMBERED:
            said = self._client.get_secret_value(SecretId=self._name)["SecretString"]
            self._read = self._clock(), self._parse(said)
        return self._read[1]


class SigningKeys(Secret[Keyring]):
    """The secret that holds the keys which sign links."""

    def __init__(self, client: "SecretsManagerClient", name: str, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(client, name, Keyring.parse, clock)

    def keyring(self) -> Keyring:
        """The keys as they are, or were a few minutes ago."""
        return self.value()
