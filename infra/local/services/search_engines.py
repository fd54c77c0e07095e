"""The search engines behind IndexNow: check a submission as they do, and fetch each page at once."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from infra.local.web import Application, Request, Response, text

PATH = "/_local/indexnow"
KEY = "local-search-engines"
"""The key of the local deployment's submissions."""
MAX_SUBMISSIONS = 500
"""Submissions that are kept."""


@dataclass(frozen=True)
class Submission:
    """A submission, with the status of each page's response by the page's URL."""

    at: datetime
    pages: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        return {"at": self.at.isoformat(timespec="milliseconds"), "pages": dict(self.pages)}


class SearchEngines:
    """Responds to submissions. `site` is the URL of the site, and `fetch` the application that serves it.

    While `status` is not 200, the search engines respond with it, and with `retry_after` where it is set.
    """

    def __init__(self, site: str, fetch: Application) -> None:
        self._site, self._fetch = site, fetch
        self.status, self.retry_after = 200, 0
        self.refused: list[int] = []
        """The statuses of responses that accepted nothing."""
        self.submissions: deque[Submission] = deque(maxlen=MAX_SUBMISSIONS)

    def __call__(self, request: Request) -> Response:
        if request.method != "POST":
            return text(405, "Method Not Allowed\n")
        status = self.status if self.status != 200 else self._checked(request.body)
        if status != 200:
            self.refused.append(status)
            headers = [("Retry-After", str(self.retry_after))] if self.retry_after else []
            return Response(status, headers)
        at, urls = datetime.now(UTC), json.loads(request.body)["urlList"]
        self.submissions.append(Submission(at, {url: self._get(url).status for url in urls}))
        return Response(200)

    def _checked(self, body: bytes) -> int:
        """The status of the response to a submission: 200, or why it is refused."""
        try:
            sent = json.loads(body)
            host, key, location, urls = (sent[name] for name in ("host", "key", "keyLocation", "urlList"))
        except (ValueError, TypeError, KeyError):
            return 400
        if not isinstance(urls, list):
            return 400
        if host != self._host or not all(url.startswith(f"{self._site}/") for url in (location, *urls)):
            return 422
        file = self._get(location)
        return 200 if (file.status, file.body.decode().strip()) == (200, key) else 403

    def _get(self, url: str) -> Response:
        path = url.removeprefix(self._site)
        return self._fetch(Request("GET", path, [("Host", self._host)], b""))

    @property
    def _host(self) -> str:
        return self._site.partition("://")[2]
