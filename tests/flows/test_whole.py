"""The main flows through the public interfaces: the command, HTTP, the local deployment and mail."""

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import feedparser  # type: ignore[import-untyped]  # it has no types
import pytest
import urllib3

from broadsheet.services.subscriptions import MIN_FORM_AGE
from broadsheet_cli.client import Client, connect
from broadsheet_cli.command import main
from broadsheet_cli.errors import Refused
from infra.local.deployment.local_deployment import LocalDeployment
from infra.local.services.outbox import Mail
from tests.waiting import wait_for

FEEDS = ("/en/feed.xml", "/en/feed.atom", "/en/feed.json")
REGATTA = "tag:courier.example,2025:regatta"
ARTICLE = """\
---
edition: en
headline: Regatta moved to Sunday
section: sport
---
The *autumn regatta* sails a day later than planned.
"""


@pytest.fixture
def client(local_deployment: LocalDeployment) -> Iterator[Client]:
    with connect(local_deployment.url) as connected:
        yield connected


http = urllib3.PoolManager(retries=False)


def get(local_deployment: LocalDeployment, path: str, **headers: str) -> urllib3.BaseHTTPResponse:
    return http.request("GET", local_deployment.url + path, headers=headers, redirect=False)


def eventually(local_deployment: LocalDeployment, condition: Callable[[], object]) -> None:
    """Wait for what readers see after an editor's change, as long as the deployment makes progress."""
    wait_for(condition, local_deployment.progress)


def ids(local_deployment: LocalDeployment, feed: str) -> list[str]:
    answer = get(local_deployment, feed)
    if answer.status != 200:
        return []
    if feed.endswith("json"):
        return [item["id"] for item in json.loads(answer.data)["items"]]
    parsed = feedparser.parse(answer.data, response_headers={"content-type": answer.headers["content-type"]})
    assert parsed.bozo == 0, parsed.get("bozo_exception")
    return [entry.id for entry in parsed.entries]


def test_an_article_that_is_put_is_shown_and_one_that_is_withdrawn_is_gone(
    local_deployment: LocalDeployment, tmp_path: Path
) -> None:
    file = tmp_path / "regatta.md"
    file.write_text(ARTICLE, encoding="utf-8")
    assert main(["--api", local_deployment.url, "put", str(file)]) == 0
    eventually(local_deployment, lambda: all(REGATTA in ids(local_deployment, feed) for feed in FEEDS))
    entries = feedparser.parse(get(local_deployment, "/en/feed.xml").data).entries
    page = urlsplit(next(entry.link for entry in entries if entry.id == REGATTA)).path
    assert re.fullmatch(r"/en/\d{4}/\d\d/\d\d/regatta-moved-to-sunday/", page)
    assert b"<em>autumn regatta</em>" in get(local_deployment, page).data
    assert page.encode() in get(local_deployment, "/en/").data

    assert main(["--api", local_deployment.url, "withdraw", "regatta"]) == 0
    eventually(local_deployment, lambda: not any(REGATTA in ids(local_deployment, feed) for feed in FEEDS))
    eventually(local_deployment, lambda: get(local_deployment, page).status == 410)
    assert page.encode() not in get(local_deployment, "/en/").data


def test_an_article_that_moved_is_found_by_its_old_path(local_deployment: LocalDeployment, client: Client) -> None:
    """feeds#3"""
    article = EXAMPLE | {"headline": "The tram moves"}
    client.put("moved", article)
    old, new = "/en/2026/03/14/the-tram-moves/", "/en/2026/03/14/الترام/"
    eventually(local_deployment, lambda: get(local_deployment, old).status == 200)
    client.put("moved", article | {"slug": "الترام"})
    eventually(local_deployment, lambda: get(local_deployment, old).status == 301)
    location = get(local_deployment, old).headers["location"]
    assert location == "/en/2026/03/14/%D8%A7%D9%84%D8%AA%D8%B1%D8%A7%D9%85/"
    assert get(local_deployment, location).status == 200
    assert get(local_deployment, new).status == 200
    local_deployment.settle()


EXAMPLE = {
    "edition": "en",
    "headline": "The tram turns ten",
    "body": {"format": "markdown", "text": "Ten years on rails."},
    "section": "city",
    "published_at": "2026-03-14T10:00:00+02:00",
}


def test_an_unsigned_change_is_forbidden(local_deployment: LocalDeployment) -> None:
    refused = http.request(
        "PUT", f"{local_deployment.url}/api/articles/x", body=b"{}", headers={"Content-Type": "application/json"}
    )
    assert refused.status == 403


