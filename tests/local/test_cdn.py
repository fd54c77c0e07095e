"""The CDN in front of a bucket and an API, over HTTP."""

import gzip
from typing import Any
from urllib.parse import quote

import brotli  # type: ignore[import-untyped]  # has no types
import pytest

from infra.local.services.cdn import CLIENT_IP
from tests.local.conftest import Example, Reader

PAGE = ("<p>Harbour</p>" * 200).encode()


@pytest.fixture(scope="module")
def page(example: Example) -> str:
    """A page of the site at /en/; its ETag."""
    return example.put_page("en/index.html", PAGE)


def test_a_page_comes_with_its_headers(example: Example, page: str) -> None:
    answer = example.get("/en/")
    assert (answer.status, answer.body) == (200, PAGE)
    assert answer.headers["etag"] == page
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "max-age=60"
    assert answer.headers["vary"] == "Accept-Encoding"


def test_every_answer_carries_the_headers_of_the_policy(example: Example, page: str) -> None:
    for target in ("/en/", "/en", "/nothing/", "/api/echo/1"):
        headers = example.get(target).headers
        assert headers["content-security-policy"] == "default-src 'self'", target
        assert headers["strict-transport-security"] == "max-age=60; includeSubDomains"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-example"] == "tiny"
    assert example.get("/en/", headers={"If-None-Match": page}).headers["x-example"] == "tiny"


@pytest.mark.usefixtures("page")
def test_a_header_that_does_not_override_gives_way_to_the_origin(example: Example) -> None:
    assert example.get("/en/").headers["x-frame-options"] == "DENY"
    assert example.get("/api/echo/1").headers["x-frame-options"] == "SAMEORIGIN"


@pytest.mark.usefixtures("page")
def test_head_is_get_without_its_body(example: Example) -> None:
    for headers in ({}, {"Accept-Encoding": "gzip"}):
        got, head = example.get("/en/", headers=headers), example.get("/en/", "HEAD", headers=headers)
        assert head.body == b""
        assert {k: v for k, v in head.headers.items() if k != "date"} == {
            k: v for k, v in got.headers.items() if k != "date"
        }


@pytest.mark.parametrize("form", ["{tag}", '"other", {tag}', "W/{tag}", "*", 'W/"a" ,{tag}'])
def test_a_matching_etag_is_304(example: Example, page: str, form: str) -> None:
    answer = example.get("/en/", headers={"If-None-Match": form.format(tag=page)})
    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers["etag"] == page
    assert answer.headers["cache-control"] == "max-age=60"
    assert answer.headers["vary"] == "Accept-Encoding"


def test_if_none_match_precedes_if_modified_since(example: Example, page: str) -> None:
    modified = example.get("/en/").headers["last-modified"]
    assert example.get("/en/", headers={"If-Modified-Since": modified}).status == 304
    assert example.get("/en/", headers={"If-Modified-Since": "Mon, 01 Jan 2024 00:00:00 GMT"}).status == 200
    other = {"If-None-Match": '"other"', "If-Modified-Since": modified}
    assert example.get("/en/", headers=other).status == 200
    assert example.get("/en/", headers={"If-None-Match": page.strip('"')}).status == 200


