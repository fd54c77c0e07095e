"""HTTP over a socket of our own, so that every byte that goes over it is counted and none is added."""

import gzip
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.parser import BytesParser
from types import TracebackType
from typing import Self

import brotli  # type: ignore[import-untyped]  # has no types

# What any reader says. A longer name, cookies or a date would cost it more.
SAID: Mapping[str, str] = {"Host": "courier.example", "User-Agent": "reader/1.0", "Accept": "*/*"}
DECODED: Mapping[str | None, Callable[[bytes], bytes]] = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}


@dataclass(frozen=True)
class Exchange:
    """A request and its answer: the bytes of both, heads and all, and what the answer says."""

    sent: int
    received: int
    status: int
    headers: Mapping[str, str]
    body: bytes
    """As it was before compression."""


class Wire:
    """A connection to a server on this machine, which is kept between requests."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._answers = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._answers.close()
        self._socket.close()

    def get(self, target: str, headers: Mapping[str, str]) -> Exchange:
        """Ask for what is at this path, as a reader that says this besides what any reader says."""
        lines = [f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in {**SAID, **headers}.items())]
        request = "".join(f"{line}\r\n" for line in [*lines, ""]).encode()
        self._socket.sendall(request)
        status = self._answers.readline()
        head = b"".join(iter(self._answers.readline, b"\r\n"))
        said = dict(BytesParser().parsebytes(head, headersonly=True).items())
        body = self._answers.read(int(said.get("Content-Length", 0)))
        received = len(status) + len(head) + len(b"\r\n") + len(body)
        decoded = DECODED[said.get("Content-Encoding")](body)
        return Exchange(len(request), received, int(status.split()[1]), said, decoded)
