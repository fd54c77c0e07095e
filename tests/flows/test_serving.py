"""Feeds over HTTP, as the template's distribution serves them; the local deployment plays CloudFront and S3."""

import gzip
import hashlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import brotli  # type: ignore[import-untyped]  # has no types
import pytest

from broadsheet.render.shared.serving import ASSETS, ATOM, FEEDS, JSON_FEED, RSS
from broadsheet_cli.client import connect
from infra.local.deployment.local_deployment import LocalDeployment
from infra.local.services.http_caching import COMPRESSED_SIZES, COMPRESSED_TYPES
from infra.openapi.document import FILE
from infra.openapi.page import PAGE
from tests.local.conftest import Answer, Reader
from tests.template.resources import resolved
from tests.world import fields

TYPES = {"xml": RSS.content_type, "atom": ATOM.content_type, "json": JSON_FEED.content_type}
PATHS = ("/en/feed.xml", "/en/feed.atom", "/en/feed.json", "/feed.json", "/en/section/city/feed.atom")
DECODED: dict[str | None, Any] = {"gzip": gzip.decompress, "br": brotli.decompress, None: bytes}

each_feed = pytest.mark.parametrize("path", PATHS)
each_encoding = pytest.mark.parametrize("encoding", DECODED)


@pytest.fixture(scope="module")
def stack(local_deployment: LocalDeployment) -> LocalDeployment:
    """The local deployment, with an article that is long enough to compress well."""
    put(
        local_deployment,
        "ferry",
        body={"format": "markdown", "text": "The ferry sails every hour, on the hour.\n\n" * 40},
    )
    return local_deployment


@pytest.fixture(scope="module")
def get(stack: LocalDeployment) -> Reader:
    return Reader(int(stack.url.rpartition(":")[2]))


def put(stack: LocalDeployment, id: str, **changed: Any) -> None:
    """Put an article, and wait until it is published."""
    with connect(stack.url) as client:
        client.put(id, fields(**changed))
    stack.settle()


def withdraw(stack: LocalDeployment, id: str) -> None:
    with connect(stack.url) as client:
        client.withdraw(id)
    stack.settle()


def ask(get: Reader, path: str, encoding: str | None = None, **headers: str) -> Answer:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return get(path, headers=sent | ({"Accept-Encoding": encoding} if encoding else {}))


def test_the_api_description_is_served_to_scripts_of_other_sites(get: Reader) -> None:
    answer = ask(get, "/api/openapi.json", "br", Origin="https://tools.example")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.headers["cache-control"] == ASSETS
    assert answer.headers["access-control-allow-origin"] == "*"
    assert brotli.decompress(answer.body) == FILE.read_bytes()
    assert ask(get, "/api/openapi.json", If_None_Match=answer.headers["etag"]).status == 304


