"""Which lines of the log are written, in a process that Lambda's runtime has set up."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from benchmarks.starting import FUNCTIONS
from tests.template.resources import ROOT

# What Lambda's runtime does before it imports a function: it gives the root logger a handler and the level. Then three
# runs, of which the second one ends in the way that the test asks for.
PROGRAM = """
import logging, os, sys
import boto3, botocore.config
from awslambdaric.bootstrap import LogFormat, StandardLogSink, _setup_logging
_setup_logging(LogFormat.JSON, "DEBUG", StandardLogSink())
from broadsheet import telemetry
from tests.api.events import Context

@telemetry.observed
def handler(event, context):
    telemetry.logger.debug("debug %s" % event["run"], extra={"articles": ["ferry"]})
    logging.getLogger("library").debug("reader@example.org")
    config = botocore.config.Config(connect_timeout=1, retries={"total_max_attempts": 1})
    client = boto3.client("sqs", endpoint_url="http://127.0.0.1:9", config=config)
    try:
        client.send_message(QueueUrl="http://127.0.0.1:9/queue", MessageBody="reader@example.org")
    except Exception:
        pass
    telemetry.logger.info("info %s" % event["run"])
    if event.get("ends") == "error":
        telemetry.logger.error("error %s" % event["run"])
        telemetry.logger.debug("debug after it")
    if event.get("ends") == "exception":
        raise ValueError("failed")

for number, ends in enumerate(("well", sys.argv[1], "well"), 1):
    os.environ["_X_AMZN_TRACE_ID"] = f"Root=1-5bef4de7-{number:024};Parent=1;Sampled=1"
    try:
        handler({"run": number, "ends": ends}, Context())
    except ValueError:
        pass
"""


def logged(ends: str, level: str = "INFO") -> list[dict[str, Any]]:
    """The lines of three runs, of which the second one ends in this way."""
    environment = {
        "PYTHONPATH": os.pathsep.join((FUNCTIONS, str(ROOT))),
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_LAMBDA_LOG_LEVEL": "DEBUG",
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_LAMBDA_FUNCTION_NAME": "tested",
        "LOWEST_LOG_LEVEL": level,
        "POWERTOOLS_SERVICE_NAME": "tests",
        "POWERTOOLS_METRICS_NAMESPACE": "Broadsheet",
    }
    ran = subprocess.run(  # noqa: S603  # our own interpreter and code
        [sys.executable, "-c", PROGRAM, ends], env=environment, check=True, capture_output=True, text=True
    )
    assert ran.stderr == ""
    assert "reader@" not in ran.stdout
    return [json.loads(line) for line in ran.stdout.splitlines()]


def messages(ends: str, level: str = "INFO") -> list[str]:
    return [line["message"] for line in logged(ends, level)]


def test_debug_lines_of_a_run_without_an_error_are_not_written() -> None:
    """aws#17"""
    assert messages("well") == ["info 1", "info 2", "info 3"]


@pytest.mark.parametrize(("ends", "error"), [("error", ["error 2"]), ("exception", [])])
def test_debug_lines_of_a_run_are_written_before_its_error(ends: str, error: list[str]) -> None:
    """aws#17: and those of no other run."""
    assert messages(ends) == ["info 1", "info 2", "debug 2", *error, "info 3"]


def test_a_debug_line_says_what_it_is_about_and_of_which_run_it_is() -> None:
    [line] = [line for line in logged("error") if line["message"] == "debug 2"]
    assert (line["level"], line["articles"]) == ("DEBUG", ["ferry"])
    assert line["function_request_id"]
    assert line["xray_trace_id"] == f"1-5bef4de7-{2:024}"


def test_with_the_level_debug_our_own_lines_are_written_at_once_and_no_librarys() -> None:
    """aws#17"""
    assert messages("error", "DEBUG") == [
        "debug 1",
        "info 1",
        "debug 2",
        "info 2",
        "error 2",
        "debug after it",
        "debug 3",
        "info 3",
    ]
