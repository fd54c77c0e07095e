"""Functions, each in a process of its own."""

import json
import os
from pathlib import Path

import pytest

from infra.local.functions.failures import Failure, Failures, logged
from tests.local.conftest import Example
from tests.waiting import wait_for


def test_a_function_sees_its_own_environment_and_no_other(example: Example, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_PARENT", "1")
    answer = example.get("/api/echo/1").json
    environment = answer["environment"]
    assert answer["directory"] == str(example.code)
    assert environment["SITE_URL"] == example.stack.url
    assert environment["SENDER"] == "newsletter@courier.example"
    assert environment["KEY"].startswith("arn:aws:secretsmanager:")
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert environment["AWS_ENDPOINT_URL"] == example.stack.clients.endpoint
    assert environment["AWS_LAMBDA_LOG_LEVEL"] == "DEBUG"  # from the template, as aws#17 needs it
    ours = {"PATH", "LC_CTYPE", "LANG", "TZ"}  # LC_CTYPE is Python's own doing
    assert {name for name in environment.keys() & os.environ.keys() if not name.startswith("AWS_")} <= ours


def test_a_call_that_times_out_is_ended_and_the_next_one_succeeds(example: Example) -> None:
    assert example.get("/api/echo/1?sleep=600").status == 500
    assert example.get("/api/echo/1").status == 200
    errors = [invocation.error for invocation in example.stack.invocations]
    assert "Task timed out after 4.00 seconds" in errors


def test_a_process_that_exits_fails_its_call_and_is_restarted(example: Example) -> None:
    before = example.stack.functions["EchoFunction"].pid
    assert example.get("/api/echo/1?exit=3").status == 500
    assert example.get("/api/echo/1").status == 200
    assert example.stack.functions["EchoFunction"].pid != before
    assert any(invocation.error == "Runtime exited with status 3" for invocation in example.stack.invocations)


def test_an_invocation_keeps_its_log(example: Example) -> None:
    example.get("/api/echo/1?tag=logged")
    wait_for(
        lambda: any("logged" in line for call in example.stack.invocations for line in call.log), example.stack.progress
    )


def test_an_error_is_in_the_terminal_and_on_the_console_with_its_traceback(example: Example) -> None:
    example.get("/api/echo/1?raise=%3Cno+harbour%3E")
    failure = next(failure for failure in example.stack.failures.latest() if "no harbour" in failure.message)
    assert (failure.function, failure.count) == ("EchoFunction", 1)
    lines = failure.text.splitlines()
    assert lines[0] == "EchoFunction: ValueError: <no harbour> (GET /api/echo/1)"
    assert lines[1] == "  Traceback (most recent call last):"
    assert "echo.py" in failure.text
    assert lines[-1] == "  ValueError: <no harbour>"
    assert failure.text in example.messages
    page = example.get("/_local/").body.decode()
    assert '<span class="state bad"><bdi>ValueError: &lt;no harbour&gt; (GET /api/echo/1)</bdi></span>' in page
    assert "<details><summary>Traceback</summary>" in page
    example.get("/api/echo/1?raise=%3Cno+harbour%3E")
    assert f"{lines[0]} (2 times)" in example.messages


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (
            {"level": "ERROR", "message": "unhandled", "exception": "Traceback\n  a\nKeyError: 1"},
            "unhandled: KeyError: 1",
        ),
        ({"level": "CRITICAL", "message": "it ends"}, "it ends"),
        ({"level": "ERROR", "message": "", "errorType": "KeyError"}, None),  # the runtime's own line
        ({"level": "WARNING", "message": "refused"}, None),
        (["ERROR"], None),
    ],
)
def test_an_error_in_the_log_is_a_failure(record: object, message: str | None) -> None:
    found = logged("EchoFunction", json.dumps(record), "1")
    assert (found.message if found else None) == message


def test_a_line_that_is_no_json_is_no_failure() -> None:
    assert logged("EchoFunction", "ERROR", "1") is None


def test_a_response_of_status_500_is_a_failure_once(example: Example) -> None:
    example.get("/api/echo/1?status=503")
    [failure] = (failure for failure in example.stack.failures.latest() if "503" in failure.message)
    assert failure.text == "EchoFunction: responded with status 503 (GET /api/echo/1)"


def test_functions_that_import_the_same_broken_module_share_one_traceback() -> None:
    failures, trace = Failures(), "Traceback:\n  broken.py\nSyntaxError in "
    texts = [failures.add(Failure(name, "cannot", trace + name)).text for name in ("One", "Two")]
    assert texts == ["One: cannot\n  Traceback:\n    broken.py\n  SyntaxError in One", "Two: cannot"]


@pytest.fixture
def echo(example: Example) -> Path:
    """The code of a function that tests change and restore."""
    return example.code / "echo.py"


def test_changed_code_is_reloaded(example: Example, echo: Path) -> None:
    before = echo.read_text("utf-8")
    echo.write_text(before.replace('"statusCode": 200', '"statusCode": 218', 1), "utf-8")
    try:
        wait_for(lambda: example.get("/api/echo/1?bytes").status == 218, example.stack.progress)
    finally:
        echo.write_text(before, "utf-8")
    wait_for(lambda: example.get("/api/echo/1?bytes").status == 200, example.stack.progress)


def test_a_syntax_error_is_one_sentence_until_it_is_fixed(example: Example, echo: Path) -> None:
    before = echo.read_text("utf-8")
    echo.write_text("def handler(:\n", "utf-8")
    sentence = "Syntax error in module 'echo': invalid syntax (echo.py, line 1)"
    try:
        wait_for(lambda: example.get("/api/echo/1").status == 502, example.stack.progress)
        assert example.get("/api/echo/1").json == {"message": sentence}
        assert example.get("/nothing/").status == 404  # the other functions still run
        [failure] = (
            text
            for text in example.messages
            if text.startswith(f"EchoFunction: its code cannot be loaded: {sentence}\n")
        )
        assert "def handler(:" in failure
        health = example.get("/_local/health")
        assert (health.status, health.json["faults"]) == (503, {"EchoFunction": sentence})
    finally:
        echo.write_text(before, "utf-8")
    wait_for(lambda: example.get("/api/echo/1").status == 200, example.stack.progress)
    assert "EchoFunction can be loaded again." in example.messages
    wait_for(lambda: example.get("/_local/health").status == 200, example.stack.progress)


@pytest.mark.proof
def test_what_a_function_set_aside_is_tried_again_with_changed_code(example: Example, echo: Path) -> None:
    record = {"eventName": "AGAIN", "dynamodb": {"Keys": {"pk": {"S": "set-aside"}}, "SequenceNumber": "1"}}
    url = example.stack.deployment.name("GivenUp")
    for body in (json.dumps({"Records": [record]}), '{"other": 1}', "no JSON"):
        example.stack.clients.sqs.send_message(QueueUrl=url, MessageBody=body)
    echo.write_text(echo.read_text("utf-8"), "utf-8")
    wait_for(lambda: "AGAIN set-aside" in example.seen(), example.stack.progress)
    messages = example.stack.clients.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert {'{"other": 1}', "no JSON"} <= {message["Body"] for message in messages}
    assert not any("AGAIN" in message["Body"] for message in messages)
    for message in messages:
        example.stack.clients.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
