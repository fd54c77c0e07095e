"""Checks of the CDN: security headers, compression, conditional requests, CORS, redirects, missing pages."""

import gzip
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import brotli  # type: ignore[import-untyped]  # it has no types

from .run import Run
from .site import Answer, CheckFailed, Skipped

DECODERS: Mapping[str, Callable[[bytes], bytes]] = {"br": brotli.decompress, "gzip": gzip.decompress}
ATTEMPTS = 3  # because a feed of a live site may change between two requests
FORM = "/api/subscriptions/form"
ORIGIN = "https://reader.example"  # of a script on another site


def page_headers(run: Run) -> None:
    _secure(run, run.site.get(run.published()).expect(200))


def feed_headers(run: Run) -> None:
    for feed in _feeds(run):
        _secure(run, run.site.get(feed).expect(200))


def missing_page_headers(run: Run) -> None:
    _secure(run, run.site.get(_missing(run)).expect(404))


def redirect_headers(run: Run) -> None:
    _secure(run, run.site.get(run.published().rstrip("/")).expect(301))


def api_headers(run: Run) -> None:
    _secure(run, run.site.get(FORM, Accept="application/json").expect(200))


def private_page_headers(run: Run) -> None:
    """A page for one reader sends no Referer to other sites, because its URL may contain a token."""
    answer = run.site.get(FORM, Accept="text/html").expect(200)
    _secure(run, answer, referrer="no-referrer")
    answer.expect_header("cache-control", "no-store")


def page_compression(run: Run) -> None:
    _compressed(run, run.published())


def feed_compression(run: Run) -> None:
    for feed in _feeds(run):
        _compressed(run, feed)


def conditional_page(run: Run) -> None:
    _conditional(run, run.published())


def conditional_feeds(run: Run) -> None:
    for feed in _feeds(run):
        _conditional(run, feed)


def head(run: Run) -> None:
    """HEAD answers as GET, without a body: a page, a feed, and a response of the fallback function."""
    for path in (run.published(), _feeds(run)[0], _missing(run)):
        got, answer = run.site.get(path), run.site.send("HEAD", path)
        answer.expect(got.status)
        answer.expect_header("content-type", got.header("content-type"))
        if answer.body:
            raise CheckFailed(f"expected no body for HEAD {answer.url}, got {len(answer.body)} bytes")


def cross_origin_feeds(run: Run) -> None:
    for feed in _feeds(run):
        run.site.get(feed, Origin=ORIGIN).expect(200).expect_header("access-control-allow-origin", "*")


def preflight(run: Run) -> None:
    """Scripts of other sites may send conditional requests for feeds (Fetch, CORS-preflight request)."""
    headers = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "if-none-match",
    }
    for feed in _feeds(run):
        answer = run.site.send("OPTIONS", feed, headers)
        if answer.status not in {200, 204}:
            raise CheckFailed(f"expected 200 or 204 for OPTIONS {answer.url}, got {answer.status}")
        answer.expect_header("access-control-allow-origin", "*")
        allowed = {name.strip().lower() for name in answer.header("access-control-allow-headers").split(",")}
        if not allowed & {"*", "if-none-match"}:
            raise CheckFailed(f"expected If-None-Match among the allowed headers of {answer.url}, got {allowed}")


def trailing_slash(run: Run) -> None:
    path = run.published()
    _redirects(run.site.get(path.rstrip("/")), path)


def to_https(run: Run) -> None:
    url = urlsplit(run.site.url)
    if url.scheme != "https":
        raise Skipped("the site's URL is not https")
    answer = run.site.get(f"http://{url.hostname}{run.edition.root}/")
    _redirects(answer, f"{run.edition.root}/")
    if not answer.header("location").startswith("https://"):
        raise CheckFailed(f"expected a redirect to https, got one to {answer.header('location')}")


def never_existing(run: Run) -> None:
    answer = run.site.get(_missing(run)).expect(404)
    answer.expect_header("content-type", "text/html; charset=utf-8")


def missing_image(run: Run) -> None:
    answer = run.site.get(f"/images/{run.id * 8}/480.jpg").expect(404)
    answer.expect_header("content-type", "text/html; charset=utf-8")


def openapi(run: Run) -> None:
    """The API's description is published with the build, within the first minute of a deployment."""
    answer = run.until("/api/openapi.json", meanwhile=(404,))
    if not str(answer.json().get("openapi")).startswith("3."):
        raise CheckFailed(f"expected OpenAPI 3 at {answer.url}, got {answer.json().get('openapi')}")


def _feeds(run: Run) -> list[str]:
    return run.feeds(f"{run.edition.root}/")


def _missing(run: Run) -> str:
    """A path that has never existed."""
    return f"{run.edition.root}/2000/01/01/{run.article_id}/"


def _secure(run: Run, answer: Answer, referrer: str = "strict-origin-when-cross-origin") -> None:
    """The headers of every kind of response. HSTS applies to https only (RFC 6797 §7.2)."""
    if "default-src 'none'" not in answer.header("content-security-policy"):
        raise CheckFailed(f"expected a Content-Security-Policy with default-src 'none' at {answer.url}, got none")
    answer.expect_header("x-content-type-options", "nosniff")
    answer.expect_header("referrer-policy", referrer)
    if run.site.url.startswith("https:") and "max-age=" not in answer.header("strict-transport-security"):
        raise CheckFailed(f"expected Strict-Transport-Security at {answer.url}, got no such header")


def _compressed(run: Run, path: str) -> None:
    """CloudFront may skip compression under load, so an uncompressed response is requested again."""
    for encoding, decoded in DECODERS.items():
        holds = _encoded(encoding)
        answer = run.until(path, 200, holds, f"Content-Encoding: {encoding}", Accept_Encoding=encoding)
        try:
            decoded(answer.body)
        except (OSError, EOFError, brotli.error) as error:
            raise CheckFailed(
                f"expected a body in {encoding} at {answer.url}, got one that cannot be decoded"
            ) from error


def _encoded(encoding: str) -> Callable[[Answer], bool]:
    return lambda answer: answer.header("content-encoding") == encoding


def _conditional(run: Run, path: str) -> None:
    """A conditional request with the ETag, weak if the response is compressed, gets a 304 without a body."""
    for encoding in ("identity", *DECODERS):
        for _ in range(ATTEMPTS):
            whole = run.site.get(path, Accept_Encoding=encoding).expect(200)
            tag = whole.header("etag")
            if not tag:
                raise CheckFailed(f"expected an ETag at {whole.url} ({encoding}), got no such header")
            again = run.site.get(path, Accept_Encoding=encoding, If_None_Match=tag)
            if again.status != 200 or again.header("etag") == tag:
                break
        if again.status != 304 or again.body:
            raise CheckFailed(f"expected 304 for If-None-Match: {tag} at {whole.url} ({encoding}), got {again.status}")


def _redirects(answer: Answer, path: str) -> None:
    answer.expect(301)
    if urlsplit(answer.header("location")).path != path:
        raise CheckFailed(f"expected a redirect to {path} at {answer.url}, got one to {answer.header('location')}")
