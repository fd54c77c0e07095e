"""Every client that a function makes has the one configuration, and a dead connection costs it seconds."""

import ast
import socket
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError, ReadTimeoutError

from broadsheet.store.aws import ATTEMPTS, CONFIG, CONNECT, READ, is_outage
from infra.local.template import template
from tests.world import TEMPLATE

FUNCTIONS = sorted((Path(__file__).parents[3] / "functions").glob("*.py"))


def clients(file: Path) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "boto3.client"
    ]


@pytest.mark.parametrize("file", FUNCTIONS, ids=lambda path: path.stem)
def test_a_function_makes_its_clients_with_the_one_configuration(file: Path) -> None:
    """aws#12"""
    made = clients(file)
    assert made
    for call in made:
        [config] = [keyword.value for keyword in call.keywords if keyword.arg == "config"]
        assert ast.unparse(config).startswith("CONFIG")


def test_a_dead_connection_is_given_up_while_the_function_lives() -> None:
    """aws#12: with the time for another attempt."""
    timeouts = [
        function["Properties"]["Timeout"]
        for function in template.read(TEMPLATE, {})["Resources"].values()
        if function["Type"] == "AWS::Lambda::Function"
    ]
    assert min(timeouts) > CONNECT + READ


def test_a_server_that_never_answers_is_asked_again() -> None:
    """aws#12: three attempts, each on a connection of its own."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        quick = CONFIG.merge(Config(read_timeout=0.05))
        client = boto3.client("dynamodb", config=quick, endpoint_url=url)
        with pytest.raises(ReadTimeoutError) as refused:
            client.describe_table(TableName="articles")
        server.settimeout(5)
        connections = [server.accept()[0] for _ in range(ATTEMPTS)]
        for connection in connections:
            connection.close()
    assert is_outage(refused.value)


@pytest.mark.parametrize(
    ("error", "outage"),
    [
        (ClientError({"Error": {"Code": "ValidationException"}}, "PutItem"), False),
        (ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject"), False),
        (ParamValidationError(report="no key"), False),
        (KeyError("pk"), False),
        (ConnectionResetError(), True),
        (ClientError({"Error": {"Code": "SlowDown"}}, "PutObject"), True),
        (ClientError({"Error": {"Code": "AccessDenied"}}, "PutObject"), True),
    ],
    ids=str,
)
def test_an_error_is_an_outage_unless_it_is_about_the_request(error: Exception, outage: bool) -> None:
    """aws#11"""
    assert is_outage(error) is outage
