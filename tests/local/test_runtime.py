"""Functions, each in a process of its own."""

import os
from pathlib import Path

import pytest

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
    wait_for(lambda: any("logged" in line for call in example.stack.invocations for line in call.log))


@pytest.fixture
def echo(example: Example) -> Path:
    """The code of a function that tests change and restore."""
    return example.code / "echo.py"


def test_changed_code_is_reloaded(example: Example, echo: Path) -> None:
    before = echo.read_text("utf-8")
    echo.write_text(before.replace('"statusCode": 200', '"statusCode": 218', 1), "utf-8")
    try:
        wait_for(lambda: example.get("/api/echo/1?bytes").status == 218)
    finally:
        echo.write_text(before, "utf-8")
    wait_for(lambda: example.get("/api/echo/1?bytes").status == 200)


def test_a_syntax_error_is_one_sentence_until_it_is_fixed(example: Example, echo: Path) -> None:
    before = echo.read_text("utf-8")
    echo.write_text("def handler(:\n", "utf-8")
    sentence = "Syntax error in module 'echo': invalid syntax (echo.py, line 1)"
    try:
        wait_for(lambda: example.get("/api/echo/1").status == 502)
        assert example.get("/api/echo/1").json == {"message": sentence}
        assert example.get("/nothing/").status == 404  # the other functions still run
        assert f"EchoFunction cannot be loaded: {sentence}" in example.messages
        health = example.get("/_local/health")
        assert (health.status, health.json["faults"]) == (503, {"EchoFunction": sentence})
    finally:
        echo.write_text(before, "utf-8")
    wait_for(lambda: example.get("/api/echo/1").status == 200)
    assert "EchoFunction can be loaded again." in example.messages
    wait_for(lambda: example.get("/_local/health").status == 200)
