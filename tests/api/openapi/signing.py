"""A server between schemathesis and the stack. It signs every request as an editor's; faults can be planted in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from broadsheet_cli.client import LOCAL_CREDENTIALS, LOCAL_REGION
from infra.local.services.web import Request, Response, Server
from infra.local.waiting import STALL

# What belongs to one connection, or is made anew.
DROPPED = {"authorization", "connection", "content-length", "host", "transfer-encoding"}

Fault = Callable[[Response], Response]


@contextmanager
def signing(api: str, fault: Fault = lambda response: response) -> Iterator[str]:
    """The address of a server that passes signed requests on to that API, and its answers back with the fault."""
    host = urlsplit(api).netloc

    def passed_on(request: Request) -> Response:
        signed = AWSRequest(request.method, f"{api}{request.target}", data=request.body)
        SigV4Auth(LOCAL_CREDENTIALS, "execute-api", LOCAL_REGION).add_auth(signed)
        connection = HTTPConnection(host, timeout=STALL)
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

    server = Server(passed_on)
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.close()