def test_the_page_of_the_api_is_an_object_of_the_site(get: Reader) -> None:
    """With the policy of all pages, under which no style or script in the page itself would count."""
    answer = ask(get, "/api/", "br")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert brotli.decompress(answer.body) == PAGE.read_bytes()
    headers = resolved()["SecurityHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    policy = headers["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    assert answer.headers["content-security-policy"] == policy
    assert "style-src 'self';" in policy
    assert ask(get, "/assets/api.css").status == 200
    moved = ask(get, "/api")
    assert (moved.status, moved.headers["location"]) == (301, "/api/")
    assert ask(get, "/api/nothing").status == 404


@each_feed
def test_a_feed_is_served_with_its_headers_and_a_link_to_itself(get: Reader, stack: LocalDeployment, path: str) -> None:
    answer = ask(get, path)
    assert answer.status == 200
    assert answer.headers["content-type"] == TYPES[path.rpartition(".")[2]]
    assert answer.headers["cache-control"] == FEEDS
    assert answer.headers["etag"] == f'"{hashlib.md5(answer.body, usedforsecurity=False).hexdigest()}"'
    assert answer.headers["link"].split(", ")[0] == f'<{stack.url}{path}>; rel="self"'
    assert answer.headers["link"] == ask(get, path, If_None_Match="*").headers["link"]


@pytest.mark.parametrize("ending", ["xml", *(pytest.param(each, marks=pytest.mark.proof) for each in ("atom", "json"))])
def test_an_article_in_one_section_leaves_the_etags_of_other_sections_unchanged(
    get: Reader, stack: LocalDeployment, ending: str
) -> None:
    """feeds#23"""
    kept = [f"/en/section/{section}/feed.{ending}" for section in ("sport", "culture")] + [f"/ar/feed.{ending}"]
    moved = [f"{folder}feed.{ending}" for folder in ("/", "/en/", "/en/section/city/")]
    before = {path: ask(get, path).headers["etag"] for path in kept + moved}
    put(stack, f"another-{ending}", headline="Another ferry returns")
    after = {path: ask(get, path).headers["etag"] for path in kept + moved}
    assert {path for path in before if before[path] != after[path]} == set(moved)
    assert not any(tag.startswith("W/") for tag in after.values())


@each_feed
@each_encoding
@pytest.mark.parametrize("form", ["{tag}", "W/{tag}", '"other", {tag}', 'W/"a" ,W/{tag}', "*"])
def test_a_matching_etag_gets_a_304_without_a_body(get: Reader, path: str, encoding: str | None, form: str) -> None:
    """feeds#25"""
    whole = ask(get, path, encoding)
    tag = whole.headers["etag"].removeprefix("W/")
    answer = ask(get, path, encoding, If_None_Match=form.format(tag=tag))
    assert (answer.status, answer.body) == (304, b"")
    for name in ("etag", "cache-control", "vary", "last-modified", "link"):
        assert answer.headers[name] == whole.headers[name]
    assert answer.headers["vary"] == "Accept-Encoding, Sec-Fetch-Dest"
    assert "content-type" not in answer.headers


@each_feed
def test_if_none_match_precedes_if_modified_since(get: Reader, path: str) -> None:
    """feeds#24"""
    tag, modified = (ask(get, path).headers[name] for name in ("etag", "last-modified"))
    long_ago = "Thu, 01 Jan 1970 00:00:00 GMT"
    for form in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        assert ask(get, path, If_None_Match=form, If_Modified_Since=long_ago).status == 304
    for form in ('"other"', f'W/"other", "{tag[2:]}', tag.strip('"')):
        assert ask(get, path, If_None_Match=form, If_Modified_Since=modified).status == 200


@each_feed
def test_if_modified_since_never_gets_a_304(get: Reader, path: str) -> None:
    """feeds#26"""
    whole = ask(get, path)
    modified = parsedate_to_datetime(whole.headers["last-modified"])
    # Even the true one: a feed may change twice within its second.
    dates = [format_datetime(modified + timedelta(seconds=step), usegmt=True) for step in (-1, 0, 1, 86400)]
    dates += [format_datetime(datetime.now(UTC), usegmt=True), format_datetime(datetime.now(UTC) + timedelta(hours=2))]
    for date in (*dates, "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 01 Jan 2999 00:00:00 GMT", "yesterday", "0", ""):
        answer = ask(get, path, If_Modified_Since=date)
        assert (answer.status, answer.body) == (200, whole.body), date


@each_feed
@each_encoding
def test_a_feed_is_compressed_and_head_is_get_without_its_body(get: Reader, path: str, encoding: str | None) -> None:
    """feeds#28"""
    plain, answer = ask(get, path), ask(get, path, encoding)
    assert answer.headers.get("content-encoding") == encoding
    assert DECODED[encoding](answer.body) == plain.body
    assert encoding is None or len(answer.body) < len(plain.body) / 2
    assert answer.headers["content-type"] == plain.headers["content-type"]
    assert answer.headers["vary"] == "Accept-Encoding, Sec-Fetch-Dest"
    head = get(path, "HEAD", headers={"Accept-Encoding": encoding} if encoding else {})
    assert (head.status, head.body) == (200, b"")
    assert head.headers | {"date": ""} == answer.headers | {"date": ""}


@each_feed
def test_a_range_request_gets_that_range_or_the_whole_feed(get: Reader, path: str) -> None:
    whole = ask(get, path)
    part = ask(get, path, Range="bytes=0-9", If_Range=whole.headers["etag"])
    assert (part.status, part.body) == (206, whole.body[:10])
    assert part.headers["content-type"] == whole.headers["content-type"]
    for guard in (f"W/{whole.headers['etag']}", '"other"', whole.headers["last-modified"]):
        assert ask(get, path, Range="bytes=0-9", If_Range=guard).body == whole.body
    assert ask(get, path, "gzip", Range="bytes=0-9").status == 200


def test_a_feed_is_the_same_for_every_client_and_an_unknown_one_is_404(get: Reader) -> None:
    """feeds#29"""
    for ending in TYPES:
        for folder in ("/en/", "/en/section/sport/"):  # the second holds nothing yet
            path = f"{folder}feed.{ending}"
            whole = ask(get, path)
            assert whole.status == 200
            assert b"html>" not in whole.body[:200].lower()
            assert len(whole.body) > 100
            for agent in ("", "curl/8.5", "Mozilla/5.0 (X11; Linux x86_64)", "newsboat/2.21", "python-requests/2.32"):
                answer = ask(get, path, User_Agent=agent, Cookie="seen=1", Accept="text/html")
                assert (answer.status, answer.body) == (200, whole.body)
                assert answer.cookies == []
        for folder in ("/xx/", "/en/section/nothing/", "/en/tag/nothing/", "/en/author/nobody/", "/en/tag/"):
            for file in (f"feed.{ending}", f"feed.2025-04-1.{ending}"):
                absent = ask(get, folder + file)
                assert (absent.status, absent.cookies) == (404, []), folder + file
                assert "link" not in absent.headers
    assert ask(get, "/en/feed.rss").status == 404


@each_feed
def test_scripts_of_every_site_may_read_a_feed(get: Reader, path: str) -> None:
    """feeds#31"""
    tag = ask(get, path).headers["etag"]
    for origin in ({}, {"Origin": "https://reader.example"}, {"Origin": "null"}):
        for condition in ({}, {"If_None_Match": tag}):
            headers = ask(get, path, **origin, **condition).headers
            assert headers["access-control-allow-origin"] == "*"
            assert {"ETag", "Link"} < set(headers["access-control-expose-headers"].split(", "))
            assert "access-control-allow-credentials" not in headers
    absent = ask(get, "/en/tag/nothing/feed.xml", Origin="https://reader.example")
    assert (absent.status, absent.headers["access-control-allow-origin"]) == (404, "*")
    assert "access-control-allow-origin" not in ask(get, "/en/", Origin="https://reader.example").headers


@pytest.mark.parametrize("path", [*PATHS, "/api/openapi.json", "/en/tag/nothing/feed.xml"])
def test_a_script_may_send_a_conditional_request_for_a_feed(get: Reader, stack: LocalDeployment, path: str) -> None:
    """aws#19"""
    origin = "https://reader.example"
    stack.settle()
    invoked = len(stack.invocations)
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "if-none-match,x-reader"}
    preflight = get(path, "OPTIONS", headers={"Origin": origin, **asked})
    assert (preflight.status, preflight.body) == (204, b"")
    assert {name: value for name, value in preflight.headers.items() if name.startswith("access-control-")} == {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "GET, HEAD",
        "access-control-allow-headers": "*",
        "access-control-expose-headers": "ETag, Last-Modified, Link",
        "access-control-max-age": "86400",
    }
    assert len(stack.invocations) == invoked
    answer = ask(get, path, Origin=origin, If_None_Match="*")
    assert answer.status == (404 if "nothing" in path else 304)
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_preflight_of_a_page_is_refused(get: Reader) -> None:
    asked = {"Origin": "https://reader.example", "Access-Control-Request-Method": "GET"}
    assert get("/en/", "OPTIONS", headers=asked).status == 403


