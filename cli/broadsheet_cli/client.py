"""The editors' API as a Python object. Every call is signed; every failure is an error of `broadsheet_cli.errors`."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from urllib.parse import quote, urlencode, urlsplit

from .errors import InvalidId, NoCredentials, Refused, UnexpectedResponse, json_body
from .site import Site

if TYPE_CHECKING:
    import urllib3

    from .transport import Credentials

API_VERSION = 1  # the version of the API that the command was written for

LOCAL_API = "http://127.0.0.1:8080"
LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost"})


class KeyPair(NamedTuple):
    """AWS credentials that neither expire nor need a session."""

    access_key: str
    secret_key: str
    token: None = None

    def get_frozen_credentials(self) -> Self:
        return self


# The only key pair and region of a local deployment. No other deployment accepts them.
LOCAL_CREDENTIALS = KeyPair("local", "local")
LOCAL_REGION = "eu-west-1"

# Fields that the API adds to an article in its responses and ignores or refuses in requests.
READ_ONLY = frozenset(
    {
        "id",
        "revision",
        "path",
        "live",
        "created_at",
        "warnings",
        "url",
        "outcome",
        "stale_seconds",
        "updated_by",
    }
)

DEAD_REFERENCES = frozenset({"absent", "withdrawn"})  # kinds of warnings about an id

JSON = {"Content-Type": "application/json"}
CHANGED_AFTER = "changed_after"  # with it, `next` is the value for itself, and never null
ARTICLES_PER_PAGE, REVISIONS_PER_PAGE, SUBSCRIBERS_PER_PAGE = 100, 100, 1000
UPLOAD_POLLS = 90  # one a second, until the upload is an image or refused

Objects = Sequence[Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Warned:
    """What the site does not keep of a field: a sentence, and the line in the field's text, if it has lines.

    `awaits` is the id that the field names, of an article that does not exist or is withdrawn.
    """

    message: str
    line: int | None = None
    field: str = "body.text"
    awaits: str | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """The effect of a `put` or a `restore`.

    `outcome` is `created`, `replaced`, `unchanged`, `restored`, or `revived` for an article that was withdrawn. `url`
    is that of its page, None while it has none. `stale_seconds` tells how long caches may still show the earlier state
    of `pages` and `feeds`. The `revision` of a dry run is empty.
    """

    outcome: str
    revision: str
    url: str | None = None
    status: str | None = None
    published_at: str | None = None
    stale_seconds: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[Warned, ...] = ()


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The effect of a withdrawal: the `article`, and its `outcome`: `withdrawn`, `unchanged` or `rescheduled`.

    `stale_seconds` says how long caches may still show `pages` and `feeds` with it.
    """

    article: Mapping[str, object]
    outcome: str
    stale_seconds: Mapping[str, int]


