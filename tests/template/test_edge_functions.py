"""The functions that CloudFront runs, taken from the template. The local CDN runs the same code.

The cases are in a file of their own.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from broadsheet.render.shared.serving import ATOM, JSON_FEED, RSS
from infra.local.services.edge_functions import EdgeFunction, Event
from infra.local.template import template
from infra.local.template.intrinsics import Resolver
from infra.local.web import Request, Response

ROOT = Path(__file__).parents[2]
CASES: dict[str, list[dict[str, Any]]] = json.loads(
    (ROOT / "tests/template/edge_function_cases.json").read_text("utf-8")
)
HOST = "d1.cloudfront.example"
FOR_EVERY_READER = {
    "vary": "Accept-Encoding, Sec-Fetch-Dest",
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "ETag, Last-Modified, Link",
}


def function(name: str, event: Event, **parameters: str) -> EdgeFunction:
    """The template's function in a deployment with these parameters."""
    resolver = Resolver(template.read(ROOT / "template.yaml", {}), parameters)
    return EdgeFunction(
        name, event, resolver.resolve(resolver.template["Resources"][name]["Properties"]["FunctionCode"])
    )


def asked(name: str, request: Request) -> Request | Response:
    return function(name, "viewer-request").on_request(request)


def lowered(message: Request | Response) -> dict[str, str]:
    return {name.lower(): value for name, value in message.headers}


def each(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", CASES[name], ids=[case["what"] for case in CASES[name]])


# ── DirectoryIndex ────────────────────────────────────────────────────────────────────────────────────────────────────


@each("DirectoryIndex")
def test_it_serves_or_sends_on(case: dict[str, str]) -> None:
    query = f"?{case['query']}" if case["query"] else ""
    answer = asked("DirectoryIndex", Request("GET", case["uri"] + query, [("Host", HOST)], b""))
    if "serves" in case:
        assert isinstance(answer, Request)
        assert (answer.path, answer.query) == (case["serves"], case["query"])
    else:
        assert isinstance(answer, Response)
        assert answer.status == 301
        assert answer.header("Location") == case["moves_to"]
        assert answer.header("Cache-Control") == "public, max-age=3600"


def test_it_never_sends_a_reader_to_another_site() -> None:
    moves = [case["moves_to"] for case in CASES["DirectoryIndex"] if "moves_to" in case]
    assert moves
    assert all(move[0] == "/" and move[1] not in "/\\" for move in moves)


# ── ViewerAddress ─────────────────────────────────────────────────────────────────────────────────────────────────────


@each("ViewerAddress")
def test_the_api_is_told_who_calls_whatever_the_call_says_of_it(case: dict[str, Any]) -> None:
    sent, viewer = case["headers"], case["viewer"]
    headers = [(name.title(), value) for name, value in sent.items()]
    passed = asked("ViewerAddress", Request("POST", "/api/subscriptions?a=1&b=&a=2", headers, b"x", viewer))
    assert isinstance(passed, Request)
    assert (passed.method, passed.target) == ("POST", "/api/subscriptions?a=1&b=&a=2")
    assert (passed.body, passed.client) == (b"x", viewer)
    assert lowered(passed) == sent | {"x-viewer-address": viewer}


# ── FeedConditions ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_of_all_that_a_reader_sends_only_the_date_is_taken_away() -> None:
    sent = {
        "host": HOST,
        "if-none-match": '"a"',
        "if-modified-since": "Fri, 13 Mar 2026 10:00:00 GMT",
        "range": "bytes=1-",
    }
    headers = [(name.title(), value) for name, value in sent.items()]
    for method in ("GET", "HEAD"):
        passed = asked("FeedConditions", Request(method, "/en/feed.xml?a=1", headers, b""))
        assert isinstance(passed, Request)
        assert (passed.method, passed.target) == (method, "/en/feed.xml?a=1")
        assert lowered(passed) == {name: value for name, value in sent.items() if name != "if-modified-since"}


def test_a_preflight_is_answered_as_the_header_policy_says() -> None:
    answer = asked("FeedConditions", Request("OPTIONS", "/en/feed.xml", [("Host", HOST)], b""))
    assert isinstance(answer, Response)
    assert (answer.status, answer.body) == (204, b"")
    policy = template.read(ROOT / "template.yaml", {})["Resources"]["FeedHeaders"]["Properties"]
    cors = policy["ResponseHeadersPolicyConfig"]["CorsConfig"]
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
def test_a_feed_says_what_and_whose_it_is_and_nothing_else_does(case: dict[str, Any]) -> None:
    expected = stored(case) | ({"content-type": case["served"]} if case["served"] else {})
    if case["link"]:
        expected |= {"link": case["link"]} | FOR_EVERY_READER
    # A browser says what it wants a feed for.
    headers = [("Host", HOST)] + ([("Sec-Fetch-Dest", case["for"])] if "for" in case else [])
    answer = function("FeedLinks", "viewer-response", **case["deployment"]).on_response(
        Request("GET", case["uri"], headers, b""), Response(case["status"], list(stored(case).items()), b"body")
    )
    assert (answer.status, answer.body) == (case["status"], b"body")
    assert lowered(answer) == expected


def test_the_types_that_the_bucket_holds_go_out_as_the_formats_own() -> None:
    links = function("FeedLinks", "viewer-response")
    for kind, ending in ((RSS, "xml"), (ATOM, "atom"), (JSON_FEED, "json")):
        held = Response(200, [("Content-Type", kind.output("").content_type)])
        answer = links.on_response(Request("GET", f"/en/feed.{ending}", [("Host", HOST)], b""), held)
        assert answer.header("Content-Type") == kind.content_type
