"""What is logged: the functions' level, and the API's access log, each line of which has to be JSON."""

import json
import re
from typing import Any

import pytest

from tests.template.reading import Resources, functions, of_type, parameters, resolved

# API Gateway's own words and numbers ("Customize HTTP API access logs", in its developer guide), none of which can hold
# a quotation mark. Not here: $context.error.message and the like, which are free text; $context.error.messageString,
# which comes with quotation marks of its own and is a bare - where there was no error.
VALUES = {
    "$context.requestTime": "27/Nov/2026:18:04:29 +0000",
    "$context.requestId": "JKJaXmPLvHcESHA=",
    "$context.routeKey": "PUT /api/articles/{id}",
    "$context.status": "200",
    "$context.responseLength": "512",
    "$context.responseLatency": "31",
    "$context.integrationLatency": "29",
    "$context.error.responseType": "INTEGRATION_FAILURE",
}
FREE_TEXT = 'Execution failed: "timeout" in C:\\run'


def access_log(resources: Resources) -> str:
    [stage] = of_type(resources, "AWS::ApiGatewayV2::Stage").values()
    found: str = stage["AccessLogSettings"]["Format"]
    return found


def rendered(line: str, values: dict[str, str]) -> Any:
    """A line of the log as API Gateway writes it: each variable replaced as it is, by - where there is no value."""
    return json.loads(re.sub(r"\$context(\.\w+)+", lambda variable: values.get(variable[0], "-"), line))


@pytest.mark.parametrize("values", [VALUES, {}])
def test_every_line_of_the_access_log_is_json(values: dict[str, str], resources: Resources) -> None:
    """aws#6"""
    line = rendered(access_log(resources), values)
    assert line["error"] == values.get("$context.error.responseType", "-")
    assert all(isinstance(value, str) for value in line.values())


def test_the_access_log_holds_no_free_text_and_nothing_personal(resources: Resources) -> None:
    """aws#6: for a message with a quotation mark would break the line."""
    assert set(re.findall(r"\$context(?:\.\w+)+", access_log(resources))) == set(VALUES)
    broken = access_log(resources).replace("$context.error.responseType", "$context.error.message")
    with pytest.raises(json.JSONDecodeError):
        rendered(broken, VALUES | {"$context.error.message": FREE_TEXT})


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
def test_the_level_is_lambdas_own(level: str) -> None:
    """aws#17: with logs in JSON, Lambda drops what is below its level, whatever the environment says."""
    for function in functions(resolved(LogLevel=level)["Resources"]).values():
        assert function["LoggingConfig"]["LogFormat"] == "JSON"
        assert function["LoggingConfig"]["ApplicationLogLevel"] == level
        assert not {"POWERTOOLS_LOG_LEVEL", "LOG_LEVEL"} & set(function["Environment"]["Variables"])


def test_no_level_drops_metrics() -> None:
    """aws#17: metrics are written as logs, and Lambda takes them for the level INFO."""
    assert parameters()["LogLevel"]["AllowedValues"] == ["DEBUG", "INFO"]
