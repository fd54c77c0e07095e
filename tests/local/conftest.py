"""One local deployment of the small template in `example/`, for all tests that do not break it."""

from __future__ import annotations

import http.client
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from infra.local.deployment.local_deployment import LocalDeployment
from tests.conftest import end_after_last_use

EXAMPLE = Path(__file__).parent / "example"


@dataclass(frozen=True)
class Answer:
    """A response, with the names of its headers in lower case."""

    status: int
    headers: dict[str, str]
    cookies: list[str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reader:
    """An HTTP client that adds nothing to a request: it follows no redirect, and asks for no compression.

    `address` is the client's IP address, one of 127.0.0.0/8.
    """

    port: int
    address: str = "127.0.0.1"

    def __call__(
        self, target: str, method: str = "GET", body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, source_address=(self.address, 0))
        try:
            connection.putrequest(method, target, skip_accept_encoding=True)
            for name, value in (headers or {}).items():
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            cookies = response.headers.get_all("Set-Cookie") or []
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, cookies, response.read())
        finally:
            connection.close()

    def signed(self, target: str, method: str, body: bytes = b"", service: str = "execute-api") -> dict[str, str]:
        """The headers of a request that is signed with the local key pair."""
        request = AWSRequest(method, f"http://127.0.0.1:{self.port}{target}", data=body)
        SigV4Auth(Credentials("local", "local"), service, "eu-central-1").add_auth(request)
        return dict(request.headers.items())


@dataclass(frozen=True)
class Example:
    """A local deployment of the small template, on a copy of its code."""

    stack: LocalDeployment
    code: Path
    messages: list[str]

    @property
    def get(self) -> Reader:
        return Reader(int(self.stack.url.rpartition(":")[2]))

    def put_page(self, key: str, body: bytes, content_type: str = "text/html; charset=utf-8") -> str:
        """Put a page into the bucket Site; returns its ETag."""
        put = self.stack.clients.s3.put_object(
            Bucket=self.stack.site_bucket, Key=key, Body=body, ContentType=content_type, CacheControl="max-age=60"
        )
        return put["ETag"]

    def put_thing(self, name: str, sort: str = "META", **attributes: str) -> None:
        self.stack.clients.dynamodb.put_item(
            TableName=self.stack.deployment.name("Things"),
            Item={
                "pk": {"S": name},
                "sk": {"S": sort},
                **{key: {"S": value} for key, value in attributes.items()},
            },
        )

    def seen(self, where: str = "names") -> list[str]:
        """What the functions wrote down, once the deployment has settled."""
        self.stack.settle()
        key = {"pk": {"S": where}}
        table = self.stack.deployment.name("Seen")
        item = self.stack.clients.dynamodb.get_item(TableName=table, Key=key).get("Item", {})
        return [entry["S"] for entry in item["entries"]["L"]] if item else []

    def given_up(self) -> list[dict[str, Any]]:
        """The messages of the dead-letter queue, which are deleted."""
        self.stack.settle()
        url = self.stack.deployment.name("GivenUp")
        messages = self.stack.clients.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            self.stack.clients.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in messages]


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Example]:
    code = tmp_path_factory.mktemp("example") / "functions"
    shutil.copytree(EXAMPLE / "functions", code)
    messages: list[str] = []
    with LocalDeployment(template_path=EXAMPLE / "template.yaml", code=code, print_line=messages.append) as stack:
        end_after_last_use("example", stack)
        yield Example(stack, code, messages)
