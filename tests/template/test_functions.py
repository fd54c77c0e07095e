"""The Lambda functions as they run, and what they and the API log."""

import json
import re
from typing import Any

import pytest

from tests.template.resources import ROOT, Resources, functions, of_type, only, parameters, resolved

# API Gateway's own words and numbers ("Customize HTTP API access logs", API Gateway Developer Guide), and who signed:
# IAM allows letters, digits and _+=,.@- in names. The name of a key is what functions/authorizer.py gives: lower-case
# letters, digits and hyphens. None can hold a quotation mark. Not here: $context.error.message,
# which is free text; $context.error.messageString, which comes with its own quotation marks, and is a bare - if there
# was no error.
VALUES = {
    "$context.requestTime": "27/Nov/2026:18:04:29 +0000",
    "$context.requestId": "JKJaXmPLvHcESHA=",
    "$context.integration.requestId": "7a5ed9b0-6f0a-4d7c-9a39-5d0f0c1f3b52",
    "$context.routeKey": "PUT /api/articles/{id}",
    "$context.identity.userArn": "arn:aws:sts::123456789012:assumed-role/Editors/lina.haddad",
    "$context.authorizer.key": "ghost-desk",
    "$context.status": "200",
    "$context.responseLength": "512",
    "$context.responseLatency": "31",
    "$context.integrationLatency": "29",
    "$context.error.responseType": "INTEGRATION_FAILURE",
}
FREE_TEXT = 'Execution failed: "timeout" in C:\\run'


# ── How functions run ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_function_is_a_file_that_ships(resources: Resources) -> None:
    assert functions(resources)
    for function in functions(resources).values():
        module, name = function["Handler"].split(".")
        assert (ROOT / "functions" / f"{module}.py").is_file()
        assert name == "handler"


def test_every_function_runs_python_3_13_on_arm64_and_is_traced(resources: Resources) -> None:
    for function in functions(resources).values():
        assert function["Runtime"] == "python3.13"
        assert function["Architectures"] == ["arm64"]
        assert function["TracingConfig"] == {"Mode": "Active"}


# ── The functions' logs ───────────────────────────────────────────────────────────────────────────────────────────────


def test_every_function_logs_json_to_a_group_of_its_own(resources: Resources) -> None:
    groups = [function["LoggingConfig"]["LogGroup"] for function in functions(resources).values()]
    assert len(set(groups)) == len(groups)
    assert set(groups) < set(of_type(resources, "AWS::Logs::LogGroup"))


def test_every_log_group_is_named_after_its_function(resources: Resources) -> None:
    logs = of_type(resources, "AWS::Logs::LogGroup")
    for function in functions(resources).values():
        name = function["Handler"].partition(".")[0]
        assert logs[function["LoggingConfig"]["LogGroup"]]["LogGroupName"] == f"/broadsheet/{name}"


@pytest.mark.parametrize("level", ["DEBUG", pytest.param("INFO", marks=pytest.mark.proof)])
def test_lambda_drops_no_line_and_the_functions_know_the_level(level: str) -> None:
    """aws#17: with logs in JSON, Lambda drops what is below its level, also debug lines that wait for an error."""
    for function in functions(resolved(LogLevel=level)).values():
        assert function["LoggingConfig"]["LogFormat"] == "JSON"
        assert function["LoggingConfig"]["ApplicationLogLevel"] == "DEBUG"
        assert function["Environment"]["Variables"]["LOWEST_LOG_LEVEL"] == level
        assert not {"POWERTOOLS_LOG_LEVEL", "LOG_LEVEL"} & set(function["Environment"]["Variables"])


def test_no_level_drops_metrics() -> None:
    """aws#17: functions write metrics to the log, and Lambda gives them the level INFO."""
    assert parameters()["LogLevel"]["AllowedValues"] == ["DEBUG", "INFO"]


# ── The API's access log ──────────────────────────────────────────────────────────────────────────────────────────────


def access_log(resources: Resources) -> str:
    found: str = only(resources, "AWS::ApiGatewayV2::Stage")["AccessLogSettings"]["Format"]
    return found


def rendered(line: str, values: dict[str, str]) -> Any:
    """A line of the log as API Gateway writes it: it inserts each value as it is, and - for a missing one."""
    return json.loads(re.sub(r"\$context(\.\w+)+", lambda variable: values.get(variable[0], "-"), line))


@pytest.mark.parametrize("values", [VALUES, {}])
def test_every_line_of_the_access_log_is_json(values: dict[str, str], resources: Resources) -> None:
    """aws#6"""
    line = rendered(access_log(resources), values)
    assert line["error"] == values.get("$context.error.responseType", "-")
    assert all(isinstance(value, str) for value in line.values())


def test_the_access_log_holds_no_free_text_and_nothing_of_readers(resources: Resources) -> None:
    """aws#6: a message with a quotation mark would break the line."""
    assert set(re.findall(r"\$context(?:\.\w+)+", access_log(resources))) == set(VALUES)
    broken = access_log(resources).replace("$context.error.responseType", "$context.error.message")
    with pytest.raises(json.JSONDecodeError):
        rendered(broken, VALUES | {"$context.error.message": FREE_TEXT})