class Client:
    """The editors' API of one deployment. Threads may share it; close it, or use it in a `with` statement.

    Every method raises `Unreachable`, `UnexpectedResponse`, `Forbidden`, `Unavailable`, `Refused` or `InvalidId`;
    and `NoCredentials` when credentials cannot be refreshed.
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
        from .transport import Transport

        self.api = api.rstrip("/")
        self.api_version: int | None = None  # of the deployment, once `site` has told it
        self.transport = Transport(self.api, credentials, region, sleep=sleep, jitter=jitter)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self.transport.close()

    def put(
        self,
        id: str,
        article: Mapping[str, object],
        *,
        if_match: str | None = None,
        only_new: bool = False,
        strict: bool = False,
        dry_run: bool = False,
        revive: bool = True,
    ) -> Stored:
        """Create or replace an article. Idempotent. `strict` refuses a body that the site would not keep whole.

        `dry_run` checks the article and stores nothing. Without `revive`, the API refuses an article that is withdrawn
        with 410.

        `if_match` is the revision that must be current, `only_new` requires that no article has this id; otherwise
        the API refuses with 412. After a lost response `if_match` is sent again: the API answers a change that is
        done with `unchanged` (RFC 9110 §13.1.1). `only_new` is not, because the second attempt would be refused on
        account of the first; both are after a response that says that nothing was written.
        """
        headers = JSON | _if_match(if_match)
        if only_new:
            headers["If-None-Match"] = "*"
        if strict:
            headers["Prefer"] = "handling=strict"
        query = ({"dry_run": "true"} if dry_run else {}) | ({} if revive else {"revive": "false"})
        body = json.dumps(article, allow_nan=False).encode()
        url = _with_query(self._article_url(id), query)
        response = self.transport.send("PUT", url, headers, body, idempotent=not only_new or dry_run)
        return _stored(self.api, response)

    def get(self, id: str) -> dict[str, object]:
        """The article with its body and the `READ_ONLY` fields."""
        return self.transport.send_json("GET", self._article_url(id))

    def find(self, path: str) -> dict[str, object] | None:
        """The article that has the path or had it before, withdrawn or not, without its body."""
        return next(self._articles({"path": path}, None), None)

    def list(self, *, limit: int | None = None, **filters: str | None) -> Iterator[dict[str, object]]:
        """The articles that match, without bodies, at most `limit`; follows the pagination.

        `filters` are the API's: edition, status (several separated by commas), section, tag, author, day, from, to,
        words. Newest first, but those with the status `scheduled` alone the soonest first.
        """
        return self._articles({name: value for name, value in filters.items() if value is not None}, limit)

    def changed(self, after: str, limit: int) -> Iterator[dict[str, object]]:
        """The first `limit` articles that changed after an instant, in any state, in the order of these changes.

        Each comes once, as it was when it was read.
        """
        seen: set[object] = set()
        for article in self._articles({CHANGED_AFTER: after}, None):
            if len(seen) == limit:
                return
            if article["id"] not in seen:
                seen.add(article["id"])
                yield article

    def _articles(self, query: dict[str, str], limit: int | None) -> Iterator[dict[str, object]]:
        return self._items("articles", self._url("articles"), query, limit, ARTICLES_PER_PAGE)

    def _items(
        self, name: str, url: str, query: dict[str, str], limit: int | None, per_page: int
    ) -> Iterator[dict[str, object]]:
        """The items of that name on each page, at most `limit`."""
        remaining = limit
        while remaining is None or remaining > 0:
            size = {} if "path" in query else {"limit": str(min(remaining or per_page, per_page))}
            page = self.transport.send_json("GET", _with_query(url, query | size))
            items = page.get(name)
            if not isinstance(items, list):
                raise UnexpectedResponse(self.api, HTTPStatus.OK)
            yield from items[:remaining]
            remaining = None if remaining is None else remaining - len(items)
            if not page.get("next") or page.get("more") is False:
                return
            query = query | {CHANGED_AFTER if CHANGED_AFTER in query else "before": str(page["next"])}

    def withdraw(self, id: str, *, until: str | None = None) -> Withdrawn:
        """Take the article off the site; its path answers 410. Idempotent. With `until` it comes back at that time."""
        url = _with_query(self._article_url(id), {"until": until} if until else {})
        answer = self.transport.send_json("DELETE", url)
        stale = answer.get("stale_seconds")
        if not isinstance(stale, dict):
            raise UnexpectedResponse(self.api, HTTPStatus.OK)
        return Withdrawn(answer, str(answer.get("outcome")), stale)

    def history(self, id: str, *, limit: int | None = None) -> Iterator[dict[str, object]]:
        """The revisions of an article that are kept, newest first, at most `limit`; follows the pagination."""
        return self._items("revisions", f"{self._article_url(id)}/revisions", {}, limit, REVISIONS_PER_PAGE)

    def restore(self, id: str, revision: int, *, if_match: str | None = None, revive: bool = True) -> Stored:
        """Put an article again as a revision had it. Idempotent, with `if_match` too: what is done is `unchanged`.

        `if_match` is the revision that must be current. Without `revive`, the API refuses an article that is withdrawn
        with a problem of the type `gone`.
        """
        url = f"{self._article_url(id)}/revisions/{revision}/restore" + ("" if revive else "?revive=false")
        return _stored(self.api, self.transport.send("POST", url, _if_match(if_match)))

    def site(self) -> Site:
        """The site's name, URL, time zone and editions."""
        described = self.transport.send_json("GET", self._url("site"))
        try:
            site = Site.read(described)
        except (KeyError, TypeError, ValueError) as error:
            raise UnexpectedResponse(self.api, HTTPStatus.OK) from error
        self.api_version = site.api_version
        return site

    def put_ad(self, name: str, ad: Mapping[str, object]) -> dict[str, object]:
        """Create or replace an ad. Idempotent. The result is the ad as the API reads it, with `name` and `live`."""
        return self.transport.send_json("PUT", self._ad_url(name), JSON, json.dumps(ad).encode())

    def get_ad(self, name: str) -> dict[str, object]:
        return self.transport.send_json("GET", self._ad_url(name))

    def list_ads(self) -> Objects:
        """All ads, by name."""
        ads = self.transport.send_json("GET", self._url("ads")).get("ads")
        if not isinstance(ads, list):
            raise UnexpectedResponse(self.api, HTTPStatus.OK)
        return ads

    def remove_ad(self, name: str) -> None:
        """Delete an ad. Idempotent: it need not exist."""
        self.transport.send("DELETE", self._ad_url(name))

    def import_subscribers(self, rows: Objects, *, source: str | None = None, dry_run: bool = False) -> Objects:
        """Import at most a hundred subscribers, and return the result of each row, in order. Idempotent.

        `source` says where the rows come from, for the mail to each new subscriber. A result has a `result`, a `reason`
        if the row was refused, and `mail` if the subscriber gets a mail.
        """
        batch = {"subscribers": rows, "dry_run": dry_run} | ({"source": source} if source is not None else {})
        body = json.dumps(batch, ensure_ascii=False).encode(errors="replace")
        results = self.transport.send_json("POST", self._url("subscribers"), JSON, body).get("results")
        if not isinstance(results, list) or len(results) != len(rows):
            raise UnexpectedResponse(self.api, HTTPStatus.OK)
        return results

    def list_subscribers(self) -> Iterator[tuple[Objects, int]]:
        """All subscribers, page by page: the subscribers of a page, and how many erased ones it leaves out."""
        query = {"limit": str(SUBSCRIBERS_PER_PAGE)}
        while True:
            page = self.transport.send_json("GET", self._url("subscribers", query))
            subscribers, erased = page.get("subscribers"), page.get("erased")
            if not isinstance(subscribers, list) or not isinstance(erased, int):
                raise UnexpectedResponse(self.api, HTTPStatus.OK)
            yield subscribers, erased
            if not page.get("next"):
                return
            query["cursor"] = str(page["next"])

    def request_upload(self, content: bytes, type: str) -> dict[str, object]:
        """Ask the API for an upload of this media type, without sending the file.

        The response has an `id` and a `status`: `ready`, or `waiting` with an `upload`: the `method`, `url` and
        `headers` of the request that sends the file.
        """
        upload = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "type": type}
        return self.transport.send_json("POST", self._url("images"), JSON, json.dumps(upload).encode())

    def upload(self, content: bytes, type: str) -> dict[str, object]:
        """Upload an image of this media type, and wait at most 90 seconds until it is processed. Idempotent.

        The response has a `status`: `ready` with the `image` for an article, `refused` with a `reason`, or `waiting`.
        """
        response = self.request_upload(content, type)
        if isinstance(presigned := response.get("upload"), dict):
            self._send_file(presigned, content)
        for _ in range(UPLOAD_POLLS) if response.get("status") == "waiting" else ():
            self.transport.sleep(1)
            try:
                return self.transport.send_json("GET", self._url(f"images/{response.get('id')}"))
            except Refused as refused:
                if refused.problem.status != HTTPStatus.NOT_FOUND:
                    raise
        return response

    def _send_file(self, presigned: Mapping[str, object], content: bytes) -> None:
        headers = presigned.get("headers")
        if not isinstance(headers, dict):
            raise UnexpectedResponse(self.api, HTTPStatus.CREATED)
        self.transport.send_unsigned(str(presigned.get("method")), str(presigned.get("url")), headers, content)

    def _article_url(self, id: str) -> str:
        if id in ("", ".", ".."):
            raise InvalidId(id, "article id")
        return f"{self.api}/api/articles/{quote(id, safe='')}"

    def _ad_url(self, name: str) -> str:
        if name in ("", ".", ".."):
            raise InvalidId(name, "name of an ad")
        return f"{self.api}/api/ads/{quote(name, safe='')}"

    def _url(self, path: str, query: Mapping[str, str] | None = None) -> str:
        """A URL of the API."""
        return _with_query(f"{self.api}/api/{path}", query or {})


