"""The HTTP API, with a function that answers with its event."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.local.services import cdn, routing, signatures
from infra.local.services.gateway import MAX_BODY, MAX_HEAD, Gateway, response_of
from infra.local.template.intrinsics import TemplateError
from infra.local.web import Request
from tests.local.conftest import Answer, Example


def event(example: Example, target: str, **kwargs: Any) -> Any:
    answer = example.get(target, **kwargs)
    assert answer.status == 200, answer
    return answer.json["event"]


def test_an_event_has_the_form_of_payload_2(example: Example) -> None:
    got = event(
        example,
        "/api/echo/%D9%85%D9%8A%D9%86%D8%A7%D8%A1%20a?tag=x&tag=y&empty=&q=%26",
        headers={"Cookie": "a=1; b=2", "X-Twice": "1", "x-twice": "2", "User-Agent": "test"},
    )
    assert got["version"] == "2.0"
    assert got["routeKey"] == "GET /api/echo/{id}"
    assert got["rawPath"] == "/api/echo/ميناء a"
    assert got["rawQueryString"] == "tag=x&tag=y&empty=&q=%26"
    assert got["queryStringParameters"] == {"tag": "x,y", "empty": "", "q": "&"}
    assert got["pathParameters"] == {"id": "ميناء a"}
    assert got["cookies"] == ["a=1", "b=2"]
    assert got["headers"]["user-agent"] == "test"
    assert got["headers"]["x-twice"] == "1,2"
    assert got["headers"]["x-forwarded-for"] == f"127.0.0.1, {cdn.CLIENT_IP}"
    assert "cookie" not in got["headers"]
    assert got["isBase64Encoded"] is False
    assert "body" not in got
    context = got["requestContext"]
    assert context["http"] == {
        "method": "GET",
        "path": "/api/echo/ميناء a",
        "protocol": "HTTP/1.1",
        "sourceIp": cdn.CLIENT_IP,
        "userAgent": "test",
    }
    assert context["stage"] == "$default"
    assert re.fullmatch(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000", context["time"])
    assert "authorizer" not in context


def test_a_full_path_comes_before_one_with_a_parameter(example: Example) -> None:
    assert event(example, "/api/echo/latest")["routeKey"] == "GET /api/echo/latest"


def test_text_bodies_are_text_and_others_base64(example: Example) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    got = event(example, "/api/echo", method="POST", body=b"a=1", headers=form)
    assert (got["body"], got["isBase64Encoded"]) == ("a=1", False)
    got = event(example, "/api/echo", method="POST", body=b"\xff\xd8", headers={"Content-Type": "image/jpeg"})
    assert (got["body"], got["isBase64Encoded"]) == ("/9g=", True)


def test_a_chunked_body_arrives_whole(example: Example) -> None:
    chunked = {"Transfer-Encoding": "chunked", "Content-Type": "text/plain"}
    connection_body = b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
    import http.client  # noqa: PLC0415  only this test sends what no client library would

    connection = http.client.HTTPConnection("127.0.0.1", example.get.port)
    connection.putrequest("POST", "/api/echo")
    for name, value in chunked.items():
        connection.putheader(name, value)
    connection.endheaders(connection_body)
    assert json.loads(connection.getresponse().read())["event"]["body"] == "abcde"
    connection.close()


def test_a_method_without_a_route_goes_to_default(example: Example) -> None:
    assert example.get("/api/echo/1", "HEAD").status == 404
    assert example.get("/api/echo/1", "DELETE").body.startswith(b"<p>No DELETE /api/echo/1")


def test_each_cookie_of_an_answer_has_its_own_header(example: Example) -> None:
    assert example.get("/api/echo/1").cookies == ["a=1", "b=2"]


def test_an_answer_without_a_status_is_json(example: Example) -> None:
    answer = example.get("/api/echo/1?bare")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json == {"plain": "عربي"}


def test_an_answer_in_base64_is_decoded(example: Example) -> None:
    answer = example.get("/api/echo/1?bytes")
    assert (answer.headers["content-type"], answer.body) == ("image/jpeg", b"\xff\xd8\xff")


@pytest.mark.parametrize(
    "result", [{"statusCode": "x"}, {"statusCode": 200, "headers": {"a": {}}}, {"statusCode": 200, "body": {}}]
)
def test_an_answer_of_the_wrong_type_is_an_error(result: object) -> None:
    assert response_of(result).status == 500


def test_an_exception_and_a_wrong_answer_are_500(example: Example) -> None:
    for query in ("raise=sorry", "bad"):
        answer = example.get(f"/api/echo/1?{query}")
        assert (answer.status, answer.json) == (500, {"message": "Internal Server Error"})


def test_a_body_that_is_too_large_is_413(example: Example) -> None:
    answer = example.get("/api/echo", "POST", b"x" * (MAX_BODY + 1))
    assert (answer.status, answer.json) == (413, {"message": "Request Entity Too Large"})


def test_a_head_that_is_too_large_is_431(example: Example) -> None:
    assert example.get("/api/echo/1", headers={"X-Long": "x" * MAX_HEAD}).status == 431


def test_a_signed_call_carries_its_caller(example: Example) -> None:
    target = "/api/signed/%D9%85?b=2&a=1"
    answer = example.get(target, "PUT", b"{}", example.get.signed(target, "PUT", b"{}"))
    assert answer.status == 200
    caller = answer.json["event"]["requestContext"]["authorizer"]["iam"]
    assert caller["accessKey"] == "local"


def test_a_call_that_is_not_signed_is_403(example: Example) -> None:
    answer = example.get("/api/signed/1", "PUT", b"{}")
    assert (answer.status, answer.json) == (403, {"message": "Forbidden"})


def test_a_signature_is_valid_for_one_body_path_and_service(example: Example) -> None:
    signed = example.get.signed("/api/signed/1", "PUT", b"{}")
    assert example.get("/api/signed/1", "PUT", b"{ }", signed).status == 403
    assert example.get("/api/signed/2", "PUT", b"{}", signed).status == 403
    assert example.get("/api/signed/1?x", "PUT", b"{}", signed).status == 403
    other = example.get.signed("/api/signed/1", "PUT", b"{}", service="s3")
    assert example.get("/api/signed/1", "PUT", b"{}", other).status == 403


def test_a_signature_is_valid_for_five_minutes(example: Example) -> None:
    headers = example.get.signed("/x", "GET")
    request = Request("GET", "/x", [("Host", f"127.0.0.1:{example.get.port}"), *headers.items()], b"")
    signatures.check(request, datetime.now(UTC))
    with pytest.raises(signatures.InvalidSignature, match="was signed at"):
        signatures.check(request, datetime.now(UTC) + timedelta(minutes=6))


@pytest.mark.parametrize(
    ("mappings", "message"),
    [
        ({"requestParameters": {"overwrite:header.X-Forwarded-For": "x"}}, "Operations on header X-Forwarded-For are"),
        ({"requestParameters": {"append:header.x-amzn-key": "x"}}, "Operations on header x-amzn-key are restricted"),
        ({"responseParameters": {"200": {"remove:header.Via": "''"}}}, "Operations on header Via are restricted"),
        ({"requestParameters": {"append:header.x-example": "x"}}, "has parameter mappings, which the local deployment"),
    ],
)
def test_an_invalid_or_unsupported_parameter_mapping_is_refused(
    example: Example, monkeypatch: pytest.MonkeyPatch, mappings: dict[str, Any], message: str
) -> None:
    """aws#1"""
    body = example.stack.deployment.resolver.template["Resources"]["Api"]["Properties"]["Body"]
    integration = body["paths"]["/api/echo"]["post"]["x-amazon-apigateway-integration"]
    for name, value in mappings.items():
        monkeypatch.setitem(integration, name, value)
    with pytest.raises(TemplateError, match=message):
        routing.routes(example.stack.deployment)