def test_a_private_page_has_its_own_referrer_policy_and_all_else_the_sites(get: Reader) -> None:
    """aws#19"""
    private = ask(get, "/api/subscriptions/confirm?token=a.b", Accept="text/html")
    assert private.headers["content-type"].startswith("text/html")
    assert private.headers["referrer-policy"] == "no-referrer"
    for path in ("/en/", "/en", "/en/feed.xml", "/en/nothing/", "/images/nothing.jpg", "/api/articles/ferry"):
        assert ask(get, path).headers["referrer-policy"] == "strict-origin-when-cross-origin", path


def test_a_missing_image_is_the_sites_404_page(get: Reader) -> None:
    """aws#19"""
    for path in ("/images/nothing/600.webp", "/images/nothing", "/images/"):
        answer = ask(get, path, "br")
        assert (answer.status, answer.headers["content-type"]) == (404, "text/html; charset=utf-8"), path
        assert answer.headers["cache-control"] == "public, max-age=10"
        assert b"<html" in brotli.decompress(answer.body)


def test_every_text_of_the_site_is_compressed(get: Reader, stack: LocalDeployment) -> None:
    """aws#19"""
    put(stack, "ferry")
    s3 = stack.clients.s3
    texts = 0
    for part in s3.get_paginator("list_objects_v2").paginate(Bucket=stack.site_bucket):
        for entry in part["Contents"]:
            stored = s3.get_object(Bucket=stack.site_bucket, Key=entry["Key"])
            try:
                text = stored["Body"].read().decode()
            except UnicodeDecodeError:
                continue
            if entry["Size"] in COMPRESSED_SIZES:  # a web manifest is smaller; CloudFront compresses none
                texts += 1
                assert stored["ContentType"].partition(";")[0] in COMPRESSED_TYPES, entry["Key"]
                answer = ask(get, f"/{quote(entry['Key'].removesuffix('index.html'))}", "br")
                assert answer.headers.get("content-encoding") == "br", entry["Key"]
                assert brotli.decompress(answer.body).decode() == text
    assert texts > 50


