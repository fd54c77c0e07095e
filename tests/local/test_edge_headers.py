"""Headers that CloudFront refuses: of origins and policies at creation, of edge functions when they run."""

from typing import Any

import pytest

from infra.local.services import distribution, edge_headers
from infra.local.services.cdn import Cdn
from infra.local.services.distribution import Behaviour, Origin
from infra.local.services.edge_functions import EdgeFunction, EdgeFunctionError, Event
from infra.local.template.intrinsics import TemplateError
from infra.local.web import Request, Response, text
from tests.local.conftest import Example


def resources(example: Example) -> Any:
    return example.stack.deployment.resolver.template["Resources"]


@pytest.mark.parametrize("name", ["x-edge-key", "X-Amz-Key", "Host", "Via", "cookie", "X-Real-IP", "Request-Range"])
def test_an_origin_header_that_cloudfront_cannot_add_is_refused(
    example: Example, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """aws#1"""
    [_, api] = resources(example)["Distribution"]["Properties"]["DistributionConfig"]["Origins"]
    monkeypatch.setitem(api, "OriginCustomHeaders", [{"HeaderName": name, "HeaderValue": "x"}])
    with pytest.raises(TemplateError, match=f"You can't configure CloudFront to add .* origin api: {name}\\.$"):
        distribution.behaviours(example.stack.deployment)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("X-Edge-Key", "X-Edge-Key that cannot be set as custom header"),
        ("Via", "Via that cannot be set as custom header"),
        ("Transfer-Encoding", "Transfer-Encoding that cannot be set as custom header"),
        ("Referrer-Policy", "Referrer-Policy that is a security header and cannot be set as custom header"),
    ],
)
def test_a_headers_policy_that_cloudfront_refuses_is_refused(
    example: Example, monkeypatch: pytest.MonkeyPatch, name: str, why: str
) -> None:
    config = resources(example)["Headers"]["Properties"]["ResponseHeadersPolicyConfig"]
    monkeypatch.setitem(config, "CustomHeadersConfig", {"Items": [{"Header": name, "Value": "x", "Override": True}]})
    with pytest.raises(TemplateError, match=f"The parameter CustomHeaders contains {why}\\.$"):
        distribution.behaviours(example.stack.deployment)


