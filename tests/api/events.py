"""Events as API Gateway sends them (HTTP API, payload format 2.0), for calling handlers in this process."""

import base64
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlencode

EDITOR = "arn:aws:sts::123456789012:assumed-role/Editors/lina"


@dataclass(frozen=True)
class Context:
    """The part of Lambda's context object that Powertools and the functions read."""

    function_name: str = "tested"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:tested"
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"
    seconds: float = 900.0

    def get_remaining_time_in_millis(self) -> int:
        """The same at any time."""
        return int(self.seconds * 1000)


@dataclass(frozen=True)
class Answer:
    """A handler's response."""

    status: int
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def revision(self) -> str:
        """The revision in the entity tag."""
        return self.headers["etag"].strip('"').partition("-")[0]

    @property
    def fields(self) -> set[str]:
        """The fields that the problem details name."""
        return {error["field"] for error in self.json["errors"]}


def request(
    method: str,
    path: str,
    body: object = None,
    headers: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
    source_ip: str = "192.0.2.1",
    caller: str = EDITOR,
) -> dict[str, Any]:
    """An event. A body that is neither text nor bytes is sent as JSON. `path` is percent-encoded."""
    headers = {name.lower(): value for name, value in (headers or {}).items()}
    if body is not None and not isinstance(body, str | bytes):
        body = json.dumps(body, ensure_ascii=False)
        headers.setdefault("content-type", "application/json")
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": urlencode(query or {}),
        "headers": headers,
        "pathParameters": {"id": unquote(path.rsplit("/", 1)[-1])},
        "requestContext": {
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": source_ip,
                "userAgent": "tests",
            },
            "requestId": "request",
            "stage": "$default",
            "authorizer": {"iam": {"userArn": caller}},
        },
        "isBase64Encoded": isinstance(body, bytes),
    }
    if query:
        event["queryStringParameters"] = dict(query)
    if body is not None:
        event["body"] = base64.b64encode(body).decode() if isinstance(body, bytes) else body
    return event


def answer(response: dict[str, Any]) -> Answer:
    """The handler's return value as a response, with header names in lower case."""
    headers = {name.lower(): value for name, value in response.get("headers", {}).items()}
    return Answer(response["statusCode"], headers, response.get("body") or "")
