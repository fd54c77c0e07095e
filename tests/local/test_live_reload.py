"""Open pages reload when the site has changed, and only pages that a browser opens have the script for it."""

from __future__ import annotations

import re
import shutil
import threading
import time
from pathlib import Path

import pytest

from infra.local.deployment.local_deployment import LocalDeployment
from infra.local.services.live_reload import PATH, SCRIPT, LiveReload
from infra.local.web import Request, Response
from tests.local.conftest import EXAMPLE, Example
from tests.waiting import wait_for

HTML = [("Content-Type", "text/html; charset=utf-8"), ("ETag", '"1"'), ("Cache-Control", "max-age=60")]
OPENED = {"Sec-Fetch-Dest": "document", "If-None-Match": '"1"', "Accept-Encoding": "br"}


def asked(target: str, headers: dict[str, str] | None = None) -> Request:
    return Request("GET", target, [*(headers or {}).items()], b"")


def served(policy: str = "default-src 'none'; script-src 'self'; connect-src 'self'") -> Response:
    return Response(200, [*HTML, ("Content-Security-Policy", policy)], b"<head></head><p>News")


def version(page: Response) -> str:
    [found] = re.findall(rf'<script src="{SCRIPT}" data-version="([^"]+)" defer></script></head>', page.body.decode())
    return str(found)


def test_a_page_that_a_browser_opens_has_the_script_and_is_not_kept() -> None:
    seen: list[Request] = []

    def site(request: Request) -> Response:
        seen.append(request)
        return served()

    page = LiveReload().page(asked("/en/", OPENED), site)
    assert version(page)
    assert page.header("Content-Security-Policy") == served().header("Content-Security-Policy")
    assert (page.header("ETag"), page.header("Cache-Control")) == (None, "no-store")
    assert [name for name, _ in seen[0].headers] == ["Sec-Fetch-Dest"]


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Dest": "empty"}, {"Sec-Fetch-Dest": "image"}])
def test_nobody_else_gets_anything_but_the_sites_bytes(headers: dict[str, str]) -> None:
    assert LiveReload().page(asked("/en/", headers), lambda _: served()) == served()


@pytest.mark.parametrize(
    "policy", ["default-src 'none'; script-src 'self'", "script-src 'none'", "default-src https://other.example"]
)
def test_a_page_whose_policy_forbids_it_has_no_script(policy: str) -> None:
    assert LiveReload().page(asked("/en/", OPENED), lambda _: served(policy)) == served(policy)


def test_what_is_no_html_has_no_script() -> None:
    feed = Response(200, [("Content-Type", "application/rss+xml")], b"<head></head>")
    assert LiveReload().page(asked("/en/feed.xml", OPENED), lambda _: feed) == feed


def test_a_page_that_was_opened_before_a_change_reloads_at_once() -> None:
    reload = LiveReload()
    known = version(reload.page(asked("/", OPENED), lambda _: served()))
    reload.announce()
    response = reload(asked(f"{PATH}?after={known}"))
    assert response.header("Content-Type") == "text/event-stream"
    assert b"event: change" in response.body
    assert b"event: change" in reload(asked(f"{PATH}?after=of-another-run")).body


def test_an_open_page_waits_for_the_next_change() -> None:
    reload, answers = LiveReload(), list[Response]()
    waiting = threading.Thread(target=lambda: answers.append(reload(asked(f"{PATH}?after={reload.version}"))))
    waiting.start()
    assert not answers
    reload.announce()
    waiting.join()
    assert b"event: change" in answers[0].body


def test_a_change_is_announced_once_it_is_published() -> None:
    reload, written, published = LiveReload(), [0], threading.Event()

    def objects(after: int) -> int:
        while written[0] <= after:
            time.sleep(0.001)
        return written[0]

    before = reload.version
    reload.follow(objects, published.is_set)
    written[0] = 3
    time.sleep(0.05)
    assert reload.version == before
    published.set()
    reload(asked(f"{PATH}?after={before}"))  # ends with the announcement
    assert reload.version != before
    reload.close()
    written[0] += 1


def test_a_deployment_of_a_test_has_no_script(example: Example) -> None:
    example.put_page("open/index.html", b"<head></head><p>News")
    assert example.get("/open/", headers={"Sec-Fetch-Dest": "document"}).body == b"<head></head><p>News"


@pytest.mark.proof
def test_a_deployment_announces_what_is_written_and_new_code_that_writes_nothing(tmp_path: Path) -> None:
    code = tmp_path / "functions"
    shutil.copytree(EXAMPLE / "functions", code)
    with LocalDeployment(template_path=EXAMPLE / "template.yaml", code=code, live_reload=True) as stack:
        example = Example(stack, code, [])
        opened = {"Sec-Fetch-Dest": "document"}

        def shown() -> bytes:
            return example.get("/open/", headers=opened).body

        example.put_page("open/index.html", b"<head></head><p>News")
        wait_for(lambda: b"<p>News" in shown(), stack.progress)
        before = shown()
        example.put_page("other/index.html", b"<p>Other")
        wait_for(lambda: shown() != before, stack.progress)  # the version in the script
        before = shown()
        # TickFunction is not invoked, so it starts after the others: its error shows by itself.
        (code / "tick.py").write_text("def handler(:\n", "utf-8")
        wait_for(lambda: example.get("/_local/health").json["faults"], stack.progress)
        assert b"tick.py" in example.get("/_local/").body
        (code / "tick.py").write_text((EXAMPLE / "functions/tick.py").read_text("utf-8"), "utf-8")
        wait_for(lambda: shown() != before, stack.progress)
        assert example.get("/_local/health").status == 200
