"""Puts what a headless CMS publishes on a Broadsheet site, and withdraws what it unpublishes. Python 3.11, no packages.

The CMS calls this server with an entry as JSON, and with the HMAC-SHA256 of the body in `X-Webhook-Signature`:

    {"event": "entry.publish",
     "entry": {"id": "42", "locale": "en", "title": "…", "section": "city", "html": "<p>…</p>"}}

The events are entry.publish, entry.update, entry.unpublish and entry.delete. The server answers 204 once the site has
the change, 422 where the site refuses it, and 503 where the CMS should send it again, after the seconds in
`Retry-After` if the site says so. Every call is idempotent, so it may.

BROADSHEET_API is the API's URL, BROADSHEET_KEY a key with the scopes `put` and `withdraw`, WEBHOOK_SECRET what the CMS
signs with. The server listens on this machine alone, at PORT (8090): put a proxy with TLS before it.
"""

import hmac
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

API = os.environ["BROADSHEET_API"].rstrip("/") + "/bearer/api/articles/"
KEY, SECRET = os.environ["BROADSHEET_KEY"], os.environ["WEBHOOK_SECRET"].encode()
LARGEST = 5_000_000  # bytes
# A publish revives what was withdrawn. An update that comes late does not.
PUT = {"entry.publish": "?revive=true", "entry.update": "?revive=false"}
WITHDRAW = {"entry.unpublish", "entry.delete"}
# There is no article to withdraw; or it was withdrawn before this update came: nothing is left to do.
DONE = {("DELETE", 404), ("PUT", 410)}


def article_of(entry):
    """The entry in the fields of docs/articles-api.md. Change this for your CMS."""
    return {
        "edition": entry["locale"],
        "section": entry["section"],
        "headline": entry["title"],
        "summary": entry.get("summary", ""),
        "body": {"format": "html", "text": entry["html"]},
        "tags": entry.get("tags", []),
        "authors": entry.get("authors", []),
    }


def send(method, id, query="", fields=None):
    """Call the site. Returns the status for the CMS, why, and when it may send again, if the site says so."""
    body = None if fields is None else json.dumps(fields).encode()
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    request = Request(API + quote(f"cms-{id}", safe="") + query, body, headers, method=method)
    try:
        urlopen(request, timeout=30).close()
    except HTTPError as refused:
        if (method, refused.code) in DONE:
            return 204, "", None
        again = refused.code >= 500 or refused.code == 429
        return 503 if again else 422, refused.read().decode(), refused.headers["Retry-After"] if again else None
    except OSError as error:  # no connection, or no answer in time
        return 503, str(error), None
    return 204, "", None


def handle(body):
    """Do what the webhook asks for."""
    try:
        sent = json.loads(body)
        event, entry = sent["event"], sent["entry"]
        if event in PUT:
            return send("PUT", entry["id"], PUT[event], article_of(entry))
        return send("DELETE", entry["id"]) if event in WITHDRAW else (204, "", None)
    except (ValueError, KeyError, TypeError) as error:
        return 422, f"the entry cannot be read: {error!r}", None


class Webhook(BaseHTTPRequestHandler):
    timeout = 30  # seconds that a client may be silent

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LARGEST:
            return self.answer(413, "")
        body = self.rfile.read(int(length))
        expected = "sha256=" + hmac.digest(SECRET, body, "sha256").hex()
        if not hmac.compare_digest(self.headers.get("X-Webhook-Signature", "").encode(), expected.encode()):
            return self.answer(401, "")
        return self.answer(*handle(body))

    def answer(self, status, why, retry_after=None):
        self.send_response(status)
        if retry_after:
            self.send_header("Retry-After", retry_after)
        self.send_header("Content-Length", str(len(why.encode())))
        self.end_headers()
        self.wfile.write(why.encode())
        if why:
            self.log_message("%s", why)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8090"))), Webhook)
    print(f"Webhooks go to http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()
