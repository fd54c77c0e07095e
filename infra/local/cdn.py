"""CloudFront in front of the Site bucket and the HTTP API, as the template sets it up. It caches nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote, unquote, unquote_to_bytes

from botocore.exceptions import ClientError

from infra.local.cloud import Cloud
from infra.local.distribution import Behaviour, Origin
from infra.local.intrinsics import TemplateError
from infra.local.representation import chosen
from infra.local.web import Application, Request, Response, text

ADDRESS = "198.51.100.1"
"""CloudFront's own, as far as the API sees it: one for documentation (RFC 5737)."""
_FAILOVER_METHODS = {"GET", "HEAD", "OPTIONS"}
_STORED_HEADERS = {
    "ContentType": "Content-Type",
    "CacheControl": "Cache-Control",
    "ContentDisposition": "Content-Disposition",
    "ContentEncoding": "Content-Encoding",
    "ContentLanguage": "Content-Language",
    "ETag": "ETag",
}


@dataclass(frozen=True)
class Cdn:
    """Answers a request as CloudFront would.

    One difference is meant: behind CloudFront editors call the API by its own host name and sign for that. Here both
    live at one address, so the Host header is passed on to the API.
    """

    behaviours: list[Behaviour]
    cloud: Cloud
    api: Application

    def __post_init__(self) -> None:
        for behaviour in self.behaviours:
            for function, known in ((behaviour.on_request, VIEWER_REQUEST), (behaviour.on_response, VIEWER_RESPONSE)):
                if function and function.name not in known:
                    raise TemplateError(f"infra/local/cdn.py has no counterpart of {function.name}.")

    def __call__(self, request: Request) -> Response:
        behaviour = next(behaviour for behaviour in self.behaviours if behaviour.fits(request.path))
        viewed = self._viewed(behaviour, request)
        response = viewed if isinstance(viewed, Response) else self._answer(behaviour, viewed)
        for header in behaviour.headers:
            if header.for_other_origins and request.header("Origin") is None:
                continue
            if header.overrides or response.header(header.name) is None:
                response.set(header.name, header.value)
        # Last, after compression and the headers of the policy. CloudFront leaves it out for errors of an origin, and
        # for what its function on requests answered itself.
        if behaviour.on_response and isinstance(viewed, Request) and response.status < 400:
            VIEWER_RESPONSE[behaviour.on_response.name](request, response, behaviour.on_response.settings)
        return response

    def _viewed(self, behaviour: Behaviour, request: Request) -> Request | Response:
        """The request as the behaviour's function passes it on, or the answer in its place."""
        if request.method not in behaviour.methods:
            return text(403, "This distribution is not configured to allow the HTTP request method.\n")
        return VIEWER_REQUEST[behaviour.on_request.name](request) if behaviour.on_request else request

    def _answer(self, behaviour: Behaviour, request: Request) -> Response:
        response = Response(502)
        for origin in behaviour.origins:
            response = self._fetch(origin, behaviour, request)
            if response.status not in behaviour.failover or request.method not in _FAILOVER_METHODS:
                break
        if behaviour.passes_viewer_request:
            return response  # the API saw the conditions and ranges, and has answered to them
        return chosen(request, response, behaviour.encodings)

    def _fetch(self, origin: Origin, behaviour: Behaviour, request: Request) -> Response:
        if origin.bucket:
            return self._read(origin.bucket, request)
        if not behaviour.passes_viewer_request:
            host = ("Host", request.header("Host") or "")
            request = replace(request, target=request.path, headers=[host, ("User-Agent", "Amazon CloudFront")])
        for name, value in (("X-Forwarded-For", request.forwarded_for), *origin.headers):
            request = request.with_header(name, value)
        return self.api(replace(request, client=ADDRESS))

    def _read(self, bucket: str, request: Request) -> Response:
        try:
            key = unquote_to_bytes(request.path).decode("utf-8").removeprefix("/")
            stored: Mapping[str, Any] = self.cloud.s3.get_object(Bucket=bucket, Key=key)
        except (UnicodeDecodeError, ClientError):
            # Who may read a bucket and not list it learns only this of what is not there.
            return text(403, "Access Denied\n")
        response = Response(body=stored["Body"].read())
        for field, name in _STORED_HEADERS.items():
            if field in stored:
                response.set(name, stored[field])
        response.set("Last-Modified", format_datetime(stored["LastModified"].astimezone(UTC), usegmt=True))
        response.set("Accept-Ranges", "bytes")
        return response


# The CloudFront functions of the template, as they are here; `tests/edge_function_cases.json` holds both to one table.


def directory_index(request: Request) -> Request | Response:
    """A path that ends in a slash is a directory, and its page is index.html; one without a slash and without a dot in
    its last part is a directory whose slash was forgotten.
    """
    # Browsers read //host and /\host as another site's address, so one slash is all a path starts with.
    path = re.sub(r"^[/\\]+", "/", request.path)
    query = f"?{request.query}" if request.query else ""
    name = path.rpartition("/")[2]
    if not name or "." in name:
        return replace(request, target=path + ("index.html" if not name else "") + query)
    return Response(301, [("Location", f"{path}/{query}"), ("Cache-Control", "public, max-age=3600")])


def feed_conditions(request: Request) -> Request:
    """Of a feed nobody has the newest state by its date, only by its tag."""
    return replace(request, headers=[one for one in request.headers if one[0].lower() != "if-modified-since"])


def viewer_address(request: Request) -> Request:
    """The address that the request came from stands in a header of its own, whatever stood there."""
    return request.with_header("X-Viewer-Address", request.client)


def feed_links(request: Request, response: Response, settings: Mapping[str, str]) -> None:
    """A feed that is there, or that its reader has already, says what and whose it is."""
    feed = _FEED.search(request.path)
    if feed is None or response.status not in {200, 206, 304}:
        return
    base = settings["Base"] or f"https://{request.header('Host')}"
    links = [f'<{base}{quote(unquote(request.path), safe=_UNRESERVED)}>; rel="self"']
    if settings["Hub"]:
        links.append(f'<{settings["Hub"]}>; rel="hub"')
    response.set("Link", ", ".join(links))
    if (response.header("Content-Type") or "").startswith("application/"):
        shown = feed[1] != "json" and request.header("Sec-Fetch-Dest") == "document"
        response.set("Content-Type", f"{'application/xml' if shown else _FEED_TYPES[feed[1]]}; charset=utf-8")
    response.set("Vary", "Accept-Encoding, Sec-Fetch-Dest")
    response.set("Access-Control-Allow-Origin", "*")
    response.set("Access-Control-Expose-Headers", "ETag, Last-Modified, Link")


_FEED = re.compile(r"/feed\.(?:[0-9-]+\.)?(xml|atom|json)$")
_FEED_TYPES = {"xml": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}
_UNRESERVED = "/;,?:@&=+$-_.!~*'()#"  # JavaScript's encodeURI

VIEWER_REQUEST: Mapping[str, Callable[[Request], Request | Response]] = {
    "DirectoryIndex": directory_index,
    "FeedConditions": feed_conditions,
    "ViewerAddress": viewer_address,
}
VIEWER_RESPONSE: Mapping[str, Callable[[Request, Response, Mapping[str, str]], None]] = {"FeedLinks": feed_links}
