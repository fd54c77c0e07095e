"""An import of more articles than fit into one invocation: parts are published in turn, and news comes between."""

import json
import random
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from broadsheet_cli.client import LOCAL_CREDENTIALS, LOCAL_REGION, Client
from infra.local.deployment.local_deployment import LocalDeployment
from infra.local.functions.invocation import Invocation
from tests.waiting import wait_for
from tests.world import TEMPLATE

pytestmark = pytest.mark.proof

ARTICLES = 60
YEARS = timedelta(days=5 * 365)
PUBLISHING = 33  # seconds that an invocation gets, 30 of which are the function's reserve
Fields = Mapping[str, object]


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[LocalDeployment]:
    """A deployment of its own, whose publisher has so little time that a batch does not fit into it."""
    text = TEMPLATE.read_text(encoding="utf-8")
    head, function, rest = text.partition("  PublishFunction:\n")
    properties, role, tail = rest.partition("  PublishRole:\n")
    assert "Timeout: 300\n" in properties
    shorter = properties.replace("Timeout: 300\n", f"Timeout: {PUBLISHING}\n")
    path = tmp_path / "template.yaml"
    path.write_text(head + function + shorter + role + tail, encoding="utf-8")
    with LocalDeployment(template_path=path) as running:
        yield running


def articles() -> dict[str, Fields]:
    """Articles of five years, spread over tags and authors as those of an archive are."""
    chance = random.Random(1)  # noqa: S311  the same archive each time
    return {
        f"old-{number}": {
            "edition": "en",
            "headline": f"What happened on day {number}",
            "section": chance.choice(["city", "sport", "culture"]),
            "tags": chance.sample([f"Topic {letter}" for letter in "ABCDEFGH"], 3),
            "authors": chance.sample(["Lina Haddad", "Nour Saab", "Omar Rizk"], 1),
            "published_at": (datetime(2021, 1, 1, tzinfo=UTC) + chance.random() * YEARS).isoformat(timespec="seconds"),
            "body": {"format": "markdown", "text": "It *happened*."},
        }
        for number in range(ARTICLES)
    }


def published(stack: LocalDeployment) -> set[str]:
    """The keys of every object of the site."""
    pages = stack.clients.s3.get_paginator("list_objects_v2").paginate(Bucket=stack.site_bucket)
    return {entry["Key"] for page in pages for entry in page.get("Contents", [])}


def runs(stack: LocalDeployment) -> list[Invocation]:
    return [run for run in stack.invocations if run.function == "PublishFunction"]


def given_up(stack: LocalDeployment) -> int:
    """How many messages the dead-letter queues hold."""
    attribute: Any = "ApproximateNumberOfMessages"
    urls = [url for url in stack.clients.sqs.list_queues()["QueueUrls"] if "DeadLetters" in url]
    assert len(urls) > 1
    counted = (stack.clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[attribute]) for url in urls)
    return sum(int(each["Attributes"][attribute]) for each in counted)


def test_an_import_ends_and_an_article_that_is_put_meanwhile_is_visible_before_it_does(stack: LocalDeployment) -> None:
    """aws#15: no invocation times out, and nothing is given up."""
    old = articles()
    with Client(stack.url, LOCAL_CREDENTIALS, LOCAL_REGION) as client:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda item: client.put(*item), old.items()))
        body = {"format": "markdown", "text": "It has *just* happened."}
        client.put("news", {"edition": "en", "headline": "News", "section": "city", "body": body})
        pages = {f"{client.get(id)['path']}index.html".removeprefix("/") for id in old}
        news = f"{client.get('news')['path']}index.html".removeprefix("/")

    wait_for(lambda: news in published(stack), stack.progress)
    assert not pages <= published(stack)
    stack.settle()

    assert pages <= published(stack)
    assert [run.error for run in runs(stack) if run.error] == []
    assert any(run.reported for run in runs(stack)), "all of it fitted into its invocations, so this shows nothing"
    assert given_up(stack) == 0
    with urlopen(f"{stack.url}/en/feed.json") as answer:  # noqa: S310  our own stack
        feed = json.load(answer)
    assert feed["items"][0]["title"] == "News"