def connect(api: str, profile: str | None = None, region: str | None = None) -> Client:
    """A client with the same credentials as AWS's own tools, or with those of a local deployment.

    The region is `region`, else the one in an `execute-api` host name, else the configured one. Raises
    `NoCredentials`, also for a profile that does not exist or cannot be read.
    """
    if is_local(api) and profile is None:
        return Client(api, LOCAL_CREDENTIALS, region or LOCAL_REGION)
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session

    session = Session(profile=profile)
    try:
        credentials = session.get_credentials()
    except BotoCoreError as error:
        raise NoCredentials(str(error)) from error
    if credentials is None:
        raise NoCredentials(f"There are no AWS credentials for {api}; sign in to AWS, or name a profile with --profile")
    region = region or region_in(api) or os.environ.get("AWS_REGION") or session.get_config_variable("region")
    if not region:
        raise NoCredentials(f"The AWS region of {api} is unknown; name it with --region")
    return Client(api, credentials, region)


def is_local(api: str) -> bool:
    """Whether the URL is that of a local deployment."""
    return urlsplit(api).hostname in LOCAL_HOSTS


def region_in(api: str) -> str | None:
    """The AWS region in an `execute-api` host name; None for any other host."""
    match = re.search(r"\.execute-api\.([a-z0-9-]+)\.amazonaws\.com", urlsplit(api).hostname or "")
    return match[1] if match else None


