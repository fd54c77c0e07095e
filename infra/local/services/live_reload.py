"""Reloads open pages of the site in the browser when the site has changed.

A page that a browser opens gets a script of this server, which waits for the next change. Everybody else, such as a
feed reader, a test or a script that fetches a part of a page, gets what is in the bucket.
"""

from __future__ import annotations

import math
import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs

from infra.local.waiting import wait_for
from infra.local.web import Application, Request, Response, text

PATH, SCRIPT = "/_local/changes", "/_local/reload.js"
HEARTBEAT = 30.0
"""Seconds until a browser asks again: it tells the server of closed pages by that."""

# A hidden page waits for nothing, since a browser has few connections to a host. Shown again, it asks what it missed.
_SCRIPT = f"""\
const version = document.currentScript.dataset.version;
// Browsers forget where a page was scrolled to when it reloads again before it is complete.
let scrolled = sessionStorage.getItem('reload-scrolled');
sessionStorage.removeItem('reload-scrolled');
addEventListener('load', () => {{
  if (scrolled) scrollTo({{ top: scrolled, behavior: 'instant' }});
  scrolled = null;
}});
let changes;
function wait() {{
  changes?.close();
  if (document.hidden) return;
  changes = new EventSource('{PATH}?after=' + version);
  changes.addEventListener('change', () => {{
    sessionStorage.setItem('reload-scrolled', scrolled ?? scrollY);
    location.reload();
  }});
}}
document.addEventListener('visibilitychange', wait);
addEventListener('pagehide', () => changes?.close());
addEventListener('pageshow', wait);
"""
_CONDITIONAL = {"if-none-match", "if-modified-since", "if-range", "range", "accept-encoding"}


class LiveReload:
    """The version of the site, and the pages that wait for the next one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._run, self._count = uuid.uuid4().hex, 0
        self._closed = False

    @property
    def version(self) -> str:
        """Another one after each change, and after a restart."""
        return f"{self._run}-{self._count}"

    def announce(self) -> None:
        """The site has changed: all open pages reload."""
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def follow(self, objects: Callable[[int], int], is_published: Callable[[], bool]) -> None:
        """Announce changes of the site until closed.

        `objects(n)` is the number of writes to buckets, once it is above n or after a while. What is written is
        announced when `is_published`, so that a page reloads once and with all that it loads.
        """
        threading.Thread(target=self._follow, args=(objects, is_published), name="live-reload", daemon=True).start()

    def _follow(self, objects: Callable[[int], int], is_published: Callable[[], bool]) -> None:
        try:
            seen = objects(-1)
            while not self._closed:
                if objects(seen) > seen:
                    wait_for(lambda: self._closed or is_published(), lambda: None, math.inf)
                    seen = objects(-1)
                    self.announce()
        except OSError:
            if not self._closed:  # otherwise the emulator ended while it was asked
                raise

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def __call__(self, request: Request) -> Response:
        """Responds to requests for PATH and SCRIPT."""
        if request.path == SCRIPT:
            return text(200, _SCRIPT, "text/javascript; charset=utf-8")
        [known] = parse_qs(request.query).get("after", [""])
        with self._changed:
            changed = self._changed.wait_for(lambda: self._closed or self.version != known, HEARTBEAT)
        event = "event: change\ndata: \n\n" if changed and not self._closed else ""
        return text(200, f"retry: 200\n\n{event}", "text/event-stream")

    def page(self, request: Request, site: Application) -> Response:
        """The site's response; with the script, if it is a page that a browser opens and that may run it.

        Browsers do not keep such a page: it names the version of the site that it shows.
        """
        if request.method != "GET" or request.header("Sec-Fetch-Dest") != "document":
            return site(request)
        version = self.version  # before the page is read: what changes meanwhile is reloaded
        plain = [header for header in request.headers if header[0].lower() not in _CONDITIONAL]
        response = site(replace(request, headers=plain))
        if not _may_wait(response):
            return response
        tag = f'<script src="{SCRIPT}" data-version="{version}" defer></script></head>'.encode()
        body = response.body.replace(b"</head>", tag, 1)
        for name in ("ETag", "Last-Modified", "Content-Length"):
            response.remove(name)
        response.set("Cache-Control", "no-store")
        return replace(response, body=body)


def _may_wait(response: Response) -> bool:
    """Whether this is HTML whose policy allows a script of the site, and requests to it."""
    if not (response.header("Content-Type") or "").startswith("text/html"):
        return False
    policy = response.header("Content-Security-Policy") or ""
    split = (directive.split() or [""] for directive in policy.split(";"))
    sources = {name: values for name, *values in split}
    default = sources.get("default-src", ["'self'"])
    return all("'self'" in sources.get(name, default) for name in ("script-src", "connect-src"))
