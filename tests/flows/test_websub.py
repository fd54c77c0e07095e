"""What a WebSub hub hears of an editor's changes: the real stack, and a hub that fetches what it is told of."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import urllib3

from broadsheet_cli.client import Client, connect
from infra.local.deployment.stack import LocalDeployment
from infra.local.services.hub import Ping

EXAMPLE = {
    "edition": "en",
    "headline": "The tram turns ten",
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
def stack() -> Iterator[LocalDeployment]:
    with LocalDeployment(port=0, sample=False) as running:
        with connect(running.url) as client:
            client.put("first", EXAMPLE | {"headline": "The first, which brings all that a site stands on"})
        running.settle(60)
        yield running


@pytest.fixture
def client(stack: LocalDeployment) -> Iterator[Client]:
    with connect(stack.url) as connected:
        yield connected


@pytest.fixture
def hasty(stack: LocalDeployment) -> Iterator[None]:
    """A failed message comes again after seconds, not minutes: as soon as a call to a dead hub is surely over."""
    queue = stack.deployment.name("WebSubQueue")
    names: Any = ["VisibilityTimeout"]
    usual = stack.cloud.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    stack.cloud.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "8"})
    yield
    stack.hub.alive.set()
    stack.cloud.sqs.set_queue_attributes(QueueUrl=queue, Attributes=usual)


def get(stack: LocalDeployment, path: str) -> urllib3.BaseHTTPResponse:
    return http.request("GET", stack.url + path, redirect=False)


def eventually(check: Callable[[], object], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < until, f"still not so after {seconds} s"
        time.sleep(0.05)


def feeds(stack: LocalDeployment) -> dict[str, str]:
    """The tag of every feed on the site, by its address."""
    listed = stack.cloud.s3.list_objects_v2(Bucket=stack.site_bucket)["Contents"]
    return {f"{stack.url}/{_encoded(one['Key'])}": one["ETag"] for one in listed if FEED.fullmatch(one["Key"])}


def _encoded(key: str) -> str:
    return key.encode().decode("latin-1").translate({code: f"%{code:02X}" for code in range(128, 256)})


def depth(stack: LocalDeployment, queue: str) -> int:
    """How many messages a queue holds: shown, held back, or with somebody."""
    url, kinds = stack.deployment.name(queue), ("", "NotVisible", "Delayed")
    names: Any = [f"ApproximateNumberOfMessages{kind}" for kind in kinds]
    attributes = stack.cloud.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(number) for number in attributes.values())


def all_told(stack: LocalDeployment, since: int = 0) -> list[Ping]:
    """What the hub was told, after the first so many times, once everybody who might tell it more has done so."""
    stack.settle()
    eventually(lambda: depth(stack, "WebSubQueue") == 0, seconds=30)
    stack.settle()
    return stack.pings()[since:]


def test_the_hub_is_told_of_each_changed_feed_once_within_seconds_and_finds_the_article_there(
    stack: LocalDeployment, client: Client
) -> None:
    since = len(all_told(stack))
    client.put("tram", EXAMPLE)
    eventually(lambda: any(b"The tram turns ten" in telling.body for telling in stack.pings()), seconds=20)
    told = all_told(stack, since)
    with_it = {topic: tag for topic, tag in feeds(stack).items() if b"The tram" in http.request("GET", topic).data}
    assert {telling.topic: telling.etag for telling in told} == with_it
    assert all(b"The tram turns ten" in telling.body for telling in told)
    assert len(told) == len(with_it)
    assert {f"{stack.url}{path}" for path in ("/en/feed.xml", "/feed.json", "/en/section/city/feed.atom")} < set(
        with_it
    )
    assert f"{stack.url}/en/tag/%D8%AA%D8%B1%D8%A7%D9%85/feed.xml" in with_it


def test_a_burst_is_told_when_it_is_over_and_nothing_is_told_twice(stack: LocalDeployment, client: Client) -> None:
    before, since = feeds(stack), len(all_told(stack))
    for number in range(5):
        client.put(f"burst-{number}", EXAMPLE | {"headline": f"Burst {number}"})
    told = all_told(stack, since)
    changed = {topic: tag for topic, tag in feeds(stack).items() if before.get(topic) != tag}
    assert f"{stack.url}/en/feed.xml" in changed
    assert {telling.topic: telling.etag for telling in told} == changed  # the last of each found what stands there now
    assert max(Counter((telling.topic, telling.etag) for telling in told).values()) == 1


def test_an_article_that_is_put_again_as_it_is_tells_the_hub_nothing(stack: LocalDeployment, client: Client) -> None:
    since = len(all_told(stack))
    client.put("tram", EXAMPLE)
    assert all_told(stack, since) == []


@pytest.mark.proof
@pytest.mark.usefixtures("hasty")
def test_a_dead_hub_delays_nothing_and_is_told_when_it_is_back(stack: LocalDeployment, client: Client) -> None:
    """feeds#39"""
    since = len(all_told(stack))
    stack.hub.alive.clear()
    client.put("ferry", EXAMPLE | {"headline": "Ferry returns"})
    eventually(lambda: b"Ferry returns" in get(stack, "/en/feed.xml").data, seconds=8)
    assert get(stack, f"{PAGE}ferry-returns/").status == 200
    hub = f"{stack.url}/_local/hub"
    for ending in ("xml", "atom", "json"):
        feed = get(stack, f"/en/feed.{ending}")
        assert f'<{hub}>; rel="hub"' in feed.headers["link"]
        assert hub.encode() in feed.data

    eventually(lambda: failures(stack), seconds=25)
    client.put("meanwhile", EXAMPLE | {"headline": "Meanwhile"})
    eventually(lambda: b"Meanwhile" in get(stack, "/en/feed.xml").data, seconds=8)
    assert stack.pings()[since:] == []
    stack.hub.alive.set()
    eventually(lambda: any(b"Ferry returns" in telling.body for telling in stack.pings()[since:]), seconds=25)
    told = {telling.topic: telling.etag for telling in all_told(stack, since)}
    assert told.items() <= feeds(stack).items()
    assert f"{stack.url}/en/feed.xml" in told

    client.put("after", EXAMPLE | {"headline": "After all"})
    eventually(lambda: any(b"After all" in telling.body for telling in stack.pings()[since:]), seconds=20)


@pytest.mark.proof
@pytest.mark.usefixtures("hasty")
def test_what_a_dead_hub_was_not_told_is_given_up_in_the_end(stack: LocalDeployment, client: Client) -> None:
    all_told(stack)
    stack.hub.alive.clear()
    client.put("gulls", EXAMPLE | {"headline": "Gulls"})
    eventually(lambda: get(stack, f"{PAGE}gulls/").status == 200, seconds=8)
    before = len(failures(stack))
    eventually(lambda: depth(stack, "WebSubDeadLetters") == 1, seconds=90)
    assert depth(stack, "WebSubQueue") == 0
    assert len(failures(stack)) - before == 5


def failures(stack: LocalDeployment) -> list[str]:
    """The runs that told of messages that must come again."""
    runs = [run for run in stack.invocations if run.function == "WebSubFunction"]
    return [run.id for run in runs if run.reported]
