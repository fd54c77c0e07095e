"""Calls of the API over HTTP, with the real template: CORS, and the client's IP address."""

import json
from urllib.parse import urlencode

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from broadsheet.http import client_ip
from infra.local.deployment.local_deployment import LocalDeployment
from tests.conftest import FORM_ORIGINS
from tests.local.conftest import Answer, Reader

FRIEND, OTHER_FRIEND = FORM_ORIGINS
STRANGER = "https://evil.example"
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
SIGN_UP = "/api/subscriptions"
STRANGERS = (STRANGER, "https://paper.example", "http://www.paper.example", f"{FRIEND}.evil.example", "null")


@pytest.fixture
def call(local_deployment: LocalDeployment) -> Reader:
    return Reader(int(local_deployment.url.rpartition(":")[2]))


def ask(call: Reader, origin: str, method: str = "POST", path: str = SIGN_UP) -> Answer:
    """Send the preflight of a script of that origin that wants to send JSON."""
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "content-type"}
    return call(path, "OPTIONS", headers={"Origin": origin, **asked})


def sign_up(call: Reader, origin: str | None) -> Answer:
    """Sign up at once, as bots do: the answer is that of any sign-up."""
    token = json.loads(call(f"{SIGN_UP}/form", headers={"Accept": "application/json"}).body)["form_token"]
    fields = {"email": "reader@example.org", "form_token": token}
    return call(SIGN_UP, "POST", urlencode(fields).encode(), FORM | ({"Origin": origin} if origin else {}))


def said_to_scripts(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


@pytest.mark.parametrize("origin", [FRIEND, OTHER_FRIEND])
@pytest.mark.parametrize("path", [SIGN_UP, f"{SIGN_UP}/confirm", f"{SIGN_UP}/unsubscribe"])
def test_a_preflight_of_an_allowed_origin_is_answered_without_a_function(
    call: Reader, local_deployment: LocalDeployment, origin: str, path: str
) -> None:
    """newsletter#6"""
    local_deployment.settle()
    invoked = len(local_deployment.invocations)
    answer = ask(call, origin, path=path)
    assert (answer.status, answer.body) == (204, b"")
    assert said_to_scripts(answer) == {
        "access-control-allow-origin": origin,
        "access-control-allow-methods": "GET,POST",
        "access-control-allow-headers": "content-type",
        "access-control-max-age": "3600",
    }
    assert answer.headers["vary"] == "Origin"
    assert len(local_deployment.invocations) == invoked


@pytest.mark.parametrize("origin", STRANGERS)
def test_another_origin_gets_no_cors_headers(call: Reader, origin: str) -> None:
    """newsletter#6"""
    asked = ask(call, origin)
    assert (asked.status, said_to_scripts(asked)) == (204, {})
    sent = sign_up(call, origin)
    assert (sent.status, said_to_scripts(sent)) == (202, {})  # as a plain form of any site may send, and not read


def test_a_script_of_an_allowed_origin_may_read_the_answer(call: Reader) -> None:
    """newsletter#6"""
    answer = sign_up(call, FRIEND)
    assert (answer.status, said_to_scripts(answer)) == (202, {"access-control-allow-origin": FRIEND})
    assert "Origin" in answer.headers["vary"]


def test_a_script_of_an_allowed_origin_may_read_why_it_was_refused(call: Reader) -> None:
    """newsletter#6"""
    answer = call(SIGN_UP, "POST", b"{}", {"Content-Type": "application/json", "Origin": FRIEND})
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (422, FRIEND)


def test_a_preflight_allows_neither_signatures_nor_changes_of_articles(call: Reader) -> None:
    answer = ask(call, FRIEND, "PUT", "/api/articles/x")
    assert answer.headers["access-control-allow-methods"] == "GET,POST"
    assert "authorization" not in answer.headers["access-control-allow-headers"].lower()


def test_an_options_request_that_is_no_preflight_is_a_method_that_the_path_does_not_have(call: Reader) -> None:
    for headers in ({"Origin": FRIEND}, {"Access-Control-Request-Method": "POST"}):
        answer = call(SIGN_UP, "OPTIONS", headers=headers)
        assert (answer.status, answer.headers["allow"]) == (405, "POST")


def test_an_unknown_path_of_the_api_is_a_problem_at_the_site_too(call: Reader) -> None:
    answer = call("/api/nothing", "GET")
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("page", ["form", "confirm", "unsubscribe", "preferences"])
def test_head_of_a_page_that_mails_link_to_is_its_get_without_the_body(call: Reader, page: str) -> None:
    """newsletter#22: RFC 9110 §9.3.2, with the length of the body (§8.6), whose form token differs each time."""
    path = f"{SIGN_UP}/{page}?token=damaged&edition=ar"
    got, head = (call(path, method, headers={"Accept": "text/html"}) for method in ("GET", "HEAD"))
    assert got.status == (200 if page == "form" else 400)
    assert (head.status, head.body) == (got.status, b"")
    assert int(head.headers["content-length"]) > len(got.body) / 2
    varying = {"date": "", "content-length": ""}
    assert head.headers | varying == got.headers | varying


def test_head_where_there_is_no_page_is_refused(call: Reader) -> None:
    answer = call(SIGN_UP, "HEAD")
    assert (answer.status, answer.headers["allow"], answer.body) == (405, "POST", b"")


def test_a_request_from_the_site_itself_gets_no_cors_headers(call: Reader) -> None:
    sent = sign_up(call, None)
    assert (sent.status, said_to_scripts(sent)) == (202, {})


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.7"])
def test_the_newsletter_gets_the_client_ip_from_the_cdn_and_no_forged_header(
    local_deployment: LocalDeployment, address: str
) -> None:
    forged = {"X-Viewer-Address": "203.0.113.9", "X-Forwarded-For": "203.0.113.9", "X-Origin-Key": "guessed"}
    reader = Reader(int(local_deployment.url.rpartition(":")[2]), address)
    reader(f"{SIGN_UP}/unsubscribe", headers=forged)
    event = json.loads(local_deployment.invocations[-1].event)
    secret = local_deployment.deployment.environment("NewsletterFunction")["EDGE_SECRET"]
    assert client_ip(APIGatewayProxyEventV2(event), local_deployment.deployment.secret(secret)) == address
