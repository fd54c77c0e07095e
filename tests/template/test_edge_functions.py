"""The CloudFront functions in infra/edge, as the template deploys them, run by V8. The local CDN runs the same code.

Their cases are in edge_function_cases.json.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from broadsheet.render.shared.serving import ATOM, JSON_FEED, RSS
from infra.local.services.edge_functions import EdgeFunction, Event
from infra.local.web import Request, Response
from infra.template.assembly import ROOT
from tests.template.resources import TEMPLATE, of_type, resolved

CASES: dict[str, list[dict[str, Any]]] = json.loads(
    Path(__file__).with_name("edge_function_cases.json").read_text("utf-8")
)
HOST = "d1.cloudfront.example"
FOR_EVERY_CLIENT = {
    "vary": "Accept-Encoding, Sec-Fetch-Dest",
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "ETag, Last-Modified, Link",
}


def function(name: str, event: Event, **parameters: str) -> EdgeFunction:
    """The template's function in a deployment with these parameters."""
    code = of_type(resolved(**parameters), "AWS::CloudFront::Function")[name]["FunctionCode"]
    return EdgeFunction(name, event, code)


def on_request(name: str, request: Request) -> Request | Response:
    return function(name, "viewer-request").on_request(request)


def lowered(message: Request | Response) -> dict[str, str]:
    return {name.lower(): value for name, value in message.headers}


def each(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", CASES[name], ids=[case["what"] for case in CASES[name]])


# ── The files ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_file_is_a_function_of_the_template_and_every_function_a_file() -> None:
    embedded = re.findall(r"!Embed (\S+)$", TEMPLATE.read_text("utf-8"), re.MULTILINE)
    assert sorted(embedded) == sorted(str(file.relative_to(ROOT)) for file in (ROOT / "infra" / "edge").iterdir())
    assert len(embedded) == len(of_type(resolved(), "AWS::CloudFront::Function"))


def test_no_function_is_larger_than_cloudfront_allows() -> None:
    """10 KB ("Quotas on CloudFront Functions", CloudFront Developer Guide)."""
    for name, found in of_type(resolved(), "AWS::CloudFront::Function").items():
        assert len(found["FunctionCode"].encode()) <= 10_240, name


# ── DirectoryIndex ────────────────────────────────────────────────────────────────────────────────────────────────────


@each("DirectoryIndex")
def test_a_path_serves_its_file_or_directory_or_redirects_to_it(case: dict[str, str]) -> None:
    query = f"?{case['query']}" if case["query"] else ""
    answer = on_request("DirectoryIndex", Request("GET", case["uri"] + query, [("Host", HOST)], b""))
    if "serves" in case:
        assert isinstance(answer, Request)
        assert (answer.path, answer.query) == (case["serves"], case["query"])
    else:
        assert isinstance(answer, Response)
        assert answer.status == 301
        assert answer.header("Location") == case["redirects_to"]
        assert answer.header("Cache-Control") == "public, max-age=3600"


def test_no_redirect_leads_to_another_site() -> None:
    targets = [case["redirects_to"] for case in CASES["DirectoryIndex"] if "redirects_to" in case]
    assert targets
    assert all(target[0] == "/" and target[1:2] not in ("/", "\\") for target in targets)


# ── ViewerAddress ─────────────────────────────────────────────────────────────────────────────────────────────────────


@each("ViewerAddress")
def test_the_api_gets_the_clients_ip_address_whatever_the_client_sends(case: dict[str, Any]) -> None:
    sent, viewer = case["headers"], case["viewer"]
    headers = [(name.title(), value) for name, value in sent.items()]
    passed = on_request("ViewerAddress", Request("POST", "/api/subscriptions?a=1&b=&a=2", headers, b"x", viewer))
    assert isinstance(passed, Request)
    assert (passed.method, passed.target) == ("POST", "/api/subscriptions?a=1&b=&a=2")
    assert (passed.body, passed.client) == (b"x", viewer)
    assert lowered(passed) == sent | {"x-viewer-address": viewer}


# ── FeedConditions ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_of_a_clients_request_only_if_modified_since_is_removed() -> None:
    sent = {
        "host": HOST,
        "if-none-match": '"a"',
        "if-modified-since": "Fri, 13 Mar 2026 10:00:00 GMT",
        "range": "bytes=1-",
    }
    headers = [(name.title(), value) for name, value in sent.items()]
    for method in ("GET", "HEAD"):
        passed = on_request("FeedConditions", Request(method, "/en/feed.xml?a=1", headers, b""))
        assert isinstance(passed, Request)
        assert (passed.method, passed.target) == (method, "/en/feed.xml?a=1")
        assert lowered(passed) == {name: value for name, value in sent.items() if name != "if-modified-since"}


def test_a_preflight_is_answered_with_the_cors_headers_of_feeds() -> None:
    answer = on_request("FeedConditions", Request("OPTIONS", "/en/feed.xml", [("Host", HOST)], b""))
    assert isinstance(answer, Response)
    assert (answer.status, answer.body) == (204, b"")
    policies = of_type(resolved(), "AWS::CloudFront::ResponseHeadersPolicy")
    cors = policies["FeedHeaders"]["ResponseHeadersPolicyConfig"]["CorsConfig"]
    assert lowered(answer) == {
        "allow": "GET, HEAD, OPTIONS",
        "access-control-allow-origin": ", ".join(cors["AccessControlAllowOrigins"]["Items"]),
        "access-control-allow-methods": ", ".join(cors["AccessControlAllowMethods"]["Items"]),
        "access-control-allow-headers": ", ".join(cors["AccessControlAllowHeaders"]["Items"]),
        "access-control-max-age": str(cors["AccessControlMaxAgeSec"]),
    }


# ── FeedLinks ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def stored(case: dict[str, Any]) -> dict[str, str]:
    """The headers of the bucket's answer."""
    return {"etag": '"a"'} | ({"content-type": case["type"]} if case["type"] else {})


@each("FeedLinks")
def test_a_feed_gets_its_link_type_and_cors_headers_and_nothing_else_does(case: dict[str, Any]) -> None:
    expected = stored(case) | ({"content-type": case["served"]} if case["served"] else {})
    if case["link"]:
        expected |= {"link": case["link"]} | FOR_EVERY_CLIENT
    # A browser sends what it requests the feed for.
    headers = [("Host", HOST)] + ([("Sec-Fetch-Dest", case["for"])] if "for" in case else [])
    answer = function("FeedLinks", "viewer-response", **case["deployment"]).on_response(
        Request("GET", case["uri"], headers, b""), Response(case["status"], list(stored(case).items()), b"body")
    )
    assert (answer.status, answer.body) == (case["status"], b"body")
    assert lowered(answer) == expected


def test_each_format_is_served_with_its_own_type() -> None:
    links = function("FeedLinks", "viewer-response")
    for kind, ending in ((RSS, "xml"), (ATOM, "atom"), (JSON_FEED, "json")):
        held = Response(200, [("Content-Type", kind.output("").content_type)])
        answer = links.on_response(Request("GET", f"/en/feed.{ending}", [("Host", HOST)], b""), held)
        assert answer.header("Content-Type") == kind.content_type
