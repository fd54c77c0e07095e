"""The headers that CloudFront refuses, and the error responses that it caches, as its Developer Guide lists them.

Names are in lower case; one that ends in `*` stands for all that begin so.
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
"""Guide, "Restrictions on all edge functions", "Disallowed headers": hidden from functions, which may not add them."""

READ_ONLY: Mapping[str, frozenset[str]] = {
    "viewer-request": frozenset({"cdn-loop", "content-length", "host", "transfer-encoding", "via"}),
    "viewer-response": frozenset({"warning", "via"}),
}
"""The same page, "Read-only headers", for CloudFront Functions: by the event in which they may not change."""

RESPONSE_POLICY = EDGE_FUNCTION - {"x-cache"} | {
    "content-encoding",
    "content-length",
    "host",
    "transfer-encoding",
    "via",
    "warning",
}
"""What a response headers policy may not add.

No page of the guide lists these. They are those of its list "Remove headers" (understanding-response-headers-policies)
but `x-cache`; the rules of the public project cdk-preflight say the same.
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
"""What a response headers policy sets under `SecurityHeadersConfig` alone."""

ALWAYS_CACHED = frozenset({404, 414, 500, 501, 502, 503, 504})
CACHED_BY_MAX_AGE = frozenset({400, 403, 405, 412, 415})
"""Error responses that CloudFront caches, those of the second set only if they say `max-age` or `s-maxage`.

Guide, "HTTP 4xx and 5xx status codes that CloudFront caches" (HTTPStatusCodes). 410 is in neither list.
"""
LEAST_ERROR_SECONDS = 10
"""For how long CloudFront keeps an error response that says less, where no `ErrorCachingMinTTL` does."""


def refused(names: Iterable[str], rules: Iterable[str]) -> list[str]:
    """Those of `names` that `rules` forbid."""
    return [name for name in names if any(fnmatchcase(name.lower(), rule) for rule in rules)]


def check_origin_headers(origin: str, names: Iterable[str]) -> None:
    """Refuse a distribution that CloudFront would not create. Raises TemplateError, in the guide's words."""
    if wrong := refused(names, ORIGIN_REQUEST):
        raise TemplateError(
            f"InvalidArgument: You can't configure CloudFront to add any of the following headers to requests that it"
            f" sends to your origin {origin}: {', '.join(wrong)}."
        )


def check_policy_headers(policy: str, names: Iterable[str]) -> None:
    """Refuse a response headers policy that CloudFront would not create. Raises TemplateError."""
    for name in names:
        if name.lower() in SECURITY:
            why = "is a security header and cannot be set as custom header"
        elif refused([name], RESPONSE_POLICY):
            why = "cannot be set as custom header"
        else:
            continue
        raise TemplateError(f"InvalidArgument: {policy}: The parameter CustomHeaders contains {name} that {why}.")


def cached_seconds(status: int, cache_control: str, least: Mapping[int, int], default: int) -> int:
    """For how many seconds CloudFront answers from its cache after an origin answered so; 0 is not at all.

    `least` are the distribution's `ErrorCachingMinTTL` by status; `default` is the cache policy's `DefaultTTL`.
    """
    found = re.search(r"s-maxage=(\d+)", cache_control) or re.search(r"max-age=(\d+)", cache_control)
    stated = int(found[1]) if found else None
    if status < 400:
        return default if stated is None else stated
    if status in ALWAYS_CACHED or (status in CACHED_BY_MAX_AGE and stated is not None):
        return max(stated or 0, least.get(status, LEAST_ERROR_SECONDS))
    return 0
