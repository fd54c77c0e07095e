"""The keys that sign links, in Secrets Manager."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..model.token import Keyring

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

REMEMBERED = 300.0  # seconds; a new key must be this old before it becomes the one that signs


class Keys:
    """The secret by name, read once in a process and again when it was read `REMEMBERED` seconds ago."""

    def __init__(
        self, client: "SecretsManagerClient", secret: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._secret = secret
        self._clock = clock
        self._read_at = 0.0
        self._keyring: Keyring | None = None

    def keyring(self) -> Keyring:
        """The keys as they are, or were a few minutes ago."""
        if self._keyring is None or self._clock() - self._read_at >= REMEMBERED:
            secret = self._client.get_secret_value(SecretId=self._secret)["SecretString"]
            self._keyring, self._read_at = Keyring.parse(secret), self._clock()
        return self._keyring
