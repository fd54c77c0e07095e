"""The client's IP address in a request, its preconditions, and the answer to an error of the code."""

from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from broadsheet.http import client_ip, precondition, resolver
from broadsheet.model.errors import Invalid
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