@pytest.mark.parametrize("code", ["function handler(", "const handler = 1;", "throw new Error('no');", "let other;"])
def test_an_edge_function_that_does_not_run_is_refused(
    example: Example, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setitem(resources(example)["ViewerAddress"]["Properties"], "FunctionCode", code)
    with pytest.raises(TemplateError, match="The code of the CloudFront function ViewerAddress does not run"):
        distribution.behaviours(example.stack.deployment)


def cdn(example: Example, event: Event, statement: str) -> Cdn:
    """A CDN in front of an API that answers 200, with an edge function of this one statement."""
    returned = "request" if event == "viewer-request" else "response"
    made = EdgeFunction("F", event, f"function handler(event) {{ {statement}; return event.{returned}; }}")
    behaviour = Behaviour(
        pattern="*",
        origins=(Origin(None, ()),),
        failover=frozenset(),
        methods=frozenset({"GET"}),
        encodings=(),
        passes_viewer_request=True,
        on_request=made if event == "viewer-request" else None,
        on_response=made if event == "viewer-response" else None,
        headers=(),
    )
    return Cdn([behaviour], example.stack.clients, lambda request: text(200, repr(dict(request.headers))))


def ask(cdn: Cdn, **headers: str) -> Response:
    return cdn(Request("GET", "/a?b=1", [("Host", "h"), *((k.replace("_", "-"), v) for k, v in headers.items())], b""))


@pytest.mark.parametrize("event", ["viewer-request", "viewer-response"])
@pytest.mark.parametrize(
    "name", ["x-edge-key", "x-amz-cf-id", "connection", "x-real-ip", "x-forwarded-proto", "x-cache"]
)
def test_a_function_that_sets_a_header_that_functions_may_not_set_is_502(
    example: Example, event: Event, name: str
) -> None:
    """aws#1"""
    subject = event.removeprefix("viewer-")
    answer = ask(cdn(example, event, f"event.{subject}.headers['{name}'] = {{ value: 'x' }}"))
    assert (answer.status, name in answer.body.decode()) == (502, True)


@pytest.mark.parametrize(
    ("event", "name"),
    [("viewer-request", "host"), ("viewer-request", "via"), ("viewer-request", "cdn-loop"), ("viewer-response", "via")],
)
def test_a_function_that_changes_a_read_only_header_is_502_and_one_that_reads_it_is_not(
    example: Example, event: Event, name: str
) -> None:
    """aws#1"""
    subject = event.removeprefix("viewer-")
    assert ask(cdn(example, event, f"event.{subject}.headers['{name}'] = {{ value: 'x' }}")).status == 502
    if name == "host":
        assert ask(cdn(example, event, "delete event.request.headers.host")).status == 502
    assert ask(cdn(example, event, f"const seen = event.{subject}.headers['{name}']")).status == 200


def test_hidden_headers_reach_the_origin_but_no_edge_function(example: Example) -> None:
    """aws#1"""
    seen = "event.request.headers['x-seen'] = { value: Object.keys(event.request.headers).join() }"
    answer = ask(cdn(example, "viewer-request", seen), X_Edge_Key="k", X_Real_IP="r", Accept="a", Cookie="a=1; b=2")
    assert answer.body.decode() == repr(
        {"X-Edge-Key": "k", "X-Real-IP": "r", "Host": "h", "Accept": "a", "X-Seen": "host,accept", "Cookie": "a=1; b=2"}
        | {"X-Forwarded-For": "127.0.0.1"}
    )


@pytest.mark.parametrize(
    ("statement", "status"),
    [
        ("throw new Error('no')", 503),
        ("while (true) {}", 503),
        ("return null", 502),
        ("return {}", 502),
        ("return", 502),
        ("event.request.headers['X-Case'] = { value: 'x' }", 502),
    ],
)
def test_an_edge_function_that_fails_is_an_error(
    example: Example, monkeypatch: pytest.MonkeyPatch, statement: str, status: int
) -> None:
    monkeypatch.setattr("infra.local.services.edge_functions._SECONDS", 0.3)
    assert ask(cdn(example, "viewer-request", statement)).status == status
    assert ask(cdn(example, "viewer-request", "")).status == 200


def test_an_edge_function_gets_a_request_as_text_and_runs_none_of_it() -> None:
    odd = {"__proto__": "p", "constructor": "c", "X-Quote": "'\"`${1}\u2028</script>"}
    passing = EdgeFunction("F", "viewer-request", "function handler(event) { return event.request; }")
    passed = passing.on_request(Request("GET", "/'${1}\\?__proto__=1&x", list(odd.items()), b""))
    assert isinstance(passed, Request)
    assert passed.target == "/'${1}\\?__proto__=1&x"
    assert {name.lower(): value for name, value in passed.headers} == {k.lower(): v for k, v in odd.items()}


def test_an_error_names_the_function() -> None:
    with pytest.raises(EdgeFunctionError, match="The CloudFront function F threw"):
        EdgeFunction("F", "viewer-request", "function handler() { throw 1; }").on_request(Request("GET", "/", [], b""))


@pytest.mark.parametrize(
    ("status", "cache_control", "seconds"),
    [
        (200, "public, max-age=60", 60),
        (200, "public, max-age=300, s-maxage=5", 5),
        (301, "public, max-age=10", 10),
        (404, "public, max-age=30", 30),
        (404, "", 0),
        (404, "no-store", 0),
        (503, "", 10),
        (403, "", 0),
        (403, "max-age=20", 20),
        (405, "", 0),
        (410, "public, max-age=31536000", 0),
        (200, "", 60),
    ],
)
def test_the_time_that_cloudfront_caches_an_answer(status: int, cache_control: str, seconds: int) -> None:
    """With the template's `ErrorCachingMinTTL` of 0 for 404. aws#18"""
    assert edge_headers.cached_seconds(status, cache_control, {404: 0}, 60) == seconds
