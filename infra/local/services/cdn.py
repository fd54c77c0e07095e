"""CloudFront in front of the Site bucket and the HTTP API, as the template sets it up. It caches nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote_to_bytes

from botocore.exceptions import ClientError

from infra.local.moto.clients import Cloud
from infra.local.services import cross_origin
from infra.local.services.distribution import Behaviour, Origin
from infra.local.services.edge_functions import EdgeFunctionError
from infra.local.services.http_caching import chosen
from infra.local.services.web import Application, Request, Response, text

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

    def __call__(self, request: Request) -> Response:
        behaviour = next(behaviour for behaviour in self.behaviours if behaviour.fits(request.path))
        try:
            return self._respond(behaviour, request)
        except EdgeFunctionError as error:
            return text(error.status, f"{error}\n")

    def _respond(self, behaviour: Behaviour, request: Request) -> Response:
        viewed = self._viewed(behaviour, request)
        response = viewed if isinstance(viewed, Response) else self._answer(behaviour, viewed)
        for header in behaviour.headers:
            if header.for_other_origins and request.header("Origin") is None:
                continue
            if header.for_preflights and not cross_origin.is_preflight(request):
                continue
            if header.overrides or response.header(header.name) is None:
                response.set(header.name, header.value)
        # Last, after compression and the headers of the policy. CloudFront leaves it out for errors of an origin, and
        # for what its function on requests answered itself.
        if behaviour.on_response and isinstance(viewed, Request) and response.status < 400:
            return behaviour.on_response.on_response(viewed, response)
        return response

    def _viewed(self, behaviour: Behaviour, request: Request) -> Request | Response:
        """The request as the behaviour's function passes it on, or the answer in its place."""
        if request.method not in behaviour.methods:
            return text(403, "This distribution is not configured to allow the HTTP request method.\n")
        return behaviour.on_request.on_request(request) if behaviour.on_request else request

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
        if request.method == "OPTIONS":
            return _denied("AccessForbidden", "CORSResponse: CORS is not enabled for this bucket.")
        try:
            key = unquote_to_bytes(request.path).decode("utf-8").removeprefix("/")
            stored: Mapping[str, Any] = self.cloud.s3.get_object(Bucket=bucket, Key=key)
        except (UnicodeDecodeError, ClientError):
            return _denied("AccessDenied", "Access Denied")
        response = Response(body=stored["Body"].read())
        for field, name in _STORED_HEADERS.items():
            if field in stored:
                response.set(name, stored[field])
        response.set("Last-Modified", format_datetime(stored["LastModified"].astimezone(UTC), usegmt=True))
        response.set("Accept-Ranges", "bytes")
        return response


def _denied(code: str, message: str) -> Response:
    """An error as S3 words it. Who may not list a bucket gets AccessDenied for an object that is not there."""
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message>'
        "<RequestId>LOCAL</RequestId><HostId>local</HostId></Error>"
    )
    return Response(403, [("Content-Type", "application/xml")], body.encode())
