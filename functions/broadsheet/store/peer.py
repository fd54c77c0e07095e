"""HTTP calls to another party's endpoint, which the operator chose: a WebSub hub, or a search engine's IndexNow."""

import math
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError, InvalidHeader

TIMEOUT = urllib3.Timeout(connect=3, read=5)  # seconds


class Unavailable(Exception):
    """The party does not answer, or answers that it cannot work now. Any other call would fail as well.

    `retry_after` is how many seconds it wants to be left alone (RFC 9110 §10.2.3), 0 if it does not say.
    """

    def __init__(self, reason: str, retry_after: int = 0) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Refused(Exception):
    """The party refuses this call, and would refuse it again."""


class Peer:
    """The endpoint with that URL. Connections are kept as long as this object is."""

    def __init__(self, url: str) -> None:
        self._url = url
        # No retries: the queue retries. No redirects: the operator decides who gets the calls.
        self._http = urllib3.PoolManager(retries=False, timeout=TIMEOUT)

    def post(self, **request: Any) -> None:
        """Send a POST request, with urllib3's arguments. Raises `Unavailable` and `Refused`."""
        try:
            response = self._http.request("POST", self._url, **request)
        except HTTPError as error:
            raise Unavailable(type(error).__name__) from None
        if response.status == 429 or response.status >= 500:
            raise Unavailable(str(response.status), _retry_after(response))
        if not 200 <= response.status < 300:
            raise Refused(str(response.status))


def _retry_after(response: urllib3.BaseHTTPResponse) -> int:
    """The seconds of the header, six hours at most; 0 without one, and where it cannot be read."""
    try:
        return math.ceil(urllib3.Retry().parse_retry_after(response.headers.get("Retry-After", "0")))
    except InvalidHeader:
        return 0
