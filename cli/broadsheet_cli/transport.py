"""HTTP for the client: requests signed with AWS Signature Version 4, retries, and errors as exceptions."""

import random
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from urllib3.exceptions import ConnectTimeoutError, HTTPError, InvalidHeader, NewConnectionError

from .errors import (
    ApiError,
    Forbidden,
    NoCredentials,
    Problem,
    Refused,
    Unavailable,
    UnexpectedResponse,
    Unreachable,
    json_body,
)

ATTEMPTS = 4
MAX_FIRST_DELAY = 0.25  # seconds; the maximum doubles before each further attempt
MAX_RETRY_AFTER = 60  # seconds; where the server asks for more, the caller is told, and not kept waiting
BUSY = "urn:problem-type:broadsheet:busy"
# API Gateway times out after 30 seconds, so a response never takes longer.
TIMEOUT = urllib3.Timeout(connect=5, read=35)


class Credentials(Protocol):
    """botocore's credentials, or what has its frozen credentials: `access_key`, `secret_key` and `token`."""

    def get_frozen_credentials(self) -> Any: ...


class Transport:
    """Sends requests to one API. Threads may share it.

    Retries failed connections, 429 and 5xx with exponential backoff and full jitter, each time with a new signature.
    It never tries again before the time in `Retry-After` (RFC 9110 §10.2.3).
    """

    def __init__(
        self,
        api: str,
        credentials: Credentials,
        region: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.api, self.sleep = api, sleep
        self._credentials, self._region, self._jitter = credentials, region, jitter
        self._http = urllib3.PoolManager(maxsize=16, retries=False, timeout=TIMEOUT)

    def close(self) -> None:
        self._http.clear()

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        *,
        idempotent: bool = True,
    ) -> urllib3.BaseHTTPResponse:
        """The response, if its status is 2xx; otherwise raises an `ApiError`.

        A request that is not idempotent is retried only if it cannot have had an effect: no connection, 429, or a 503
        of the type `busy`.
        """

        def request() -> urllib3.BaseHTTPResponse:
            signed = self.signed_headers(method, url, headers, body)
            return self._http.request(method, url, body=body, headers=signed, redirect=False)

        return self._checked(self._retried(request, idempotent=idempotent))

    def send_json(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> dict[str, object]:
        """The JSON object in the response to `send`."""
        response = self.send(method, url, headers, body)
        parsed = json_body(response)
        if not isinstance(parsed, dict):
            raise UnexpectedResponse(self.api, response.status)
        return parsed

    def send_unsigned(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Send an idempotent request to a presigned URL. Raises `Unreachable` or `Unavailable`."""

        def request() -> urllib3.BaseHTTPResponse:
            return self._http.request(method, url, body=body, headers=headers, redirect=False)

        response = self._retried(request, idempotent=True)
        if response.status >= 300:
            raise Unavailable(response.status)

    def signed_headers(
        self, method: str, url: str, headers: Mapping[str, str] | None, body: bytes | None
    ) -> dict[str, str]:
        request = AWSRequest(
            method=method, url=url, headers={"Accept": "application/json", **(headers or {})}, data=body
        )
        try:
            frozen = self._credentials.get_frozen_credentials()
        except BotoCoreError as error:
            raise NoCredentials(str(error)) from error
        SigV4Auth(frozen, "execute-api", self._region).add_auth(request)
        return dict(request.headers.items())

    def _retried(
        self, request: Callable[[], urllib3.BaseHTTPResponse], *, idempotent: bool
    ) -> urllib3.BaseHTTPResponse:
        """The first response that is neither a server error nor a rate limit."""
        failure: ApiError
        after = 0.0
        for attempt in range(ATTEMPTS):
            if attempt:
                self.sleep(after + self._jitter() * MAX_FIRST_DELAY * 2**attempt)
            after = 0.0
            try:
                response = request()
            except HTTPError as error:
                connected = not isinstance(error, NewConnectionError | ConnectTimeoutError)
                failure, had_no_effect = Unreachable(self.api, str(error), connected=connected), not connected
            else:
                if response.status < 500 and response.status != 429:
                    return response
                after = _retry_after(response)
                failure, had_no_effect = Unavailable(response.status, after), _wrote_nothing(response)
            if after > MAX_RETRY_AFTER or not (idempotent or had_no_effect):
                break
        raise failure

    def _checked(self, response: urllib3.BaseHTTPResponse) -> urllib3.BaseHTTPResponse:
        if response.status < 300:
            return response
        if response.status < 400:
            raise UnexpectedResponse(self.api, response.status, response.headers.get("Location"))
        problem = Problem.read(response)
        if response.status in (401, 403):
            raise Forbidden(self.api, response.status, problem.detail or problem.title)
        raise Refused(problem)


def _wrote_nothing(response: urllib3.BaseHTTPResponse) -> bool:
    """Whether the response says that the request had no effect: a rate limit, or other clients' changes."""
    return response.status == 429 or (response.status == 503 and Problem.read(response).type == BUSY)


def _retry_after(response: urllib3.BaseHTTPResponse) -> float:
    """The seconds in `Retry-After`, which may be a date; 0 where it is missing or wrong."""
    try:
        return urllib3.Retry().get_retry_after(response) or 0.0
    except InvalidHeader:
        return 0.0
