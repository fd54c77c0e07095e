"""Which representation of a resource a client gets: compression, conditional requests, ranges.

As CloudFront does it over a cached object, and RFC 9110 wants it.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import brotli  # type: ignore[import-untyped]  # has no types

from infra.local.services.web import Request, Response

COMPRESSED_SIZES = range(1_000, 10_000_001)
"""Sizes in bytes of what CloudFront compresses."""

# Word for word CloudFront's list, which has RSS and plain XML but neither Atom nor JSON Feed.
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
_KEPT_BY_304 = {"etag", "cache-control", "content-location", "date", "expires", "vary", "last-modified"}
_TAG = re.compile(r'(?:W/)?"[^"]*"')
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def chosen(request: Request, response: Response, encodings: Sequence[str]) -> Response:
    """The representation of `response`, which is whole and not compressed, that `request` asks for.

    `encodings` are those that the server compresses in, the one that it prefers first.
    """
    encoding = None
    if encodings and _compressible(response):
        _vary_by_encoding(response)
        accepted = _accepted(request.header("Accept-Encoding") or "")
        encoding = next((e for e in encodings if e in accepted), None)
    tag = response.header("ETag")
    if encoding and tag and tag.startswith('"'):
        response.set("ETag", f"W/{tag}")
    if response.status == 200 and _unchanged(request, response):
        return Response(304, [(k, v) for k, v in response.headers if k.lower() in _KEPT_BY_304])
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


def _accepted(header: str) -> set[str]:
    """The codings that an Accept-Encoding header allows (RFC 9110 §12.5.3)."""
    accepted = set()
    for part in header.lower().split(","):
        coding, *parameters = (item.strip() for item in part.split(";"))
        if not any(re.fullmatch(r"q=0(\.0*)?", parameter) for parameter in parameters):
            accepted.add(coding)
    return accepted | ({"br", "gzip"} if "*" in accepted else set())


def _vary_by_encoding(response: Response) -> None:
    named = [name.strip() for name in (response.header("Vary") or "").split(",") if name.strip()]
    if "accept-encoding" not in (name.lower() for name in named):
        response.set("Vary", ", ".join([*named, "Accept-Encoding"]))


def _unchanged(request: Request, response: Response) -> bool:
    """Whether the client has it already (RFC 9110 §13.2.2): by its tags if it sent any, else by its date."""
    if (tags := request.header("If-None-Match")) is not None:
        if tags.strip() == "*":
            return True
        current = (response.header("ETag") or "").removeprefix("W/")
        return any(tag.removeprefix("W/") == current for tag in _TAG.findall(tags))
    since, modified = _date(request.header("If-Modified-Since")), _date(response.header("Last-Modified"))
    return bool(since and modified and modified <= since)


def _date(header: str | None) -> datetime | None:
    """The instant in the one form that HTTP writes; None for any other, which is answered in full."""
    try:
        return datetime.strptime(header or "", "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        return None


def _ranged(request: Request, response: Response) -> Response:
    """The one range that the client wants. Several ranges, and ones that make no sense, are ignored."""
    wanted = _RANGE.fullmatch((request.header("Range") or "").strip())
    guard = request.header("If-Range")
    if wanted is None or wanted[0] == "bytes=-" or (guard and guard != response.header("ETag")):
        return response
    size = len(response.body)
    if wanted[1]:
        start, end = int(wanted[1]), min(int(wanted[2] or size), size - 1)
    else:
        start, end = max(size - int(wanted[2]), 0), size - 1
    if wanted[2] and wanted[1] and int(wanted[2]) < int(wanted[1]):
        return response
    if start >= size:
        return Response(416, [("Content-Range", f"bytes */{size}")])
    response.status = 206
    response.set("Content-Range", f"bytes {start}-{end}/{size}")
    response.body = response.body[start : end + 1]
    return response
