"""The verification of captcha responses by Turnstile or hCaptcha, which have the same API."""

import orjson
import urllib3
from urllib3.exceptions import HTTPError

from ..model.errors import CaptchaUnavailable
from ..model.newsletter.captcha import Provider
from .secrets import Secret

TIMEOUT = urllib3.Timeout(connect=2, read=4)  # seconds; the reader waits for it


class Captcha:
    """A provider's verification API. Connections are kept as long as this object."""

    def __init__(self, provider: Provider, secret: Secret[str]) -> None:
        self._url = provider.verifier
        self._secret = secret
        self._http = urllib3.PoolManager(retries=False, timeout=TIMEOUT)

    def passed(self, captcha_response: str, client_ip: str) -> bool:
        """Whether the provider accepts the captcha response of that client.

        Raises `CaptchaUnavailable` if the provider does not answer, or not in its documented format.
        """
        if not captcha_response:
            return False
        fields = {"secret": self._secret.value(), "response": captcha_response, "remoteip": client_ip}
        try:
            answer = self._http.request("POST", self._url, fields=fields, encode_multipart=False)
            verdict = orjson.loads(answer.data)
        except (HTTPError, orjson.JSONDecodeError):
            raise CaptchaUnavailable("the captcha's provider does not answer") from None
        if answer.status != 200 or not isinstance(verdict, dict) or not isinstance(verdict.get("success"), bool):
            raise CaptchaUnavailable("the captcha's provider gives no verdict")
        # A wrong secret is the operator's mistake, so the reader is not told that the captcha failed.
        if any("secret" in str(code) for code in verdict.get("error-codes") or ()):
            raise CaptchaUnavailable("the captcha's provider does not accept this site's secret")
        return bool(verdict["success"])
