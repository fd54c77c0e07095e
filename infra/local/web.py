"""A threaded HTTP/1.1 server on loopback: for the gateway, the CDN, the Runtime API and the emulator.

It keeps the raw request target (API Gateway's `rawPath` needs it) and repeated headers, reuses connections, and sends a
response in one write, since two cost 40 ms under Nagle's algorithm. werkzeug's server closes every connection and
waits 10 ms after each response; cheroot's drops all but the last of repeated headers and has a fixed thread pool,
which long polls would exhaust.
"""

from __future__ import annotations

import os
import threading
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Headers = list[tuple[str, str]]
LOOPBACK = ("127.0.0.1", "localhost")


def bypass_proxies() -> None:
    """Make this process and those that it starts call this machine without the proxy that HTTP_PROXY names."""
    named = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    hosts = [host for host in named.split(",") if host and host not in LOOPBACK]
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = ",".join((*hosts, *LOOPBACK))


@dataclass(frozen=True)
class Request:
    """One request. `target` is the raw path and query, percent-encoded."""

    method: str
    target: str
    headers: Headers
    body: bytes
    client: str = "127.0.0.1"
    version: str = "HTTP/1.1"

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    @property
    def forwarded_for(self) -> str:
        """X-Forwarded-For as a proxy sends it on: the header of the request, and the client's address after it."""
        received = self.header("X-Forwarded-For")
        return f"{received}, {self.client}" if received else self.client

    def header(self, name: str) -> str | None:
        """The value of the header; values of a repeated header are joined with commas. None if it is missing."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ",".join(values) if values else None

    def with_header(self, name: str, value: str) -> Request:
        """A copy of the request with this one value for the header."""
        others = [one for one in self.headers if one[0].lower() != name.lower()]
        return replace(self, headers=[*others, (name, value)])


@dataclass
class Response:
    """One response. The server adds Date and Content-Length, and omits the body of 204, 304 and responses to HEAD."""

    status: int = 200
    headers: Headers = field(default_factory=list)
    body: bytes = b""

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def set(self, name: str, value: str) -> None:
        """Replace all values of the header with this one."""
        self.remove(name)
        self.headers.append((name, value))

    def remove(self, name: str) -> None:
        self.headers = [(key, value) for key, value in self.headers if key.lower() != name.lower()]


Application = Callable[[Request], Response]


def text(status: int, content: str, content_type: str = "text/plain; charset=utf-8") -> Response:
    return Response(status, [("Content-Type", content_type), ("Cache-Control", "no-store")], content.encode())


class Server:
    """Serves `application` on a loopback port, with a thread for each connection, until `close()`.

    Port 0 means any free port; the attribute `port` is the actual one. Raises OSError if the port is in use. A request
    body longer than `max_body` bytes is answered with 413 and does not reach the application.
    """

    def __init__(self, application: Application, port: int = 0, max_body: int | None = None) -> None:
        handler = type("Handler", (_Handler,), {"application": staticmethod(application), "max_body": max_body})
        self._server = _ThreadingServer(("127.0.0.1", port), handler)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name=f"server-{self.port}", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Accept no more connections. Open connections end with the process."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _ThreadingServer(ThreadingHTTPServer):
    request_queue_size = 256
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing: a client closed its connection."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024  # one write for headers and body; larger bodies bypass the buffer

    application: Application
    max_body: int | None

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline:
            self.close_connection = True
        elif len(self.raw_requestline) > 65536:
            self.send_error(HTTPStatus.REQUEST_URI_TOO_LONG)
        elif self.parse_request():
            self._answer()
        self.wfile.flush()

    def handle_expect_100(self) -> bool:
        proceed = super().handle_expect_100()
        self.wfile.flush()
        return proceed

    def _answer(self) -> None:
        try:
            body = self._body()
        except ValueError:
            self.close_connection = True
            self._send(text(400, "Bad Request\n"))
            return
        if body is None:
            self.close_connection = True
            message = '{"message":"Request Entity Too Large"}'
            self._send(text(413, message, "application/json"))
            return
        request = Request(
            self.command,
            self.path,
            [(name, value) for name, value in self.headers.items()],
            body,
            self.client_address[0],
            self.request_version,
        )
        try:
            response = type(self).application(request)
        except Exception:  # noqa: BLE001  an error of one request must not end the server; the traceback is printed
            traceback.print_exc()
            response = text(500, "The local deployment failed; see the traceback in its terminal.\n")
        self._send(response)

    def _body(self) -> bytes | None:
        """The request's body; None if it is longer than `max_body`. A body that is too long is read to its end."""
        limit = self.max_body
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            chunks = self._chunks()
        else:
            chunks = self._pieces(int(self.headers.get("Content-Length") or 0))
        body = bytearray()
        too_long = False
        for chunk in chunks:
            too_long = too_long or (limit is not None and len(body) + len(chunk) > limit)
            if not too_long:
                body += chunk
        return None if too_long else bytes(body)

    def _pieces(self, length: int) -> Iterable[bytes]:
        while length > 0:
            piece = self.rfile.read(min(length, 64 * 1024))
            if not piece:
                raise ValueError("the body ended early")
            length -= len(piece)
            yield piece

    def _chunks(self) -> Iterable[bytes]:
        """A chunked body (RFC 9112 §7.1). Chunk extensions and trailers are ignored."""
        while size := int(self.rfile.readline(1024).partition(b";")[0], 16):
            yield from self._pieces(size)
            self.rfile.readline(1024)
        while self.rfile.readline(65537).strip():
            pass

    def _send(self, response: Response) -> None:
        self.send_response_only(response.status)
        self.send_header("Date", self.date_time_string())
        for name, value in response.headers:
            if name.lower() not in {"content-length", "connection", "transfer-encoding", "date"}:
                self.send_header(name, value)
        bodiless = response.status in {204, 304} or response.status < 200
        if not bodiless:
            # The response to HEAD has the length of the response to GET.
            length = response.header("Content-Length") if self.command == "HEAD" else None
            self.send_header("Content-Length", length or str(len(response.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if not bodiless and self.command != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()
