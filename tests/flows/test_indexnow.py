"""IndexNow: the submissions of an editor's changes, to search engines that fetch each page that is submitted."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import urllib3

from broadsheet_cli.client import Client, connect
from infra.local.deployment.local_deployment import LocalDeployment
from infra.local.services.search_engines import KEY
from tests.flows import queues
from tests.waiting import wait_for

EXAMPLE = {
    "edition": "ar",
    "headline": "الميناء القديم",
    "body": {"format": "markdown", "text": "عادت العبارة."},
    "section": "city",
    "published_at": "2019-05-09T10:00:00+02:00",
}
QUEUE = "IndexNowQueue"
DAY = "/ar/2019/05/09/"
"""The folder of the pages of these tests alone: pages that other tests changed may be submitted meanwhile."""

http = urllib3.PoolManager(retries=False)


@pytest.fixture(scope="module")
def stack(local_deployment: LocalDeployment) -> Iterator[LocalDeployment]:
    """The local deployment, which submits changed pages without the minutes in which caches have the old ones."""
    local_deployment.settle()
    # Pages that other tests have changed wait there for minutes.
    local_deployment.clients.sqs.purge_queue(QueueUrl=local_deployment.deployment.name(QUEUE))
    with queues.changed(local_deployment, QUEUE, "DelaySeconds", "0"):
        yield local_deployment


@pytest.fixture
def client(stack: LocalDeployment) -> Iterator[Client]:
    with connect(stack.url) as connected:
        yield connected


@pytest.fixture
def short_retries(stack: LocalDeployment) -> Iterator[None]:
    """A failed message comes again after a second, not after minutes."""
    with queues.changed(stack, QUEUE, "VisibilityTimeout", "1"):
        yield
        stack.search_engines.status = 200


def eventually(stack: LocalDeployment, condition: Callable[[], object]) -> None:
    """Wait as long as the deployment makes progress. A refused submission counts as progress here."""
    wait_for(condition, lambda: (stack.progress(), len(stack.search_engines.refused)))


def submitted(stack: LocalDeployment, since: int) -> dict[str, int]:
    """Pages of these tests in the submissions after the first ones, with their last status, once functions have run."""
    stack.settle()
    eventually(stack, lambda: queues.depth(stack, QUEUE) == 0)
    submissions = stack.submissions()[since:]
    return {page: status for each in submissions for page, status in each.pages.items() if DAY in page}


def put(client: Client, headline: str, **changed: Any) -> str:
    """Put the article of these tests with that headline. Returns the URL of its page."""
    client.put("indexnow-harbour", EXAMPLE | {"headline": headline} | changed)
    return str(client.get("indexnow-harbour")["url"])


@pytest.mark.proof
def test_each_published_changed_moved_and_withdrawn_page_is_submitted_when_it_is_so_for_readers(
    stack: LocalDeployment, client: Client
) -> None:
    since = len(stack.submissions())
    first = put(client, "الميناء القديم")
    assert submitted(stack, since) == {first: 200}
    assert "%D8%A7" in first
    key = http.request("GET", f"{stack.url}/{KEY}.txt")
    assert (key.status, key.data.decode(), key.headers["Content-Type"]) == (200, KEY, "text/plain; charset=utf-8")

    since = len(stack.submissions())
    put(client, "الميناء القديم", summary="عادت العبارة")
    assert submitted(stack, since) == {first: 200}

    since = len(stack.submissions())
    put(client, "الميناء القديم", summary="عادت العبارة")
    put(client, "الميناء القديم", summary="عادت العبارة", slug="الميناء-القديم")
    assert submitted(stack, since) == {}  # the page is the same

    moved = put(client, "الميناء القديم", slug="المرفأ")
    assert submitted(stack, since) == {first: 301, moved: 200}

    since = len(stack.submissions())
    client.withdraw("indexnow-harbour")
    assert submitted(stack, since) == {moved: 410}


@pytest.mark.proof
@pytest.mark.usefixtures("short_retries")
def test_search_engines_that_are_down_delay_no_publication_and_a_refusal_is_final(
    stack: LocalDeployment, client: Client
) -> None:
    since, refused = len(stack.submissions()), len(stack.search_engines.refused)
    stack.search_engines.status = 503
    page = put(client, "الميناء")
    eventually(stack, lambda: http.request("GET", page).status == 200)
    eventually(stack, lambda: len(stack.search_engines.refused) > refused)
    stack.search_engines.status = 200
    assert submitted(stack, since) == {page: 200}

    since, refused = len(stack.submissions()), len(stack.search_engines.refused)
    stack.search_engines.status = 403
    put(client, "الميناء", summary="عادت العبارة")
    assert submitted(stack, since) == {}
    assert stack.search_engines.refused[refused:] == [403]
