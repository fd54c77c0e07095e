"""An HTTP client for the site: follows no redirects, decodes no bodies, and records server errors."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import urllib3
from urllib3.exceptions import HTTPError

TIMEOUT = urllib3.Timeout(connect=5, read=35)  # seconds; API Gateway answers within 30


class CheckFailed(Exception):
    """The text says what was expected and what was found."""


class Skipped(Exception):
    """A check does not apply to this deployment. The text says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One response; header names are lower-case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str:
        """The value of a header, or an empty string."""
        return self.headers.get(name, "")

    def expect(self, status: int) -> "Answer":
        """This answer. Raises `CheckFailed` if its status is another one."""
        if self.status != status:
            raise CheckFailed(f"expected {status} at {self.url}, got {self.status}")
        return self

    def expect_header(self, name: str, value: str) -> None:
        """Raises `CheckFailed` unless the header has this value."""
        if self.header(name) != value:
            raise CheckFailed(f"expected {name}: {value} at {self.url}, got {self.header(name) or 'no such header'}")

    def json(self) -> dict[str, object]:
        """The JSON object in the body. Raises `CheckFailed` if there is none."""
        try:
            parsed = json.loads(self.body)
        except ValueError:
            parsed = None
        if not isinstance(parsed, dict):
            raise CheckFailed(f"expected a JSON object at {self.url}, got {self.status} {self.header('content-type')}")
        return parsed


class Site:
    """Sends requests to one site, and records every server error and every stack trace in `faults`."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.faults: list[str] = []
        self._http = urllib3.PoolManager(retries=False, timeout=TIMEOUT)

    def get(self, path: str, **headers: str) -> Answer:
        """The answer to GET. `If_None_Match` among the keyword arguments is the header If-None-Match."""
        return self.send("GET", path, headers)

    def send(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """The response to a request for a path of the site or for a URL. Raises `CheckFailed` if there is none."""
        url = path if "://" in path else self.url + path
        sent = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        try:
            response = self._http.request(
                method, url, body=body, headers=sent, redirect=False, decode_content=False, preload_content=True
            )
        except HTTPError as error:
            raise CheckFailed(f"expected a response from {url}, got none ({str(error).rpartition(': ')[2]})") from error
        found = {name.lower(): value for name, value in response.headers.items()}
        answer = Answer(url, response.status, found, response.data)
        self._record(method, answer)
        return answer

    def close(self) -> None:
        """Close every connection."""
        self._http.clear()

    def _record(self, method: str, answer: Answer) -> None:
        if answer.status >= 500:
            self.faults.append(f"{answer.status} to {method} {answer.url}")
        elif b"Traceback (most recent call last)" in answer.body:
            self.faults.append(f"a stack trace to {method} {answer.url}")
