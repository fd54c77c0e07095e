"""The functions that CloudFront runs, taken from the template and run by Node, and what the local stack does instead.

Every case is asked of both, so what is seen here is what readers get there. The cases are in a file of their own.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from broadsheet.render.serving import ATOM, JSON_FEED, RSS
from infra.local import template
from infra.local.cdn import directory_index, feed_conditions, feed_links, viewer_address
from infra.local.intrinsics import Resolver
from infra.local.web import Request, Response

ROOT = Path(__file__).parent.parent
CASES: dict[str, list[dict[str, Any]]] = json.loads((ROOT / "tests/edge_function_cases.json").read_text("utf-8"))
HOST = "d1.cloudfront.example"
FOR_EVERY_READER = {
    "vary": "Accept-Encoding, Sec-Fetch-Dest",
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "ETag, Last-Modified, Link",
}

# CloudFront hands a function each parameter once, as it was sent, with all its values.
HARNESS = """
const parse = (query) => {
  const parameters = {};
  for (const pair of query.split('&').filter(Boolean)) {
    const [name, value = ''] = pair.split('=');
    if (!(name in parameters)) parameters[name] = { value };
    else (parameters[name].multiValue ||= [{ value: parameters[name].value }]).push({ value });
  }
  return parameters;
};
const wrapped = (headers) => Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { value }]));
const events = JSON.parse(require('fs').readFileSync(0, 'utf-8'));
console.log(JSON.stringify(events.map(({ uri, query, headers, viewer, status, answer }) => {
  const request = { method: 'GET', uri, querystring: parse(query), headers: wrapped(headers), cookies: {} };
  const response = { statusCode: status, headers: wrapped(answer) };
  return handler({ viewer: { ip: viewer }, request, ...(status ? { response } : {}) });
})));
"""


def resolver(**parameters: str) -> Resolver:
    """The template in a deployment with these parameters."""
    return Resolver(template.read(ROOT / "template.yaml", {}), parameters)


def code(name: str) -> Any:
    return resolver().template["Resources"][name]["Properties"]["FunctionCode"]


def run(name: str, events: list[dict[str, Any]], **parameters: str) -> list[dict[str, Any]]:
    """What the template's function answers to each request, or to the response with that status and those headers."""
    plain = {"query": "", "headers": {"host": HOST}, "viewer": "203.0.113.1", "status": None, "answer": {}}
    node = subprocess.run(  # noqa: S603  it runs our own code
        ["node", "--eval", f"{resolver(**parameters).resolve(code(name))}\n{HARNESS}"],  # noqa: S607  any Node will do
        input=json.dumps([plain | event for event in events]),
        capture_output=True,
        text=True,
        check=True,
    )
    answers: list[dict[str, Any]] = json.loads(node.stdout)
    return answers


def values(headers: dict[str, Any]) -> dict[str, str]:
    return {name: header["value"] for name, header in headers.items()}