def _stored(api: str, response: urllib3.BaseHTTPResponse) -> Stored:
    article = json_body(response)
    if not isinstance(article, dict) or not isinstance(outcome := article.get("outcome"), str):
        raise UnexpectedResponse(api, response.status)
    stale = article.get("stale_seconds")
    return Stored(
        outcome,
        str(article.get("revision", "")) if "ETag" in response.headers else "",
        url=_text(article.get("url")),
        status=_text(article.get("status")),
        published_at=_text(article.get("published_at")),
        stale_seconds=stale if isinstance(stale, dict) else {},
        warnings=warnings_in(article),
    )


def warnings_in(answer: Mapping[str, Any]) -> tuple[Warned, ...]:
    """The warnings in an answer to a put or a preview."""
    return tuple(
        Warned(
            str(each["message"]),
            each["line"],
            str(each["field"]),
            awaits=_text(each.get("name")) if each.get("kind") in DEAD_REFERENCES else None,
        )
        for each in answer.get("warnings") or ()
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _with_query(url: str, query: Mapping[str, str]) -> str:
    """The URL with the query. Signature Version 4 requires %20 for a blank in it, not a plus sign."""
    return url + (f"?{urlencode(query, quote_via=quote, safe='')}" if query else "")


def _if_match(revision: str | None) -> dict[str, str]:
    """The header of a precondition, if there is one."""
    return {} if revision is None else {"If-Match": '"{}"'.format(revision.strip('"'))}
