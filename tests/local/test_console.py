"""The console: a page for people, and JSON for scripts."""

import pytest

from tests.local.conftest import Example

SUBJECT = "Yes <b>please</b> نعم"


@pytest.fixture(scope="module", autouse=True)
def _a_mail(example: Example) -> None:
    from urllib.parse import quote  # noqa: PLC0415  only here

    assert example.get(f"/api/echo/1?mail={quote(SUBJECT)}").status == 200


def test_health_reports_that_all_functions_are_ready(example: Example) -> None:
    health = example.get("/_local/health")
    assert health.status == 200
    assert health.json["ready"] is True
    assert health.json["functions"].keys() == {
        "DoormanFunction",
        "EchoFunction",
        "ErrandFunction",
        "FallbackFunction",
        "FollowFunction",
        "HearFunction",
        "StepFunction",
        "TickFunction",
    }


def test_the_outbox_has_every_part_of_a_mail(example: Example) -> None:
    mail = example.get("/_local/outbox.json").json[-1]
    assert mail["from"] == "newsletter@courier.example"
    assert mail["to"] == "reader@example.org"
    assert mail["subject"] == SUBJECT
    assert mail["text"].startswith("Hello.")
    assert mail["html"].startswith("<p>")
    assert mail["links"] == ["https://courier.example/confirm?t=1&u=2", "https://courier.example/leave?t=1"]
    assert ["List-Unsubscribe", "<https://courier.example/leave?t=1>"] in mail["headers"]


def test_the_python_interface_returns_the_same_mails(example: Example) -> None:
    assert example.stack.outbox()[-1].header("Subject") == SUBJECT


def test_the_page_escapes_untrusted_text(example: Example) -> None:
    page = example.get("/_local/").body.decode()
    assert "Yes &lt;b&gt;please&lt;/b&gt; نعم" in page
    assert "<b>please" not in page
    assert "EchoFunction" in page
    assert "Answers with its event." in page
    assert "GivenUp" in page


def test_a_mail_is_shown_in_every_form_and_runs_no_script(example: Example) -> None:
    number = example.get("/_local/outbox.json").json[-1]["number"]
    page = example.get(f"/_local/outbox/{number}/")
    assert b'sandbox="allow-popups ' in page.body
    assert "script-src" not in page.headers["content-security-policy"]
    html = example.get(f"/_local/outbox/{number}/html")
    assert html.body.startswith(b"<p>")
    assert html.headers["content-security-policy"].startswith("sandbox")
    source = example.get(f"/_local/outbox/{number}/source")
    assert b"List-Unsubscribe" in source.body
    assert source.headers["content-type"].startswith("text/plain")
    assert example.get("/_local/outbox/999/").status == 404


def test_an_invocation_has_a_page(example: Example) -> None:
    example.get("/api/echo/1?raise=%3Cscript%3E")
    failed = next(call for call in reversed(example.stack.invocations) if call.error)
    page = example.get(f"/_local/invocations/{failed.id}").body.decode()
    assert "ValueError: &lt;script&gt;" in page
    assert "<script>" not in page


def test_other_paths_are_404(example: Example) -> None:
    assert example.get("/_local/elsewhere").status == 404
    assert example.get("/_local/", "POST", b"").status == 405
    assert example.get("/_local/issues/").status == 404  # the template has none
    assert example.get("/_local/issues/", "POST", b"action=delete&id=en-daily-2026-03-14").status == 404
    assert example.get("/_local/console.css").headers["content-type"] == "text/css"
