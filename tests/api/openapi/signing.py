"""A proxy between schemathesis and the local deployment. It signs every request, and can inject faults into answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from broadsheet_cli.client import LOCAL_CREDENTIALS, LOCAL_REGION
from infra.local.web import Request, Response, Server

# Headers of one connection, and those that the proxy sets itself.
DROPPED = {"authorization", "connection", "content-length", "host", "transfer-encoding"}

Fault = Callable[[Response], Response]


@contextmanager
def signing(api: str, fault: Fault = lambda response: response) -> Iterator[str]:
    """The URL of a proxy to the API. It signs requests, and passes answers through the fault."""
    host = urlsplit(api).netloc

    def forward(request: Request) -> Response:
        signed = AWSRequest(request.method, f"{api}{request.target}", data=request.body)
        SigV4Auth(Credentials(*LOCAL_CREDENTIALS), "execute-api", LOCAL_REGION).add_auth(signed)
        connection = HTTPConnection(host)
        try:
            connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
            kept = [(name, value) for name, value in request.headers if name.lower() not in DROPPED]
            length = str(len(request.body))
            for name, value in [*kept, *signed.headers.items(), ("Host", host), ("Content-Length", length)]:
                connection.putheader(name, value.encode("latin-1"))
            connection.endheaders(request.body)
            answer = connection.getresponse()
            return fault(Response(answer.status, answer.getheaders(), answer.read()))
        finally:
            connection.close()

    server = Server(forward)
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.close()
