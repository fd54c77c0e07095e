"""A WebSub hub: takes word of feeds that have changed, and fetches each at once as a hub would."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from infra.local.services.web import Application, Request, Response, text

PATH = "/_local/hub"
KEPT = 500
"""Tellings that are kept."""
PATIENCE = 60.0
"""Seconds after which a call to a dead hub ends, if nobody gives up before."""


@dataclass(frozen=True)
class Ping:
    """Once that the hub was told of a feed, and what it then found there."""

    topic: str
    at: datetime
    status: int
    etag: str | None
    body: bytes = field(repr=False)

    def as_json(self) -> dict[str, Any]:
        return {
            "topic": self.topic,
            "at": self.at.isoformat(timespec="milliseconds"),
            "status": self.status,
            "etag": self.etag,
            "bytes": len(self.body),
        }


class Hub:
    """Answers calls to the hub of a site. `site` is its address, and `fetch` what answers there.

    While `alive` is not set it takes calls and never answers, as the worst of dead hubs do.
    """

    def __init__(self, site: str, fetch: Application) -> None:
        self._site, self._fetch = site, fetch
        self.alive = threading.Event()
        self.alive.set()
        self.told: deque[Ping] = deque(maxlen=KEPT)

    def __call__(self, request: Request) -> Response:
        if request.method != "POST":
            return text(405, "Method Not Allowed\n")
        if not self.alive.is_set():
            self.alive.wait(PATIENCE)
            return text(503, "The hub was dead.\n")
        called = {name: values[-1] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
        topic = called.get("hub.url", "")
        if called.get("hub.mode") != "publish" or not topic.startswith(f"{self._site}/"):
            return text(400, "This hub takes hub.mode=publish, with a hub.url of this site, and nothing else.\n")
        at = datetime.now(UTC)
        found = self._fetch(Request("GET", topic.removeprefix(self._site), [("Host", self._host)], b""))
        self.told.append(Ping(topic, at, found.status, found.header("ETag"), found.body))
        return Response(204)

    @property
    def _host(self) -> str:
        return self._site.partition("://")[2]
