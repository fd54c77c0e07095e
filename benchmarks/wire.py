"""HTTP over a plain socket, to count every byte."""

import gzip
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.parser import BytesParser
from types import TracebackType
from typing import Self

import brotli  # type: ignore[import-untyped]  # has no types

# The headers of every request.
HEADERS: Mapping[str, str] = {"Host": "courier.example", "User-Agent": "reader/1.0", "Accept": "*/*"}
DECODERS: Mapping[str | None, Callable[[bytes], bytes]] = {
    "br": brotli.decompress,
    "gzip": gzip.decompress,
    None: bytes,
}


@dataclass(frozen=True)
class Exchange:
    """A request and its response: the bytes of both, headers included, and the parsed response.

    The names of `headers` are lower-case.
    """

    sent: int
    received: int
    status: int
    headers: Mapping[str, str]
    body: bytes
    """The decompressed body."""


class Wire:
    """A persistent connection to a server on this machine."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._responses = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._responses.close()
        self._socket.close()

    def get(self, target: str, headers: Mapping[str, str]) -> Exchange:
        """Send a GET request with these headers besides `HEADERS`."""
        lines = [f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in {**HEADERS, **headers}.items())]
        request = "".join(f"{line}\r\n" for line in [*lines, ""]).encode()
        self._socket.sendall(request)
        status = self._responses.readline()
        head = b"".join(iter(self._responses.readline, b"\r\n"))
        parsed = BytesParser().parsebytes(head, headersonly=True)
        response_headers = {name.lower(): value for name, value in parsed.items()}
        body = self._responses.read(int(response_headers.get("content-length", 0)))
        received = len(status) + len(head) + len(b"\r\n") + len(body)
        decoded = DECODERS[response_headers.get("content-encoding")](body)
        return Exchange(len(request), received, int(status.split()[1]), response_headers, decoded)
