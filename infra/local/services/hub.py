"""A WebSub hub: receives pings about changed feeds, and fetches each feed at once, as hubs do."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from infra.local.web import Application, Request, Response, text

PATH = "/_local/hub"
MAX_PINGS = 500
"""Pings that are kept."""
DEAD_TIMEOUT = 60.0
"""Seconds after which a call to a dead hub ends, if the client does not time out before."""


@dataclass(frozen=True)
class Ping:
    """A ping of the hub about a feed, and the response of the feed to the hub."""

    topic: str
    at: datetime
    status: int
    etag: str | None
    body: bytes = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        return {
            "topic": self.topic,
            "at": self.at.isoformat(timespec="milliseconds"),
            "status": self.status,
            "etag": self.etag,
            "bytes": len(self.body),
        }


class Hub:
    """Responds to calls of the hub. `site` is the URL of the site, and `fetch` the application that serves it.

    While `alive` is not set, the hub accepts calls and does not respond.
    """

    def __init__(self, site: str, fetch: Application) -> None:
        self._site, self._fetch = site, fetch
        self.alive = threading.Event()
        self.alive.set()
        self.pings: deque[Ping] = deque(maxlen=MAX_PINGS)

    def __call__(self, request: Request) -> Response:
        if request.method != "POST":
            return text(405, "Method Not Allowed\n")
        if not self.alive.is_set():
            self.alive.wait(DEAD_TIMEOUT)
            return text(503, "The hub was dead.\n")
        form = {name: values[-1] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
        topic = form.get("hub.url", "")
        if form.get("hub.mode") != "publish" or not topic.startswith(f"{self._site}/"):
            return text(400, "This hub accepts only hub.mode=publish with a hub.url of this site.\n")
        at = datetime.now(UTC)
        response = self._fetch(Request("GET", topic.removeprefix(self._site), [("Host", self._host)], b""))
        self.pings.append(Ping(topic, at, response.status, response.header("ETag"), response.body))
        return Response(204)

    @property
    def _host(self) -> str:
        return self._site.partition("://")[2]
