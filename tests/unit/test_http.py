"""The client's IP address in a request, its JSON and preconditions, and the answer to an error of the code."""

from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from broadsheet.http import LONGEST_NUMBER, MAX_DEPTH, client_ip, precondition, read_json, resolver
from broadsheet.model.errors import Invalid, Malformed
from broadsheet.model.precondition import Precondition
from tests.api.events import Context, answer, request

KEY = "k" * 64
SEEN_BY_GATEWAY = "198.51.100.7"
READER = "203.0.113.7"


def ip_of(headers: dict[str, str], origin_key: str = KEY) -> str:
    event = request("POST", "/api/subscriptions", headers=headers, source_ip=SEEN_BY_GATEWAY)
    return client_ip(APIGatewayProxyEventV2(event), origin_key)


@pytest.mark.parametrize("ip", [READER, "2001:db8::7"])
def test_the_client_ip_is_the_one_that_cloudfront_sends(ip: str) -> None:
    sent = {"X-Viewer-Address": ip, "X-Origin-Key": KEY, "X-Forwarded-For": "192.0.2.9, 192.0.2.10"}
    assert ip_of(sent) == ip


@pytest.mark.parametrize("key", [None, "", "k" * 63, "K" * 64, f"{KEY},{KEY}", "ключ", "\udcff"])
def test_without_cloudfronts_key_the_client_ip_is_the_gateways(key: str | None) -> None:
    forged = {"X-Viewer-Address": READER, "X-Forwarded-For": READER}
    assert ip_of(forged | ({} if key is None else {"X-Origin-Key": key})) == SEEN_BY_GATEWAY


def test_an_empty_key_matches_nothing() -> None:
    assert ip_of({"X-Viewer-Address": READER}, origin_key="") == SEEN_BY_GATEWAY
    assert ip_of({"X-Viewer-Address": READER, "X-Origin-Key": ""}, origin_key="") == SEEN_BY_GATEWAY


def test_without_an_ip_from_cloudfront_the_client_ip_is_the_gateways() -> None:
    assert ip_of({"X-Origin-Key": KEY}) == ip_of({"X-Origin-Key": KEY, "X-Viewer-Address": ""}) == SEEN_BY_GATEWAY


def event(**headers: str) -> APIGatewayProxyEventV2:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return APIGatewayProxyEventV2(request("PUT", "/api/articles/ferry", headers=named))


def test_if_none_match_on_a_change_is_a_star() -> None:
    assert precondition(event()) == Precondition()
    assert precondition(event(If_Match='"3-0a", W/"4"')) == Precondition(frozenset({"3"}))
    assert precondition(event(If_None_Match=" * ")) == Precondition(absent=True)
    with pytest.raises(Invalid):
        precondition(event(If_None_Match='"3"'))


def test_the_answer_to_an_unexpected_error_says_nothing_of_it() -> None:
    app = resolver()

    @app.get("/api/articles")
    def fail() -> None:
        raise RuntimeError("reader@example.org")

    context: Any = Context()
    answered = answer(app.resolve(request("GET", "/api/articles"), context))
    assert answered.status == 500
    assert answered.json == {
        "type": "urn:problem-type:broadsheet:internal",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "An internal error occurred; it has been logged with this request's id.",
        "request_id": "request",
    }
    assert "reader" not in answered.body


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ('{"a": [1, -2.5e3, true, null, "\\u00e9"]}', {"a": [1, -2500.0, True, None, "é"]}),
        ("7", 7),
        ("[" * MAX_DEPTH + "]" * MAX_DEPTH, None),
        ('[{"a": ' * (MAX_DEPTH // 2) + "7" + "}]" * (MAX_DEPTH // 2), None),
        ('"' + "[" * 1000 + '"', "[" * 1000),
        ("9" * LONGEST_NUMBER, int("9" * LONGEST_NUMBER)),
        ("1e308", 1e308),
        ("1e-400", 0.0),
    ],
)
def test_json_within_the_limits_is_read(body: str, value: object) -> None:
    read = read_json(body, 10_000)
    assert value is None or read == value


DEEP = "the request's body is nested too deep: it may have at most 50 levels of objects and lists"
NUMBER = "the request's body has a number that cannot be read: "


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), DEEP),
        ('{"a": ' * 900 + "7" + "}" * 900, DEEP),
        ("[" * 100_000 + "]" * 100_000, DEEP),
        ('{"a":' * 100_000, DEEP),
        ("[" + "[]," * 10_000 + "[" * 60 + "]" * 60 + "]", DEEP),
        ("9" * (LONGEST_NUMBER + 1), f"{NUMBER}{'9' * 30}…"),
        ('{"a": -' + "9" * 5_000 + "}", f"{NUMBER}-{'9' * 29}…"),
        ("0." + "1" * 5_000, f"{NUMBER}0.{'1' * 28}…"),
        ("1e400", f"{NUMBER}1e400"),
        ("[-1E+999]", f"{NUMBER}-1E+999"),
        ("NaN", f"{NUMBER}NaN"),
        ('{"a": Infinity}', f"{NUMBER}Infinity"),
        ("-Infinity", f"{NUMBER}-Infinity"),
        ("", "the request's body is not JSON, from line 1, column 1 on"),
        ('{"a": 1,\n "b": yes}', "the request's body is not JSON, from line 2, column 7 on"),
        ("{'a': 1}", "the request's body is not JSON, from line 1, column 2 on"),
        ("[1] [2]", "the request's body is not JSON, from line 1, column 5 on"),
        ('"a\nb"', "the request's body is not JSON, from line 1, column 3 on"),
        ("\ufeff{}", "the request's body is not JSON, from line 1, column 1 on"),
    ],
)
def test_json_beyond_the_limits_is_refused_in_a_sentence_of_ours(body: str, detail: str) -> None:
    with pytest.raises(Malformed) as refusal:
        read_json(body, 1_000_000)
    assert str(refusal.value) == detail
