"""The search engines of the local deployment."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.services.search_engines import KEY
from tests.local.conftest import Answer, Example


@pytest.fixture
def submitted(example: Example) -> Iterator[dict[str, Any]]:
    """A submission of a page that exists and of one that does not, on a site with the key's file."""
    example.put_page(f"{KEY}.txt", KEY.encode(), "text/plain")
    example.put_page("en/harbour/index.html", b"<p>Harbour", "text/html")
    host, site = example.stack.url.partition("://")[2], example.stack.url
    pages = [f"{site}/en/harbour/", f"{site}/en/gone/"]
    yield {"host": host, "key": KEY, "keyLocation": f"{site}/{KEY}.txt", "urlList": pages}
    example.stack.search_engines.status, example.stack.search_engines.retry_after = 200, 0


def call(example: Example, sent: object) -> Answer:
    return example.get(
        "/_local/indexnow", "POST", json.dumps(sent).encode(), {"Content-Type": "application/json; charset=utf-8"}
    )


def test_search_engines_fetch_each_page_that_is_submitted_and_record_it(
    example: Example, submitted: dict[str, Any]
) -> None:
    assert call(example, submitted).status == 200
    harbour, gone = submitted["urlList"]
    recorded = example.stack.submissions()[-1]
    assert recorded.pages[harbour] == 200
    assert recorded.pages[gone] in {403, 404}
    assert harbour in example.get("/_local/").body.decode()
    assert example.get("/_local/submissions.json").json[-1]["pages"] == recorded.pages


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"key": "another-key"}, 403),
        ({"keyLocation": "{}/no-such-file.txt"}, 403),
        ({"keyLocation": "https://courier.example/key.txt"}, 422),
        ({"host": "courier.example"}, 422),
        ({"urlList": ["https://courier.example/en/"]}, 422),
        ({"urlList": None}, 400),
    ],
)
def test_search_engines_refuse_what_is_not_the_sites(
    example: Example, submitted: dict[str, Any], changed: dict[str, Any], status: int
) -> None:
    before = example.stack.submissions()
    site = example.stack.url
    named = {name: value.format(site) if isinstance(value, str) else value for name, value in changed.items()}
    assert call(example, submitted | named).status == status
    assert call(example, ["not", "a", "submission"]).status == 400
    assert example.get("/_local/indexnow").status == 405
    assert example.stack.submissions() == before
    assert example.stack.search_engines.refused[-2:] == [status, 400]


def test_search_engines_may_ask_to_be_left_alone(example: Example, submitted: dict[str, Any]) -> None:
    before = example.stack.submissions()
    example.stack.search_engines.status, example.stack.search_engines.retry_after = 429, 600
    answer = call(example, submitted)
    assert (answer.status, answer.headers["retry-after"]) == (429, "600")
    assert example.stack.submissions() == before
