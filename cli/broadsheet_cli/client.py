"""The editors' API as a Python object: every call signed, every failure one of the errors in `broadsheet_cli.problems`.

Calls are signed with Signature Version 4 for `execute-api`. Failures that may pass (no connection, 429, 5xx) are
tried again, each time with a fresh signature, after a random wait that grows.
"""

import hashlib
import json
import os
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import quote, urlencode, urlsplit

import botocore.session
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials, ReadOnlyCredentials
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from .problems import ApiError, Forbidden, InvalidId, Misdirected, Problem, Refused, Unavailable, Unreachable, json_of

LOCAL_API = "http://127.0.0.1:8080"
LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost"})
# The one key pair and region that the local stack knows. They open nothing else.
LOCAL_CREDENTIALS = Credentials("local", "local")
LOCAL_REGION = "eu-west-1"

# What the API adds to an article that it hands out, and takes from nobody.
READ_ONLY = frozenset({"id", "revision", "path", "live", "created_at", "updated_at"})

ATTEMPTS = 4
LONGEST_FIRST_WAIT = 0.25  # seconds; twice as long before each further attempt
# API Gateway gives up after 30 seconds, so an answer never takes longer.
TIMEOUT = urllib3.Timeout(connect=5, read=35)
PAGE, SUBSCRIBERS = 100, 1000  # as many as are asked for at once
Objects = Sequence[Mapping[str, object]]
LOOKS = 60  # a second apart, for what became of an upload


@dataclass(frozen=True, slots=True)
class Stored:
    """What a `put` did: whether the article is `new`, and the `revision` that it now has."""

    new: bool
    revision: str


class _Keys(Protocol):
    def get_frozen_credentials(self) -> ReadOnlyCredentials: ...


