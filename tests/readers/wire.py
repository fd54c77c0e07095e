"""A proxy between a client and the deployment, which records the exchanges."""

from dataclasses import dataclass
from types import TracebackType
from typing import Self

import urllib3

from infra.local.web import Request, Response, Server


@dataclass(frozen=True)
class Exchange:
    """A request's target, and the status and size of its answer."""

    target: str
    status: int
    length: int


class Wire:
    """A proxy that forwards everything to `origin` unchanged, between entering and leaving the context."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._exchanges: list[Exchange] = []
        self._http = urllib3.PoolManager(maxsize=8, retries=False)

    def __enter__(self) -> Self:
        self._server = Server(self._forward)
        self.url = f"http://127.0.0.1:{self._server.port}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        self._http.clear()

    def taken(self) -> list[Exchange]:
        """The exchanges since the last call."""
        taken, self._exchanges = self._exchanges, []
        return taken

    def _forward(self, request: Request) -> Response:
        answer = self._http.request(
            request.method,
            self._origin + request.target,
            headers=urllib3.HTTPHeaderDict(request.headers),
            redirect=False,
            decode_content=False,
        )
        self._exchanges.append(Exchange(request.target, answer.status, len(answer.data)))
        return Response(answer.status, list(answer.headers.items()), answer.data)
