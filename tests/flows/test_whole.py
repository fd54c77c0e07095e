"""The main job through its real doors: the command's client, HTTP, the local stack, and mail.

What a person does on the first day, done by a test.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import feedparser  # type: ignore[import-untyped]  # it has no types
import pytest
import urllib3

from broadsheet_cli.client import Client, connect
from broadsheet_cli.command import main
from broadsheet_cli.errors import Refused
from infra.local.deployment.stack import LocalDeployment

FEEDS = ("/en/feed.xml", "/en/feed.atom", "/en/feed.json")
ARTICLE = """\
---
edition: en
headline: Regatta moved to Sunday
section: sport
---
The *autumn regatta* sails a day later than planned.
"""


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalDeployment]:
    with LocalDeployment(port=0, sample=False) as running:
        yield running


@pytest.fixture
def client(stack: LocalDeployment) -> Iterator[Client]:
    with connect(stack.url) as connected:
        yield connected


http = urllib3.PoolManager(retries=False)


def get(stack: LocalDeployment, path: str, **headers: str) -> urllib3.BaseHTTPResponse:
    return http.request("GET", stack.url + path, headers=headers, redirect=False)


def eventually(check: Callable[[], object], seconds: float = 15) -> None:
    """The check holds within so many seconds: what a reader waits for after an editor's change."""
    until = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < until, f"still not so after {seconds} s"
        time.sleep(0.05)


def ids(stack: LocalDeployment, feed: str) -> list[str]:
    answer = get(stack, feed)
    if answer.status != 200:
        return []
    if feed.endswith("json"):
        return [item["id"] for item in json.loads(answer.data)["items"]]
    parsed = feedparser.parse(answer.data, response_headers={"content-type": answer.headers["content-type"]})
    assert parsed.bozo == 0, parsed.get("bozo_exception")
    return [entry.id for entry in parsed.entries]


def test_an_article_that_is_put_is_seen_and_one_that_is_withdrawn_is_gone(
    stack: LocalDeployment, tmp_path: Path
) -> None:
    file = tmp_path / "regatta.md"
    file.write_text(ARTICLE, encoding="utf-8")
    assert main(["--api", stack.url, "put", str(file)]) == 0
    # The very first article of a site comes with everything that its pages lead to, which takes longer.
    eventually(lambda: all(ids(stack, feed) == ["tag:courier.example,2025:regatta"] for feed in FEEDS))
    page = urlsplit(feedparser.parse(get(stack, "/en/feed.xml").data).entries[0].link).path
    assert re.fullmatch(r"/en/\d{4}/\d\d/\d\d/regatta-moved-to-sunday/", page)
    assert b"<em>autumn regatta</em>" in get(stack, page).data
    assert page.encode() in get(stack, "/en/").data

    assert main(["--api", stack.url, "withdraw", "regatta"]) == 0
    eventually(lambda: not any(ids(stack, feed) for feed in FEEDS))
    eventually(lambda: get(stack, page).status == 410)
    assert page.encode() not in get(stack, "/en/").data


def test_a_moved_article_is_found_by_its_old_address(stack: LocalDeployment, client: Client) -> None:
    """feeds#3"""
    article = json.loads(json.dumps(EXAMPLE))
    client.put("tram", article)
    old, new = "/en/2026/03/14/the-tram-turns-ten/", "/en/2026/03/14/الترام/"
    eventually(lambda: get(stack, old).status == 200)
    client.put("tram", article | {"slug": "الترام"})
    eventually(lambda: get(stack, old).status == 301)
    location = get(stack, old).headers["location"]
    assert location == "/en/2026/03/14/%D8%A7%D9%84%D8%AA%D8%B1%D8%A7%D9%85/"
    assert get(stack, location).status == 200
    assert get(stack, new).status == 200
    stack.settle()


EXAMPLE = {
    "edition": "en",
    "headline": "The tram turns ten",
    "body": {"format": "markdown", "text": "Ten years on rails."},
    "section": "city",
    "published_at": "2026-03-14T10:00:00+02:00",
}


def test_an_unsigned_change_is_forbidden(stack: LocalDeployment) -> None:
    refused = http.request(
        "PUT", f"{stack.url}/api/articles/x", body=b"{}", headers={"Content-Type": "application/json"}
    )
    assert refused.status == 403


def test_a_stale_revision_is_refused(client: Client) -> None:
    client.put("stale", EXAMPLE | {"headline": "One"})
    client.put("stale", EXAMPLE | {"headline": "Two"})
    with pytest.raises(Refused) as refused:
        client.put("stale", EXAMPLE | {"headline": "Three"}, if_match="1")
    assert refused.value.problem.status == 412


def put_due(client: Client, id: str, seconds: float) -> None:
    """An article whose time comes in so many seconds."""
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
    client.put(id, EXAMPLE | {"headline": f"At its time, {id}", "published_at": at})


def test_a_scheduled_article_publishes_itself_when_the_schedule_finds_it_due(
    stack: LocalDeployment, client: Client
) -> None:
    """feeds#6"""
    put_due(client, "scheduled", 2)
    stack.fire("ScheduleFunction")
    stack.settle()
    assert "tag:courier.example,2025:scheduled" not in ids(stack, "/en/feed.xml")
    time.sleep(2)
    stack.fire("ScheduleFunction")
    eventually(lambda: "tag:courier.example,2025:scheduled" in ids(stack, "/en/feed.xml"))


@pytest.mark.proof
def test_a_scheduled_article_publishes_itself_within_a_minute(stack: LocalDeployment, client: Client) -> None:
    put_due(client, "left-alone", 3)
    eventually(lambda: "tag:courier.example,2025:left-alone" in ids(stack, "/en/feed.xml"), seconds=3 + 60 + 3)


def test_a_reader_signs_up_confirms_and_leaves(stack: LocalDeployment) -> None:
    """newsletter#1, newsletter#16, newsletter#22"""
    api = f"{stack.url}/api/subscriptions"
    loaded = http.request("GET", f"{api}/form", headers={"Accept": "application/json"}).json()
    time.sleep(loaded["wait_seconds"])
    form = {"email": "reader@example.org", "edition": "ar", "form_token": loaded["form_token"]}
    answer = http.request("POST", api, fields=form, encode_multipart=False)
    assert answer.status == 202
    stack.settle()
    [mail] = stack.outbox()
    confirm, unsubscribe = (
        next(link for link in mail.links if f"/{what}?" in link) for what in ("confirm", "unsubscribe")
    )
    for link, done in ((confirm, "confirmed"), (unsubscribe, "unsubscribed")):
        assert http.request("GET", link).status == 200
        for _ in range(2):
            answer = http.request("POST", link, headers={"Accept": "application/json"})
            assert (answer.status, answer.json()["status"]) == (200, done)
        stack.settle()
    assert [mail.header("Content-Language") for mail in stack.outbox()] == ["ar"] * 3  # a welcome and a farewell