def test_a_feed_that_moved_redirects_and_one_that_is_gone_is_410(get: Reader, stack: LocalDeployment) -> None:
    """feeds#30"""
    for old in ("/rss/", "/feed/"):
        assert (ask(get, old).status, ask(get, old).headers["location"]) == (301, "/en/feed.xml")
    assert ask(get, "/rss").headers["location"] == "/rss/"

    put(stack, "lamp", tags=["Old Harbour", "الميناء"], authors=["Ines Ferrão"])
    folders = {
        "tag/Old Harbour": "tag/old-harbour",
        "tag/المِينَاء": "tag/الميناء",
        "author/Ines FERRÃO": "author/ines-ferrao",
    }
    for file in ("", *(f"feed.{ending}" for ending in TYPES)):
        for written, key in folders.items():
            moved = ask(get, quote(f"/en/{written}/{file}"))
            assert (moved.status, moved.headers.get("location")) == (301, quote(f"/en/{key}/{file}"))
            assert ask(get, moved.headers["location"]).status == 200

    withdraw(stack, "lamp")
    for file in ("", *(f"feed.{ending}" for ending in TYPES)):
        for key in folders.values():
            assert ask(get, quote(f"/en/{key}/{file}")).status == 410
    put(stack, "lamp", tags=["Old Harbour"])
    assert ask(get, "/en/tag/old-harbour/feed.xml").status == 200