class Clock:
    """A clock that moves only when a test moves it."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def passes(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def statuses(gateway: Gateway, target: str, calls: int) -> list[int]:
    return [gateway(Request("GET", target, [], b"")).status for _ in range(calls)]


def test_each_route_has_its_own_burst_and_rate(example: Example) -> None:
    clock = Clock()
    gateway = Gateway(routing.routes(example.stack.deployment), example.stack.functions, now=clock)
    assert statuses(gateway, "/api/echo/seldom", 4) == [200, 200, 429, 429]
    clock.passes(99)
    assert statuses(gateway, "/api/echo/seldom", 1) == [429]
    clock.passes(1)
    assert statuses(gateway, "/api/echo/seldom", 2) == [200, 429]
    assert statuses(gateway, "/api/echo/latest", 1) == [200]  # each route has its own limit
    clock.passes(3600)
    assert statuses(gateway, "/api/echo/seldom", 3) == [200, 200, 429]  # an idle hour saves up no more than the burst


def test_a_throttled_call_is_429_and_runs_no_function(example: Example) -> None:
    for _ in range(2):
        example.get("/api/echo/seldom")
    invoked = len(example.stack.invocations)
    answer = example.get("/api/echo/seldom")
    assert (answer.status, answer.json) == (429, {"message": "Too Many Requests"})
    assert len(example.stack.invocations) == invoked


# ── Lambda authorizers ────────────────────────────────────────────────────────────────────────────────────────────────


def asked(example: Example, word: str | None, door: str = "front") -> Answer:
    headers = {"X-Door": door, "Content-Type": "text/plain"} | ({} if word is None else {"Authorization": word})
    return example.get("/asked/7?a=1", "PUT", b"hello", headers)


def runs(example: Example) -> list[str]:
    example.stack.settle()
    return [one.function for one in example.stack.invocations if one.function in {"DoormanFunction", "EchoFunction"}]


def test_who_is_let_in_comes_with_the_authorizers_context(example: Example) -> None:
    event = asked(example, "friend").json["event"]
    assert event["body"] == "hello"
    question = event["requestContext"]["authorizer"]["lambda"]["asked"]
    assert (question["version"], question["type"], question["routeKey"]) == ("2.0", "REQUEST", "PUT /asked/{id}")
    assert question["identitySource"] == ["friend", "front"]
    assert question["pathParameters"] == {"id": "7"}
    assert question["queryStringParameters"] == {"a": "1"}
    assert "body" not in question
    assert "authorizer" not in question["requestContext"]


def test_without_an_identity_source_nobody_is_asked(example: Example) -> None:
    before = runs(example)
    for answer in (asked(example, None), asked(example, ""), asked(example, "friend", door="")):
        assert (answer.status, answer.json) == (401, {"message": "Unauthorized"})
    assert runs(example) == before


def test_who_is_not_let_in_does_not_reach_the_function(example: Example) -> None:
    before = runs(example)
    answer = asked(example, "stranger")
    assert (answer.status, answer.json) == (403, {"message": "Forbidden"})
    assert runs(example) == [*before, "DoormanFunction"]


@pytest.mark.parametrize("word", ["broken", "policy"])
def test_an_authorizer_that_does_not_decide_lets_nobody_in(example: Example, word: str) -> None:
    answer = asked(example, word)
    assert (answer.status, answer.json) == (500, {"message": "Internal Server Error"})
