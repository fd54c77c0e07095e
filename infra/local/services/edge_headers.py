"""Headers that CloudFront refuses and error responses that it caches, from its Developer Guide.

Names are in lower case; `*` at the end is a wildcard.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from infra.local.template.intrinsics import TemplateError

ORIGIN_REQUEST = frozenset(
    """
    cache-control connection content-length cookie host if-match if-modified-since if-none-match if-range
    if-unmodified-since max-forwards pragma proxy-authenticate proxy-authorization proxy-connection range
    request-range te trailer transfer-encoding upgrade via x-amz-* x-edge-* x-real-ip
    """.split()  # noqa: SIM905  a list of quoted words would fill a page
)
"""Guide, "Custom headers that CloudFront can't add to origin requests" (add-origin-custom-headers)."""

EDGE_FUNCTION = frozenset(
    """
    connection expect keep-alive proxy-authenticate proxy-authorization proxy-connection trailer upgrade
    x-accel-buffering x-accel-charset x-accel-limit-rate x-accel-redirect x-amz-cf-* x-amzn-auth x-amzn-cf-billing
    x-amzn-cf-id x-amzn-cf-xff x-amzn-errortype x-amzn-fle-profile x-amzn-header-count x-amzn-header-order
    x-amzn-lambda-integration-tag x-amzn-requestid x-cache x-edge-* x-forwarded-proto x-real-ip
    """.split()  # noqa: SIM905  as above
)
"""Guide, "Restrictions on all edge functions", "Disallowed headers": functions can neither see nor add them."""

READ_ONLY: Mapping[str, frozenset[str]] = {
    "viewer-request": frozenset({"cdn-loop", "content-length", "host", "transfer-encoding", "via"}),
    "viewer-response": frozenset({"warning", "via"}),
}
"""The same page, "Read-only headers", for CloudFront Functions: by the event in which they are read-only."""

RESPONSE_POLICY = EDGE_FUNCTION - {"x-cache"} | {
    "content-encoding",
    "content-length",
    "host",
    "transfer-encoding",
    "via",
    "warning",
}
"""Headers that a response headers policy may not add.

The guide does not list them. They are those of its list "Remove headers" (understanding-response-headers-policies)
without `x-cache`; the rules of the public project cdk-preflight are the same.
"""

SECURITY = frozenset(
    {
        "content-security-policy",
        "referrer-policy",
        "strict-transport-security",
        "x-content-type-options",
        "x-frame-options",
        "x-xss-protection",
    }
)
"""Headers that a response headers policy may set only in `SecurityHeadersConfig`."""

ALWAYS_CACHED = frozenset({404, 414, 500, 501, 502, 503, 504})
CACHED_BY_MAX_AGE = frozenset({400, 403, 405, 412, 415})
"""Error responses that CloudFront caches; those of the second set only if they have `max-age` or `s-maxage`.

Guide, "HTTP 4xx and 5xx status codes that CloudFront caches" (HTTPStatusCodes). 410 is in neither list.
"""
MIN_ERROR_SECONDS = 10
"""How long CloudFront caches an error response at least, without an `ErrorCachingMinTTL`."""


def refused(names: Iterable[str], rules: Iterable[str]) -> list[str]:
    """The names that match one of the rules."""
    return [name for name in names if any(fnmatchcase(name.lower(), rule) for rule in rules)]


def check_origin_headers(origin: str, names: Iterable[str]) -> None:
    """Raises TemplateError, with CloudFront's message, for a distribution that CloudFront would refuse."""
    if wrong := refused(names, ORIGIN_REQUEST):
        raise TemplateError(
            f"InvalidArgument: You can't configure CloudFront to add any of the following headers to requests that it"
            f" sends to your origin {origin}: {', '.join(wrong)}."
        )


def check_policy_headers(policy: str, names: Iterable[str]) -> None:
    """Raises TemplateError for a response headers policy that CloudFront would refuse."""
    for name in names:
        if name.lower() in SECURITY:
            rule = "is a security header and cannot be set as custom header"
        elif refused([name], RESPONSE_POLICY):
            rule = "cannot be set as custom header"
        else:
            continue
        raise TemplateError(f"InvalidArgument: {policy}: The parameter CustomHeaders contains {name} that {rule}.")


def cached_seconds(status: int, cache_control: str, minimum: Mapping[int, int], default: int) -> int:
    """How many seconds CloudFront caches such a response of an origin; 0 means not at all.

    `minimum` is the distribution's `ErrorCachingMinTTL` by status; `default` is the cache policy's `DefaultTTL`.
    """
    found = re.search(r"s-maxage=(\d+)", cache_control) or re.search(r"max-age=(\d+)", cache_control)
    stated = int(found[1]) if found else None
    if status < 400:
        return default if stated is None else stated
    if status in ALWAYS_CACHED or (status in CACHED_BY_MAX_AGE and stated is not None):
        return max(stated or 0, minimum.get(status, MIN_ERROR_SECONDS))
    return 0
