"""CloudFront in front of the site's bucket and the HTTP API, as the template configures it, without a cache."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote_to_bytes

from botocore.exceptions import ClientError

from infra.local.moto.clients import AwsClients
from infra.local.services import cross_origin
from infra.local.services.distribution import Behaviour, Origin
from infra.local.services.edge_functions import EdgeFunctionError
from infra.local.services.http_caching import negotiate
from infra.local.web import Application, Request, Response, text

CLIENT_IP = "198.51.100.1"
"""CloudFront's IP address, as the API sees it: one reserved for documentation (RFC 5737)."""
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
    """Responds to a request as CloudFront would, with one intended difference.

    On AWS editors call the API by its own host name and sign for it. Here the site and the API have one host, so the
    Host header is sent on to the API.
    """

    behaviours: list[Behaviour]
    clients: AwsClients
    api: Application

    def __call__(self, request: Request) -> Response:
        behaviour = next(behaviour for behaviour in self.behaviours if behaviour.matches(request.path))
        try:
            return self._respond(behaviour, request)
        except EdgeFunctionError as error:
            return text(error.status, f"{error}\n")

    def _respond(self, behaviour: Behaviour, request: Request) -> Response:
        forwarded = self._forward(behaviour, request)
        response = forwarded if isinstance(forwarded, Response) else self._answer(behaviour, forwarded)
        for header in behaviour.headers:
            if header.for_other_origins and request.header("Origin") is None:
                continue
            if header.for_preflights and not cross_origin.is_preflight(request):
                continue
            if header.overrides or response.header(header.name) is None:
                response.set(header.name, header.value)
        # The last step, after compression and policy headers. CloudFront does not run this function for errors of an
        # origin, nor for responses of the viewer-request function.
        if behaviour.on_response and isinstance(forwarded, Request) and response.status < 400:
            return behaviour.on_response.on_response(forwarded, response)
        return response

    def _forward(self, behaviour: Behaviour, request: Request) -> Request | Response:
        """The request after the viewer-request function, or the response of that function."""
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
            return response  # the API has already handled preconditions and ranges
        return negotiate(request, response, behaviour.encodings)

    def _fetch(self, origin: Origin, behaviour: Behaviour, request: Request) -> Response:
        if origin.bucket:
            return self._read(origin.bucket, request)
        if not behaviour.passes_viewer_request:
            host = ("Host", request.header("Host") or "")
            request = replace(request, target=request.path, headers=[host, ("User-Agent", "Amazon CloudFront")])
        for name, value in (("X-Forwarded-For", request.forwarded_for), *origin.headers):
            request = request.with_header(name, value)
        return self.api(replace(request, client=CLIENT_IP))

    def _read(self, bucket: str, request: Request) -> Response:
        if request.method == "OPTIONS":
            return _denied("AccessForbidden", "CORSResponse: CORS is not enabled for this bucket.")
        try:
            key = unquote_to_bytes(request.path).decode("utf-8").removeprefix("/")
            stored: Mapping[str, Any] = self.clients.s3.get_object(Bucket=bucket, Key=key)
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
    """An error of S3. Without the permission to list the bucket, a missing object is AccessDenied too."""
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message>'
        "<RequestId>LOCAL</RequestId><HostId>local</HostId></Error>"
    )
    return Response(403, [("Content-Type", "application/xml")], body.encode())