def each(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", CASES[name], ids=[case["what"] for case in CASES[name]])


# ── DirectoryIndex ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def directories() -> dict[str, dict[str, Any]]:
    cases = CASES["DirectoryIndex"]
    answers = run("DirectoryIndex", [{"uri": case["uri"], "query": case["query"]} for case in cases])
    return {case["what"]: answer for case, answer in zip(cases, answers, strict=True)}


@each("DirectoryIndex")
def test_it_serves_or_sends_on(case: dict[str, str], directories: dict[str, dict[str, Any]]) -> None:
    there = directories[case["what"]]
    query = f"?{case['query']}" if case["query"] else ""
    here = directory_index(Request("GET", case["uri"] + query, [], b""))
    if "serves" in case:
        assert isinstance(here, Request)
        assert (here.path, here.query) == (case["serves"], case["query"])
        assert there["uri"] == case["serves"]
    else:
        assert isinstance(here, Response)
        assert here.status == there["statusCode"] == 301
        assert here.header("Location") == there["headers"]["location"]["value"] == case["moves_to"]
        assert here.header("Cache-Control") == there["headers"]["cache-control"]["value"]


def test_it_never_sends_a_reader_to_another_site() -> None:
    moves = [case["moves_to"] for case in CASES["DirectoryIndex"] if "moves_to" in case]
    assert moves
    assert all(move[0] == "/" and move[1] not in "/\\" for move in moves)


# ── ViewerAddress ─────────────────────────────────────────────────────────────────────────────────────────────────────


@each("ViewerAddress")
def test_the_api_is_told_who_calls_whatever_the_call_says_of_it(case: dict[str, Any]) -> None:
    uri, sent, viewer = "/api/subscriptions", case["headers"], case["viewer"]
    expected = sent | {"x-viewer-address": viewer}
    [there] = run("ViewerAddress", [{"uri": uri, "query": "a=1", "headers": sent, "viewer": viewer}])
    assert (there["uri"], there["querystring"]) == (uri, {"a": {"value": "1"}})
    assert values(there["headers"]) == expected
    request = Request("POST", f"{uri}?a=1", [(name.title(), value) for name, value in sent.items()], b"x", viewer)
    here = viewer_address(request)
    assert (here.method, here.target, here.body, here.client) == ("POST", f"{uri}?a=1", b"x", viewer)
    assert {name.lower(): value for name, value in here.headers} == expected


# ── FeedConditions ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_of_all_that_a_reader_sends_only_the_date_is_taken_away() -> None:
    sent = {
        "host": HOST,
        "if-none-match": '"a"',
        "if-modified-since": "Fri, 13 Mar 2026 10:00:00 GMT",
        "range": "bytes=1-",
    }
    kept = {name: value for name, value in sent.items() if name != "if-modified-since"}
    [there] = run("FeedConditions", [{"uri": "/en/feed.xml", "query": "a=1", "headers": sent}])
    assert (there["uri"], there["querystring"]) == ("/en/feed.xml", {"a": {"value": "1"}})
    assert values(there["headers"]) == kept
    here = feed_conditions(
        Request("GET", "/en/feed.xml?a=1", [(name.title(), value) for name, value in sent.items()], b"")
    )
    assert here.target == "/en/feed.xml?a=1"
    assert {name.lower(): value for name, value in here.headers} == kept


# ── FeedLinks ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def feeds() -> dict[str, dict[str, Any]]:
    answers: dict[str, dict[str, Any]] = {}
    for deployment in {tuple(case["deployment"].items()) for case in CASES["FeedLinks"]}:
        cases = [case for case in CASES["FeedLinks"] if tuple(case["deployment"].items()) == deployment]
        events = [
            {"uri": case["uri"], "status": case["status"], "headers": asked(case), "answer": stored(case)}
            for case in cases
        ]
        found = run("FeedLinks", events, **dict(deployment))
        answers |= {case["what"]: answer for case, answer in zip(cases, found, strict=True)}
    return answers


def asked(case: dict[str, Any]) -> dict[str, str]:
    """The headers of the reader's request. A browser says what it wants a feed for."""
    return {"host": HOST} | ({"sec-fetch-dest": case["for"]} if "for" in case else {})


def stored(case: dict[str, Any]) -> dict[str, str]:
    """The headers of the bucket's answer."""
    return {"etag": '"a"'} | ({"content-type": case["type"]} if case["type"] else {})


@each("FeedLinks")
def test_a_feed_says_what_and_whose_it_is_and_nothing_else_does(
    case: dict[str, Any], feeds: dict[str, dict[str, Any]]
) -> None:
    expected = stored(case) | ({"content-type": case["served"]} if case["served"] else {})
    if case["link"]:
        expected |= {"link": case["link"]} | FOR_EVERY_READER
    there = feeds[case["what"]]
    assert there["statusCode"] == case["status"]
    assert values(there["headers"]) == expected
    here = Response(case["status"], list(stored(case).items()))
    settings = resolver(**case["deployment"]).resolve(code("FeedLinks")["Fn::Sub"][1])
    feed_links(Request("GET", case["uri"], list(asked(case).items()), b""), here, settings)
    assert {name.lower(): value for name, value in here.headers} == expected


def test_the_types_that_the_bucket_holds_go_out_as_the_formats_own() -> None:
    for kind, ending in ((RSS, "xml"), (ATOM, "atom"), (JSON_FEED, "json")):
        held = {"content-type": kind.output("").content_type}
        [there] = run("FeedLinks", [{"uri": f"/en/feed.{ending}", "status": 200, "answer": held}])
        assert there["headers"]["content-type"]["value"] == kind.content_type
