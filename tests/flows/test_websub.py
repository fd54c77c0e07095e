"""WebSub: the pings of an editor's changes, and a hub that fetches each feed it is pinged about."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import urllib3

from broadsheet_cli.client import Client, connect
from infra.local.deployment.local_deployment import LocalDeployment
from infra.local.services.hub import Ping
from tests.flows import queues
from tests.waiting import wait_for

EXAMPLE = {
    "edition": "en",
    "headline": "The night tram turns ten",
    "body": {"format": "markdown", "text": "Ten years on rails."},
    "section": "city",
    "tags": ["trams", "ترام"],
    "authors": ["Lina Haddad"],
    "published_at": "2026-03-14T10:00:00+02:00",
}
PAGE = "/en/2026/03/14/"
FEED = re.compile(r"(.*/)?feed\.(xml|atom|json)")

http = urllib3.PoolManager(retries=False)


@pytest.fixture(scope="module")
def stack(local_deployment: LocalDeployment) -> LocalDeployment:
    """The local deployment, with an article."""
    with connect(local_deployment.url) as client:
        client.put("websub-first", EXAMPLE | {"headline": "The first"})
    local_deployment.settle()
    return local_deployment


@pytest.fixture
def client(stack: LocalDeployment) -> Iterator[Client]:
    with connect(stack.url) as connected:
        yield connected


@pytest.fixture
def short_retries(stack: LocalDeployment) -> Iterator[None]:
    """A failed message comes again after seconds, not minutes: once a call to a dead hub has timed out."""
    with queues.changed(stack, "WebSubQueue", "VisibilityTimeout", "8"):
        yield
        stack.hub.alive.set()


def get(stack: LocalDeployment, path: str) -> urllib3.BaseHTTPResponse:
    return http.request("GET", stack.url + path, redirect=False)


def eventually(stack: LocalDeployment, condition: Callable[[], object]) -> None:
    """Wait as long as the deployment makes progress. A failed call to a dead hub counts as progress here."""
    wait_for(condition, lambda: (stack.progress(), len(failures(stack))))


def feeds(stack: LocalDeployment) -> dict[str, str]:
    """The ETag of every feed on the site, by its URL."""
    pages = stack.clients.s3.get_paginator("list_objects_v2").paginate(Bucket=stack.site_bucket)
    listed = [each for page in pages for each in page["Contents"]]
    return {f"{stack.url}/{_encoded(one['Key'])}": one["ETag"] for one in listed if FEED.fullmatch(one["Key"])}


def _encoded(key: str) -> str:
    return key.encode().decode("latin-1").translate({code: f"%{code:02X}" for code in range(128, 256)})


def all_pings(stack: LocalDeployment, since: int = 0) -> list[Ping]:
    """The pings that the hub got, without the first `since` of them, once no more can come."""
    stack.settle()
    eventually(stack, lambda: queues.depth(stack, "WebSubQueue") == 0)
    stack.settle()
    return stack.pings()[since:]


@pytest.mark.proof
def test_the_hub_is_pinged_once_about_each_changed_feed_and_finds_the_article_there(
    stack: LocalDeployment, client: Client
) -> None:
    since = len(all_pings(stack))
    client.put("websub-tram", EXAMPLE)
    eventually(stack, lambda: any(b"The night tram turns ten" in ping.body for ping in stack.pings()))
    pings = all_pings(stack, since)
    with_it = {
        topic: tag for topic, tag in feeds(stack).items() if b"The night tram" in http.request("GET", topic).data
    }
    assert {ping.topic: ping.etag for ping in pings} == with_it
    assert all(b"The night tram turns ten" in ping.body for ping in pings)
    assert len(pings) == len(with_it)
    assert {f"{stack.url}{path}" for path in ("/en/feed.xml", "/feed.json", "/en/section/city/feed.atom")} < set(
        with_it
    )
    assert f"{stack.url}/en/tag/%D8%AA%D8%B1%D8%A7%D9%85/feed.xml" in with_it


@pytest.mark.proof
def test_a_burst_of_changes_causes_one_ping_for_each_state_of_a_feed(stack: LocalDeployment, client: Client) -> None:
    before, since = feeds(stack), len(all_pings(stack))
    for number in range(5):
        client.put(f"burst-{number}", EXAMPLE | {"headline": f"Burst {number}"})
    pings = all_pings(stack, since)
    changed = {topic: tag for topic, tag in feeds(stack).items() if before.get(topic) != tag}
    assert f"{stack.url}/en/feed.xml" in changed
    assert {ping.topic: ping.etag for ping in pings} == changed  # the last of each found what stands there now
    assert max(Counter((ping.topic, ping.etag) for ping in pings).values()) == 1


def test_an_unchanged_article_causes_no_ping(stack: LocalDeployment, client: Client) -> None:
    client.put("websub-tram", EXAMPLE)
    since = len(all_pings(stack))
    client.put("websub-tram", EXAMPLE)
    assert all_pings(stack, since) == []


@pytest.mark.proof
@pytest.mark.usefixtures("short_retries")
def test_a_dead_hub_delays_no_publication_and_is_pinged_when_it_is_back(stack: LocalDeployment, client: Client) -> None:
    """feeds#39"""
    since, failed, begun = len(all_pings(stack)), len(failures(stack)), datetime.now(UTC)
    stack.hub.alive.clear()
    client.put("websub-boats", EXAMPLE | {"headline": "Night boats return"})
    eventually(stack, lambda: b"Night boats return" in get(stack, "/en/feed.xml").data)
    assert get(stack, f"{PAGE}night-boats-return/").status == 200
    hub = f"{stack.url}/_local/hub"
    for ending in ("xml", "atom", "json"):
        feed = get(stack, f"/en/feed.{ending}")
        assert f'<{hub}>; rel="hub"' in feed.headers["link"]
        assert hub.encode() in feed.data

    eventually(stack, lambda: len(failures(stack)) > failed)
    runs = [(run.function, bool(run.reported)) for run in stack.invocations if run.at >= begun]
    assert runs.index(("PublishFunction", False)) < runs.index(("WebSubFunction", True))  # which waits for the hub
    client.put("meanwhile", EXAMPLE | {"headline": "Meanwhile"})
    eventually(stack, lambda: b"Meanwhile" in get(stack, "/en/feed.xml").data)
    assert stack.pings()[since:] == []
    stack.hub.alive.set()
    eventually(stack, lambda: any(b"Night boats return" in ping.body for ping in stack.pings()[since:]))
    pings = {ping.topic: ping.etag for ping in all_pings(stack, since)}
    assert pings.items() <= feeds(stack).items()
    assert f"{stack.url}/en/feed.xml" in pings

    client.put("after", EXAMPLE | {"headline": "After all"})
    eventually(stack, lambda: any(b"After all" in ping.body for ping in stack.pings()[since:]))


@pytest.mark.proof
@pytest.mark.usefixtures("short_retries")
def test_a_ping_that_a_dead_hub_never_takes_becomes_a_dead_letter(stack: LocalDeployment, client: Client) -> None:
    all_pings(stack)
    stack.hub.alive.clear()
    client.put("gulls", EXAMPLE | {"headline": "Gulls"})
    eventually(stack, lambda: get(stack, f"{PAGE}gulls/").status == 200)
    before = len(failures(stack))
    eventually(stack, lambda: queues.depth(stack, "WebSubDeadLetters") == 1)
    assert queues.depth(stack, "WebSubQueue") == 0
    assert len(failures(stack)) - before == 5


def failures(stack: LocalDeployment) -> list[str]:
    """The ids of the invocations that reported failed messages."""
    runs = [run for run in stack.invocations if run.function == "WebSubFunction"]
    return [run.id for run in runs if run.reported]