@pytest.mark.usefixtures("page")
@pytest.mark.parametrize(
    "date",
    [
        "yesterday",
        "",
        "0",
        "1900000000",
        "Fri, 01 Jan 2999 00:00:00",
        "Fri, 01 Jan 2999 00:00:00 -0000",
        "Fri, 01 Jan 2999 00:00:00 +0200",
        "Fri, 31 Feb 2999 00:00:00 GMT",
        "Friday, 01-Jan-99 00:00:00 GMT",
        "2999-01-01T00:00:00Z",
    ],
)
def test_an_invalid_http_date_is_ignored(example: Example, date: str) -> None:
    assert example.get("/en/", headers={"If-Modified-Since": date}).status == 200


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip", "gzip"),
        ("br", "br"),
        ("gzip, deflate, br", "br"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("identity", None),
        ("deflate", None),
        ("*", "br"),
    ],
)
def test_text_is_compressed_and_has_a_weak_etag(
    example: Example, page: str, accepted: str, encoding: str | None
) -> None:
    answer = example.get("/en/", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("content-encoding") == encoding
    plain: dict[str | None, Any] = {"gzip": gzip.decompress, "br": brotli.decompress, None: bytes}
    assert plain[encoding](answer.body) == PAGE
    assert answer.headers["etag"] == (f"W/{page}" if encoding else page)
    again = example.get("/en/", headers={"Accept-Encoding": accepted, "If-None-Match": answer.headers["etag"]})
    assert (again.status, again.headers["etag"]) == (304, answer.headers["etag"])


def test_images_and_small_objects_are_not_compressed(example: Example) -> None:
    example.put_page("a.jpg", b"x" * 5000, "image/jpeg")
    example.put_page("short.txt", b"x" * 999, "text/plain")
    for target in ("/a.jpg", "/short.txt"):
        assert "content-encoding" not in example.get(target, headers={"Accept-Encoding": "gzip, br"}).headers


def test_a_range_request_gets_that_range(example: Example, page: str) -> None:
    answer = example.get("/en/", headers={"Range": "bytes=3-9"})
    assert (answer.status, answer.body) == (206, PAGE[3:10])
    assert answer.headers["content-range"] == f"bytes 3-9/{len(PAGE)}"
    assert example.get("/en/", headers={"Range": "bytes=-4"}).body == PAGE[-4:]
    assert example.get("/en/", headers={"Range": f"bytes={len(PAGE)}-"}).status == 416
    for ignored in ("bytes=1-2,5-6", "lines=1-2", "bytes=9-3", "bytes=-"):
        assert example.get("/en/", headers={"Range": ignored}).body == PAGE
    assert example.get("/en/", headers={"Range": "bytes=0-1", "If-Range": page}).status == 206
    for guard in ('"old"', f"W/{page}", example.get("/en/").headers["last-modified"]):
        whole = example.get("/en/", headers={"Range": "bytes=0-1", "If-Range": guard})
        assert (whole.status, whole.body) == (200, PAGE), guard


def test_a_compressed_answer_ignores_ranges_and_a_304_precedes_them(example: Example, page: str) -> None:
    some = {"Range": "bytes=0-1"}
    whole = example.get("/en/", headers=some | {"Accept-Encoding": "gzip"})
    assert (whole.status, gzip.decompress(whole.body)) == (200, PAGE)
    assert "accept-ranges" not in whole.headers
    assert example.get("/en/", headers=some | {"If-None-Match": page}).status == 304


def test_a_path_may_have_letters_of_any_script(example: Example) -> None:
    example.put_page("ar/2026/03/14/الميناء القديم/index.html", PAGE)
    assert example.get(f"/ar/2026/03/14/{quote('الميناء القديم')}/").status == 200
    assert example.get("/ar/%FF/").status == 404


def test_the_fallback_function_answers_for_a_missing_object(example: Example) -> None:
    answer = example.get("/en/gone/?tag=1", headers={"Cookie": "a=1"})
    assert (answer.status, answer.headers["content-type"]) == (404, "text/html")
    # As behind CloudFront: the path is the one that the directory rule made, and nothing comes along with it.
    assert answer.body.startswith(b"<p>No GET /en/gone/index.html ()</p>")
    assert example.get("/en/gone/", "HEAD").status == 404


def test_the_answer_of_the_fallback_is_compressed(example: Example) -> None:
    assert example.get("/en/gone/", headers={"Accept-Encoding": "br"}).headers["content-encoding"] == "br"


def test_the_site_refuses_other_methods(example: Example) -> None:
    assert example.get("/en/", "POST", b"").status == 403


def test_the_api_learns_the_client_ip_from_the_cdn_alone(example: Example) -> None:
    reader, deployment = Reader(example.get.port, "127.0.0.7"), example.stack.deployment
    claims = {
        "X-Viewer-Address": "203.0.113.9",
        "x-origin-key": "guessed",
        "X-Example": "huge",
        "X-Forwarded-For": "::1",
    }
    for sent in ({}, claims):
        event = reader("/api/echo/1", headers=sent).json["event"]
        assert event["headers"]["x-viewer-address"] == "127.0.0.7"
        assert event["headers"]["x-origin-key"] == deployment.secret(deployment.name("EdgeKey"))
        assert event["headers"]["x-example"] == "tiny"
        assert event["requestContext"]["http"]["sourceIp"] == CLIENT_IP
    assert event["headers"]["x-forwarded-for"] == f"::1, 127.0.0.7, {CLIENT_IP}"