class Client:
    """The editors' side of one deployment. Threads may share it; close it, or use it in a `with` statement.

    Every method raises `Unreachable`, `Misdirected`, `Forbidden`, `Unavailable`, `Refused` or `InvalidId`, and nothing
    else for what the world outside can do; botocore's errors come through when credentials cannot be refreshed.
    """

    def __init__(
        self,
        api: str,
        credentials: _Keys,
        region: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.api = api.rstrip("/")
        self._credentials, self._region = credentials, region
        self._sleep, self._chance = sleep, chance
        self._http = urllib3.PoolManager(maxsize=16, retries=False, timeout=TIMEOUT)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._http.clear()

    def put(
        self, id: str, article: Mapping[str, object], *, if_match: str | None = None, only_new: bool = False
    ) -> Stored:
        """Make the article of this id say this. The same again changes nothing, so it is safe to repeat.

        `if_match` names the revision that must still be the current one, `only_new` asks that there be none; both
        are refused with 412 otherwise. Such a call is not repeated when its answer was lost: the second attempt
        would be refused because of the first.
        """
        headers = {"Content-Type": "application/json"}
        if if_match is not None:
            headers["If-Match"] = '"{}"'.format(if_match.strip('"'))
        if only_new:
            headers["If-None-Match"] = "*"
        body = json.dumps(article, allow_nan=False).encode()
        response = self._send("PUT", self._address(id), headers, body, once=len(headers) > 1)
        revision = response.headers.get("ETag")
        if response.status not in (200, 201) or revision is None:
            raise Misdirected(self.api, response.status)
        return Stored(new=response.status == 201, revision=revision.removeprefix("W/").strip('"'))

    def get(self, id: str) -> dict[str, object]:
        """The article with its body, and the fields in `READ_ONLY`."""
        return self._read(self._address(id))

    def list(
        self,
        *,
        edition: str | None = None,
        status: str | None = None,
        section: str | None = None,
        limit: int | None = None,
    ) -> Iterator[dict[str, object]]:
        """The articles that fit, newest first and without their bodies, page after page, at most `limit` of them."""
        wanted = {"edition": edition, "status": status, "section": section}
        query = {name: value for name, value in wanted.items() if value is not None}
        left = limit
        while left is None or left > 0:
            page = self._read(f"{self.api}/api/articles?{_query(query | {'limit': str(min(left or PAGE, PAGE))})}")
            articles = page.get("articles")
            if not isinstance(articles, list):
                raise Misdirected(self.api, 200)
            yield from articles[:left]
            left = None if left is None else left - len(articles)
            if not page.get("next"):
                return
            query["before"] = str(page["next"])

    def withdraw(self, id: str) -> None:
        """Take the article away from readers; its address will say so. Safe to repeat."""
        self._send("DELETE", self._address(id))

    def put_ad(self, name: str, ad: Mapping[str, object]) -> None:
        """Put the ad of this name. Safe to repeat."""
        headers = {"Content-Type": "application/json"}
        self._send("PUT", f"{self.api}/api/ads/{quote(name, safe='')}", headers, json.dumps(ad).encode())

    def take_in(self, rows: Objects, *, dry_run: bool = False) -> Objects:
        """Have at most a hundred subscribers taken in, and say what became of each, in their order.

        Each outcome has its `result`, and its `reason` where that is `refused`. The same again changes nothing.
        """
        body = json.dumps({"subscribers": rows, "dry_run": dry_run}, ensure_ascii=False).encode(errors="replace")
        headers = {"Content-Type": "application/json"}
        said = self._object(self._send("POST", f"{self.api}/api/subscribers", headers, body)).get("results")
        if not isinstance(said, list) or len(said) != len(rows):
            raise Misdirected(self.api, HTTPStatus.OK)
        return said

    def subscribers(self) -> Iterator[tuple[Objects, int]]:
        """Everybody, page after page: some subscribers, and how many more there are that were erased."""
        query = {"limit": str(SUBSCRIBERS)}
        while True:
            page = self._read(f"{self.api}/api/subscribers?{_query(query)}")
            people, erased = page.get("subscribers"), page.get("erased")
            if not isinstance(people, list) or not isinstance(erased, int):
                raise Misdirected(self.api, HTTPStatus.OK)
            yield people, erased
            if not page.get("next"):
                return
            query["cursor"] = str(page["next"])

    def request_upload(self, content: bytes, type: str) -> dict[str, object]:
        """Ask to upload a picture of that media type; nothing is uploaded yet.

        The answer has its `id` and `status`: `ready`, or `waiting` with an `upload`: the `method`, `url` and `headers`
        of the request that uploads it.
        """
        sent = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "type": type}
        headers = {"Content-Type": "application/json"}
        return self._object(self._send("POST", f"{self.api}/api/images", headers, json.dumps(sent).encode()))

    def upload(self, content: bytes, type: str) -> dict[str, object]:
        """Upload a picture of that media type, and wait for what becomes of it.

        The answer has its `status`: `ready` with the `image` for an article, or `refused` with a `reason`; `waiting` if
        nobody has looked at it within a minute. The same file again is the same picture.
        """
        answer = self.request_upload(content, type)
        invitation = answer.get("upload")
        if isinstance(invitation, dict):
            self._follow(invitation, content)
        for _ in range(LOOKS) if answer.get("status") == "waiting" else ():
            self._sleep(1)
            try:
                return self._read(f"{self.api}/api/images/{answer.get('id')}")
            except Refused as refused:
                if refused.problem.status != HTTPStatus.NOT_FOUND:
                    raise
        return answer

    def _follow(self, invitation: Mapping[str, object], content: bytes) -> None:
        """Send the file where it was invited to; the address itself is signed."""
        method, url, headers = (invitation.get(name) for name in ("method", "url", "headers"))
        if not isinstance(headers, dict):
            raise Misdirected(self.api, HTTPStatus.CREATED)
        try:
            response = self._http.request(str(method), str(url), body=content, headers=headers, redirect=False)
        except HTTPError as error:
            raise Unreachable(self.api, str(error), listening=False) from error
        if response.status >= 300:
            raise Unavailable(response.status)

    def _address(self, id: str) -> str:
        if id in ("", ".", ".."):
            raise InvalidId(id)
        return f"{self.api}/api/articles/{quote(id, safe='')}"

    def _read(self, url: str) -> dict[str, object]:
        return self._object(self._send("GET", url))

    def _object(self, response: urllib3.BaseHTTPResponse) -> dict[str, object]:
        said = json_of(response)
        if not isinstance(said, dict):
            raise Misdirected(self.api, response.status)
        return said

    def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        *,
        once: bool = False,
    ) -> urllib3.BaseHTTPResponse:
        """A successful answer. `once` repeats only what cannot have taken effect: no connection, or 429."""
        for attempt in range(ATTEMPTS):
            if attempt:
                self._sleep(self._chance() * LONGEST_FIRST_WAIT * 2**attempt)
            failure: ApiError
            try:
                response = self._http.request(
                    method, url, body=body, headers=self._signed(method, url, headers or {}, body), redirect=False
                )
            except HTTPError as error:
                listening = not isinstance(error, NewConnectionError | ConnectTimeoutError)
                failure, harmless = Unreachable(self.api, str(error), listening=listening), not listening
            else:
                if response.status < 500 and response.status != 429:
                    return self._accepted(response)
                failure, harmless = Unavailable(response.status), response.status == 429
            if once and not harmless:
                break
        raise failure

    def _accepted(self, response: urllib3.BaseHTTPResponse) -> urllib3.BaseHTTPResponse:
        if response.status < 300:
            return response
        if response.status < 400:
            raise Misdirected(self.api, response.status, response.headers.get("Location"))
        problem = Problem.read(response)
        if response.status in (401, 403):
            raise Forbidden(self.api, response.status, problem.detail or problem.title)
        raise Refused(problem)

    def _signed(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> dict[str, str]:
        request = AWSRequest(method=method, url=url, headers={"Accept": "application/json"} | dict(headers), data=body)
        keys = self._credentials.get_frozen_credentials()
        SigV4Auth(keys, "execute-api", self._region).add_auth(request)
        return dict(request.headers.items())


class NoCredentials(Exception):
    """Nothing on this machine says as whom, or for which region, to sign."""


def connect(api: str, profile: str | None = None, region: str | None = None) -> Client:
    """A client that signs as AWS's own tools would here, or as the local stack wants it.

    The region is the one named, else the one in an `execute-api` host name, else AWS's configured one. Raises
    `NoCredentials`, or botocore's error about a profile that does not exist or cannot be read.
    """
    if is_local(api) and profile is None:
        return Client(api, LOCAL_CREDENTIALS, region or LOCAL_REGION)
    session = botocore.session.Session(profile=profile)
    credentials = session.get_credentials()
    if credentials is None:
        raise NoCredentials(f"No AWS credentials to sign for {api} with; log in, or name a profile with --profile")
    region = region or region_in(api) or os.environ.get("AWS_REGION") or session.get_config_variable("region")
    if not region:
        raise NoCredentials(f"No AWS region to sign for {api} with; name one with --region")
    return Client(api, credentials, region)


def is_local(api: str) -> bool:
    """Whether this is the address of a local stack."""
    return urlsplit(api).hostname in LOCAL_HOSTS


def region_in(api: str) -> str | None:
    """The AWS region in an `execute-api` host name; None in any other address."""
    found = re.search(r"\.execute-api\.([a-z0-9-]+)\.amazonaws\.com", urlsplit(api).hostname or "")
    return found[1] if found else None


def _query(parameters: Mapping[str, str]) -> str:
    """The query as it must be signed: blanks as %20, since Signature Version 4 knows no plus sign."""
    return urlencode(parameters, quote_via=quote, safe="")
