"""The check that tells people from programs, by one of two providers that speak alike."""

import orjson
import urllib3
from urllib3.exceptions import HTTPError

from ..model.errors import CaptchaUnavailable
from ..model.newsletter.captcha import Provider
from .secrets import Secret

PATIENCE = urllib3.Timeout(connect=2, read=4)  # seconds; a reader waits for it


class Captcha:
    """A provider's verdict on what its widget gave. Its connections are kept as long as this object is."""

    def __init__(self, provider: Provider, secret: Secret[str]) -> None:
        self._url = provider.verifier
        self._secret = secret
        self._http = urllib3.PoolManager(retries=False, timeout=PATIENCE)

    def passed(self, proof: str, address: str) -> bool:
        """Whether the provider confirms the response of a person at that IP address.

        Raises `CaptchaUnavailable` if the provider does not answer, or answers something else than it documents.
        """
        if not proof:
            return False
        fields = {"secret": self._secret.value(), "response": proof, "remoteip": address}
        try:
            answer = self._http.request("POST", self._url, fields=fields, encode_multipart=False)
            said = orjson.loads(answer.data)
        except (HTTPError, orjson.JSONDecodeError):
            raise CaptchaUnavailable("the captcha's provider gives no answer") from None
        if answer.status != 200 or not isinstance(said, dict) or not isinstance(said.get("success"), bool):
            raise CaptchaUnavailable("the captcha's provider gives no verdict")
        # A secret that is wrong is the operator's mistake, and no reader can mend it.
        if any("secret" in str(code) for code in said.get("error-codes") or ()):
            raise CaptchaUnavailable("the captcha's provider does not know this site")
        return bool(said["success"])