def test_a_stale_revision_is_refused(client: Client) -> None:
    client.put("stale", EXAMPLE | {"headline": "One"})
    client.put("stale", EXAMPLE | {"headline": "Two"})
    with pytest.raises(Refused) as refused:
        client.put("stale", EXAMPLE | {"headline": "Three"}, if_match="1")
    assert refused.value.problem.status == 412


def put_due(client: Client, id: str, seconds: float) -> float:
    """Put an article that is due in so many seconds; gives the time when it is."""
    due = int(time.time() + seconds) + 1
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(due))
    client.put(id, EXAMPLE | {"headline": f"At its time, {id}", "published_at": at})
    return due


def test_a_scheduled_article_publishes_itself_when_the_schedule_finds_it_due(
    local_deployment: LocalDeployment, client: Client
) -> None:
    """feeds#6"""

    def published() -> bool:
        return "tag:courier.example,2025:scheduled" in ids(local_deployment, "/en/feed.xml")

    for seconds in (2, 8, 32, 128):  # a slow machine may not get as far as the assertion before the article is due
        due = put_due(client, "scheduled", seconds)
        local_deployment.fire("ScheduleFunction")
        local_deployment.settle()
        early = published()
        if time.time() < due:
            break
    assert not early
    time.sleep(max(0.0, due - time.time()))
    local_deployment.fire("ScheduleFunction")
    eventually(local_deployment, published)


@pytest.mark.proof
def test_a_scheduled_article_publishes_itself_within_a_minute(
    local_deployment: LocalDeployment, client: Client
) -> None:
    """The schedule fires every minute, and a wait stalls after two."""
    put_due(client, "left-alone", 3)
    eventually(local_deployment, lambda: "tag:courier.example,2025:left-alone" in ids(local_deployment, "/en/feed.xml"))


def test_a_reader_signs_up_confirms_and_unsubscribes(local_deployment: LocalDeployment) -> None:
    """newsletter#1, newsletter#16, newsletter#22"""
    api, email = f"{local_deployment.url}/api/subscriptions", "whole@example.org"

    def mails() -> list[Mail]:
        local_deployment.settle()
        return [mail for mail in local_deployment.outbox() if email in mail.recipients]

    stamped = http.request("GET", f"{api}/form", headers={"Accept": "application/json"}).json()
    time.sleep(stamped["wait_seconds"])
    form = {"email": email, "edition": "ar", "form_token": stamped["form_token"]}
    answer = http.request("POST", api, fields=form, encode_multipart=False)
    assert answer.status == 202
    [mail] = mails()
    purposes = ("confirm", "unsubscribe")
    confirm, unsubscribe = (next(link for link in mail.links if f"/{purpose}?" in link) for purpose in purposes)
    for link, done in ((confirm, "confirmed"), (unsubscribe, "unsubscribed")):
        assert http.request("GET", link).status == 200
        for _ in range(2):
            answer = http.request("POST", link, headers={"Accept": "application/json"})
            assert (answer.status, answer.json()["status"]) == (200, done)
        local_deployment.settle()
    assert [mail.header("Content-Language") for mail in mails()] == ["ar"] * 3  # a welcome and a farewell


def test_a_subscriber_of_another_system_gets_links_by_the_form_on_a_damaged_links_page(
    client: Client, local_deployment: LocalDeployment
) -> None:
    """newsletter#21, newsletter#22: the one with the links of the import is cut."""
    api, email = f"{local_deployment.url}/api/subscriptions", "imported@example.org"
    row = {"email": email, "status": "subscribed", "consented_at": "2024-05-06T07:08:09Z", "edition": "en"}
    assert client.import_subscribers([row], source="our former newsletter") == [{"result": "added", "mail": True}]
    local_deployment.settle()
    [first] = [mail for mail in local_deployment.outbox() if email in mail.recipients]
    assert "our former newsletter" in first.text
    page = http.request("GET", f"{api}/unsubscribe?edition=en&token=cut", headers={"Accept": "text/html"})
    assert page.status == 400
    action, token = re.findall(r'action="([^"]+)"|name="form_token" value="([^"]+)"', page.data.decode())
    time.sleep(MIN_FORM_AGE.seconds + 1)
    form = {"email": email, "edition": "en", "form_token": token[1]}
    assert http.request("POST", local_deployment.url + action[0], fields=form, encode_multipart=False).status == 202
    local_deployment.settle()
    _, mail = [mail for mail in local_deployment.outbox() if email in mail.recipients]
    [preferences, unsubscribe] = [link for link in mail.links if "token=" in link]
    assert http.request("GET", preferences).status == 200
    done = http.request("POST", unsubscribe, headers={"Accept": "application/json"})
    assert (done.status, done.json()) == (200, {"status": "unsubscribed"})
