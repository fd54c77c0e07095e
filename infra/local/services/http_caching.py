"""Compression, conditional requests and ranges (RFC 9110), as CloudFront handles them for a cached object."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import brotli  # type: ignore[import-untyped]  # has no types
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from infra.local.web import Request, Response

COMPRESSED_SIZES = range(1_000, 10_000_001)
"""CloudFront compresses responses of these sizes, in bytes."""

# CloudFront's own list: it has RSS and XML, but neither Atom nor JSON Feed.
COMPRESSED_TYPES = frozenset(
    """
    application/dash+xml application/eot application/font application/font-sfnt application/javascript
    application/json application/opentype application/otf application/pkcs7-mime application/protobuf
    application/rss+xml application/truetype application/ttf application/vnd.apple.mpegurl
    application/vnd.ms-fontobject application/xhtml+xml application/xml application/x-font-opentype
    application/x-font-truetype application/x-font-ttf application/x-httpd-cgi application/x-javascript
    application/x-mpegurl application/x-opentype application/x-otf application/x-perl application/x-ttf font/eot
    font/opentype font/otf font/ttf image/svg+xml text/css text/csv text/html text/javascript text/js text/plain
    text/richtext text/tab-separated-values text/xml text/x-component text/x-java-source text/x-script
    vnd.apple.mpegurl
    """.split()  # noqa: SIM905  46 quoted words would fill a page
)
_HEADERS_OF_304 = {"etag", "cache-control", "content-location", "date", "expires", "vary", "last-modified"}
# werkzeug's parser accepts ETags without quotes, which CloudFront does not.
_ETAG = re.compile(r'(?:W/)?"[^"]*"')
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def negotiate(request: Request, response: Response, encodings: Sequence[str]) -> Response:
    """The response for this request, made of the complete uncompressed `response`.

    `encodings` are the encodings that the server supports, in order of preference.
    """
    encoding = None
    if encodings and _compressible(response):
        _vary_by_encoding(response)
        accepted = parse_accept_header(request.header("Accept-Encoding"), Accept)
        encoding = next((encoding for encoding in encodings if accepted[encoding] > 0), None)
    tag = response.header("ETag")
    if encoding and tag and tag.startswith('"'):
        response.set("ETag", f"W/{tag}")
    if response.status == 200 and _not_modified(request, response):
        return Response(304, [(k, v) for k, v in response.headers if k.lower() in _HEADERS_OF_304])
    if encoding:
        response.set("Content-Encoding", encoding)
        response.remove("Accept-Ranges")
        response.body = _COMPRESS[encoding](response.body)
        return response
    return _ranged(request, response) if response.status == 200 else response


def _compressible(response: Response) -> bool:
    kind = (response.header("Content-Type") or "").partition(";")[0].strip().lower()
    return (
        response.status in {200, 403, 404}
        and kind in COMPRESSED_TYPES
        and len(response.body) in COMPRESSED_SIZES
        and response.header("Content-Encoding") is None
    )


_COMPRESS: Mapping[str, Callable[[bytes], bytes]] = {
    "br": lambda body: bytes(brotli.compress(body, quality=5)),
    "gzip": lambda body: gzip.compress(body, compresslevel=6, mtime=0),
}


def _vary_by_encoding(response: Response) -> None:
    named = [name.strip() for name in (response.header("Vary") or "").split(",") if name.strip()]
    if "accept-encoding" not in (name.lower() for name in named):
        response.set("Vary", ", ".join([*named, "Accept-Encoding"]))


def _not_modified(request: Request, response: Response) -> bool:
    """Whether the client has the current version (RFC 9110 §13.2.2): by its ETags, or by the date if it sent none."""
    if (tags := request.header("If-None-Match")) is not None:
        if tags.strip() == "*":
            return True
        current = (response.header("ETag") or "").removeprefix("W/")
        return any(tag.removeprefix("W/") == current for tag in _ETAG.findall(tags))
    since, modified = _date(request.header("If-Modified-Since")), _date(response.header("Last-Modified"))
    return bool(since and modified and modified <= since)


def _date(header: str | None) -> datetime | None:
    """The date in the preferred format of HTTP; None for any other text."""
    try:
        return datetime.strptime(header or "", "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        return None


def _ranged(request: Request, response: Response) -> Response:
    """The range that the client requests. Several ranges and invalid ones are ignored."""
    bounds = _RANGE.fullmatch((request.header("Range") or "").strip())
    if_range = request.header("If-Range")
    if bounds is None or bounds[0] == "bytes=-" or (if_range and if_range != response.header("ETag")):
        return response
    size = len(response.body)
    if bounds[1]:
        start, end = int(bounds[1]), min(int(bounds[2] or size), size - 1)
    else:
        start, end = max(size - int(bounds[2]), 0), size - 1
    if bounds[2] and bounds[1] and int(bounds[2]) < int(bounds[1]):
        return response
    if start >= size:
        return Response(416, [("Content-Range", f"bytes */{size}")])
    response.status = 206
    response.set("Content-Range", f"bytes {start}-{end}/{size}")
    response.body = response.body[start : end + 1]
    return response
