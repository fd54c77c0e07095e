"""CloudFront in front of the Site bucket and the HTTP API, as the template sets it up. It caches nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote_to_bytes

from botocore.exceptions import ClientError

from infra.local.cloud import Cloud
from infra.local.distribution import Behaviour, Origin
from infra.local.intrinsics import TemplateError
from infra.local.representation import chosen
from infra.local.web import Application, Request, Response, text

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
            if behaviour.viewer_function not in VIEWER_REQUEST:
                raise TemplateError(f"infra/local/cdn.py has no counterpart of {behaviour.viewer_function}.")

    def __call__(self, request: Request) -> Response:
        behaviour = next(behaviour for behaviour in self.behaviours if behaviour.fits(request.path))
        response = self._answer(behaviour, request)
        for header in behaviour.headers:
            if header.overrides or response.header(header.name) is None:
                response.set(header.name, header.value)
        return response

    def _answer(self, behaviour: Behaviour, request: Request) -> Response:
        if request.method not in behaviour.methods:
            return text(403, "This distribution is not configured to allow the HTTP request method.\n")
        viewed = VIEWER_REQUEST[behaviour.viewer_function](request)
        if isinstance(viewed, Response):
            return viewed
        response = Response(502)
        for origin in behaviour.origins:
            response = self._fetch(origin, behaviour, viewed)
            if response.status not in behaviour.failover or request.method not in _FAILOVER_METHODS:
                break
        if behaviour.passes_viewer_request:
            return response  # the API saw the conditions and ranges, and has answered to them
        return chosen(request, response, behaviour.encodings)

    def _fetch(self, origin: Origin, behaviour: Behaviour, request: Request) -> Response:
        if origin.bucket:
            return self._read(origin.bucket, request)
        if behaviour.passes_viewer_request:
            return self.api(request)
        host = ("Host", request.header("Host") or "")
        return self.api(replace(request, target=request.path, headers=[host, ("User-Agent", "Amazon CloudFront")]))

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


def directory_index(request: Request) -> Request | Response:
    """The template's CloudFront function of this name; `tests/directory_index_cases.json` holds both to one table.

    A path that ends in a slash is a directory, and its page is index.html; one without a slash and without a dot in
    its last part is a directory whose slash was forgotten.
    """
    # Browsers read //host and /\host as another site's address, so one slash is all a path starts with.
    path = re.sub(r"^[/\\]+", "/", request.path)
    query = f"?{request.query}" if request.query else ""
    name = path.rpartition("/")[2]
    if not name or "." in name:
        return replace(request, target=path + ("index.html" if not name else "") + query)
    return Response(301, [("Location", f"{path}/{query}"), ("Cache-Control", "public, max-age=3600")])


VIEWER_REQUEST: Mapping[str | None, Callable[[Request], Request | Response]] = {
    None: lambda request: request,
    "DirectoryIndex": directory_index,
}
"""The CloudFront functions of the template, by name, as they are here."""
