"""AWS from a recording: botocore gets the recorded responses, each after the latency of its operation.

botocore builds, signs and parses as ever. What is left out are sockets, TLS and the emulator. A recording is made by
the same code from the same state, so it has a response for every request that is replayed.
"""

import json
import pickle
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.httpsession import URLLib3Session
from urllib3.response import HTTPResponse

# Seconds from a request to its whole response, by operation of DynamoDB and SQS, and by method of S3. These are typical
# medians within a region, of small items and objects.
LATENCIES: Mapping[str, float] = {
    "GetItem": 0.004,
    "Query": 0.004,
    "BatchGetItem": 0.004,
    "TransactGetItems": 0.012,
    "TransactWriteItems": 0.012,
    "PutItem": 0.006,
    "UpdateItem": 0.006,
    "DeleteItem": 0.006,
    "HEAD": 0.012,
    "GET": 0.018,
    "PUT": 0.030,
    "DELETE": 0.030,
    "POST": 0.030,
    "SendMessage": 0.008,
    "SendMessageBatch": 0.008,
}
# Their responses do not depend on what is written, which may contain times and random values.
WRITES = ("TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem", "SendMessage", "SendMessageBatch")


class Recorded(NamedTuple):
    """A response."""

    status: int
    headers: dict[str, str]
    body: bytes


Recording = dict[str, list[tuple[int, dict[str, str], bytes]]]
"""The responses to each request, in their order. Tuples, so that a process can load them before it imports botocore."""

Send = Callable[[URLLib3Session, Any], AWSResponse]


class Unrecorded(Exception):
    """A request that the recorded run did not make."""


@contextmanager
def recorded(path: Path) -> Iterator[None]:
    """Write the responses to all requests in the context to the file."""
    recording: Recording = defaultdict(list)
    lock, original = threading.Lock(), URLLib3Session.send

    def send(session: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
        key = key_of(request)
        live = original(session, request)
        body = live.raw.read() if request.stream_output else live.content
        answer = Recorded(live.status_code, dict(live.headers), body)
        with lock:
            recording[key].append((answer.status, answer.headers, answer.body))
        return response(request, answer)

    with _sending(send):
        yield
    path.write_bytes(pickle.dumps(dict(recording)))


def load(path: Path) -> Recording:
    """The recording in a file that `recorded` wrote."""
    recording: Recording = pickle.loads(path.read_bytes())  # noqa: S301  # our own file
    return recording


@contextmanager
def replayed(recording: Recording) -> Iterator[None]:
    """Answer requests from the recording, after their latencies. A request again gets the last response again.

    Raises Unrecorded at the end too, since the code may take it for an error of AWS.
    """
    lock, seen = threading.Lock(), defaultdict[str, int](int)
    unrecorded: list[str] = []

    def send(_: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
        key = key_of(request)
        if key not in recording:
            unrecorded.append(key)
            raise Unrecorded(key)
        with lock:
            answers, number = recording[key], seen[key]
            seen[key] += 1
        time.sleep(LATENCIES[operation_of(request)])
        return response(request, Recorded(*answers[min(number, len(answers) - 1)]))

    with _sending(send):
        yield
    if unrecorded:
        raise Unrecorded(unrecorded[0])


def operation_of(request: AWSPreparedRequest) -> str:
    """The operation of DynamoDB or SQS, the method of S3."""
    target = _text(request.headers.get("X-Amz-Target", ""))
    return target.rpartition(".")[2] if target else str(request.method)


def key_of(request: AWSPreparedRequest) -> str:
    """What a request asks for: equal for the same request of another process."""
    operation = operation_of(request)
    if operation in WRITES:
        return operation
    url = urlsplit(request.url)
    conditions = [_text(request.headers.get(name, "")) for name in ("If-Match", "If-None-Match")]
    asked = _bytes(request.body) if operation != request.method else b""
    digest = sha256(asked).hexdigest()
    return json.dumps([operation, url.path, url.query, *conditions, digest])


@contextmanager
def _sending(send: Send) -> Iterator[None]:
    original = URLLib3Session.send
    URLLib3Session.send = send  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        URLLib3Session.send = original  # type: ignore[method-assign]


def response(request: AWSPreparedRequest, answer: Recorded) -> AWSResponse:
    """The recorded response to a request, as botocore gets it from urllib3."""
    head = request.method == "HEAD"
    raw = HTTPResponse(
        BytesIO(b"" if head else answer.body),
        headers=answer.headers,
        status=answer.status,
        preload_content=False,
        request_method=request.method,
    )
    made = AWSResponse(request.url, answer.status, raw.headers, raw)  # type: ignore[arg-type]  # as botocore does
    if not request.stream_output:
        _ = made.content  # as botocore does
    return made


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _bytes(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else bytes(body)
