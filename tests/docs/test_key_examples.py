"""The examples of docs/keys.md, by a key that the command makes: Python, JavaScript, and the webhook of a CMS."""

import hmac
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import urllib3

from broadsheet_cli.client import connect
from broadsheet_cli.command import main
from infra.local.deployment.local_deployment import LocalDeployment
from tests.docs.blocks import ROOT, blocks
from tests.waiting import wait_for

EXAMPLE = ROOT / "docs" / "examples" / "cms_webhook.py"
SECRET = "change-me"  # noqa: S105  of this test
ENTRY: dict[str, Any] = {
    "id": "noon",
    "locale": "en",
    "title": "Noon bell rings again",
    "section": "city",
    "html": "<p>At <em>noon</em>.</p>",
}
http = urllib3.PoolManager(retries=False)


@pytest.fixture
def key(local_deployment: LocalDeployment, capsys: pytest.CaptureFixture[str]) -> Iterator[str]:
    """The secret of a key for English, which is revoked after the test."""
    api = ["--api", local_deployment.url]
    scopes = ["--scope", "read", "--scope", "put", "--scope", "withdraw"]
    assert main(["keys", "create", "example-desk", *scopes, "--edition", "en", *api]) == 0
    yield capsys.readouterr().out.strip()
    assert main(["keys", "revoke", "example-desk", *api]) == 0


def printed(language: str, deployment: LocalDeployment, key: str, *command: str) -> str:
    [found] = [block.text for block in blocks(ROOT / "docs" / "keys.md") if block.language == language]
    script = found.replace("http://127.0.0.1:8080", deployment.url)
    environment = os.environ | {"BROADSHEET_KEY": key}
    done = subprocess.run([*command, script], env=environment, capture_output=True, text=True, check=False)  # noqa: S603  our own documents
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_example_in_python_works(local_deployment: LocalDeployment, key: str) -> None:
    assert printed("python", local_deployment, key, sys.executable, "-c") == "created key:example-desk withdrawn"


@pytest.mark.proof
def test_the_example_in_javascript_works(local_deployment: LocalDeployment, key: str) -> None:
    command = ("node", "--input-type=module", "--eval")
    assert printed("js", local_deployment, key, *command) == "created key:example-desk withdrawn"


# ── The webhook of a CMS ──────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def receiver(api: str, key: str) -> Iterator[str]:
    """The example, running; its URL."""
    settings = {"BROADSHEET_API": api, "BROADSHEET_KEY": key, "WEBHOOK_SECRET": SECRET, "PORT": "0"}
    with subprocess.Popen(  # noqa: S603  our own interpreter and code
        [sys.executable, EXAMPLE],
        env=os.environ | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as running:
        try:
            assert running.stdout
            yield running.stdout.readline().split()[-1]
        finally:
            running.terminate()


def tell(url: str, event: str, secret: str = SECRET, **changed: object) -> tuple[int, str]:
    """Send a webhook, signed, and return the answer's status and body."""
    answer = send(url, event, secret, **changed)
    return answer.status, answer.data.decode()


def send(url: str, event: str, secret: str = SECRET, **changed: object) -> urllib3.BaseHTTPResponse:
    """Send a webhook, signed."""
    body = json.dumps({"event": event, "entry": ENTRY | changed}).encode()
    signature = hmac.digest(secret.encode(), body, "sha256").hex()
    return http.request("POST", url, body=body, headers={"X-Webhook-Signature": f"sha256={signature}"})


def page(deployment: LocalDeployment) -> int:
    [article] = listed(deployment)
    return http.request("GET", article["url"], redirect=False).status


def listed(deployment: LocalDeployment) -> list[dict[str, Any]]:
    with connect(deployment.url) as client:
        found = client.list(status="draft,scheduled,published,withdrawn", edition="en")
        return [dict(each) for each in found if each["id"] == "cms-noon"]


def test_what_a_cms_publishes_appears_and_what_it_unpublishes_goes(local_deployment: LocalDeployment, key: str) -> None:
    with receiver(local_deployment.url, key) as url:
        assert tell(url, "entry.unpublish") == (204, "")  # of an entry that was never published
        assert tell(url, "entry.publish") == tell(url, "entry.publish") == (204, "")
        [article] = listed(local_deployment)
        assert (article["revision"], article["updated_by"]) == (1, "key:example-desk")
        wait_for(lambda: page(local_deployment) == 200, local_deployment.progress)
        assert tell(url, "entry.update", title="Noon bell is silent")[0] == 204
        assert tell(url, "entry.delete") == (204, "")
        wait_for(lambda: page(local_deployment) == 410, local_deployment.progress)
        assert tell(url, "entry.update") == (204, "")  # it comes late, and revives nothing
        assert listed(local_deployment)[0]["status"] == "withdrawn"
        assert tell(url, "entry.publish") == (204, "")
        wait_for(lambda: page(local_deployment) == 200, local_deployment.progress)
        assert tell(url, "entry.unpublish") == (204, "")


def test_a_webhook_that_is_not_signed_or_that_the_site_refuses_changes_nothing(
    local_deployment: LocalDeployment, key: str
) -> None:
    before = listed(local_deployment)
    with receiver(local_deployment.url, key) as url:
        assert tell(url, "entry.publish", "guessed") == (401, "")
        assert http.request("POST", url, body=b"{}").status == 401
        status, why = tell(url, "entry.publish", locale="ar", section="city")
        assert (status, json.loads(why)["type"]) == (422, "urn:problem-type:broadsheet:edition-refused")
        assert tell(url, "entry.publish", section="nowhere")[0] == 422
        assert tell(url, "entry.publish", html=None)[0] == 422
        assert tell(url, "entry.seen") == (204, "")
    assert listed(local_deployment) == before


@pytest.mark.parametrize(("status", "retry_after"), [(503, "1"), (429, "1800"), (500, None)])
def test_the_cms_learns_when_it_may_send_again(status: int, retry_after: str | None) -> None:
    class Site(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            if retry_after:
                self.send_header("Retry-After", retry_after)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    site = HTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=site.handle_request)
    thread.start()
    with receiver(f"http://127.0.0.1:{site.server_port}", "none") as url:
        answer = send(url, "entry.publish")
    thread.join()
    site.server_close()
    assert (answer.status, answer.headers.get("Retry-After")) == (503, retry_after)


def test_a_site_that_does_not_answer_has_the_cms_send_again() -> None:
    with receiver("http://127.0.0.1:9", "none") as url:
        assert tell(url, "entry.publish")[0] == 503
