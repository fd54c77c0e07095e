"""The WebSub hub of the local deployment."""

from urllib.parse import urlencode

import pytest

from infra.local.services.hub import Hub
from infra.local.web import Request, Response
from tests.local.conftest import Answer, Example

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def call(example: Example, **fields: str) -> Answer:
    form = urlencode({name.replace("_", "."): value for name, value in fields.items()})
    return example.get("/_local/hub", "POST", form.encode(), FORM)


def test_the_hub_fetches_each_feed_that_it_is_pinged_about_and_records_both(example: Example) -> None:
    tag = example.put_page("en/tag/ميناء/feed.xml", b"<rss/>", "application/rss+xml")
    topic = f"{example.stack.url}/en/tag/%D9%85%D9%8A%D9%86%D8%A7%D8%A1/feed.xml"
    answer = call(example, hub_mode="publish", hub_url=topic)
    assert (answer.status, answer.body) == (204, b"")
    telling = example.stack.pings()[-1]
    assert (telling.topic, telling.status, telling.etag, telling.body) == (topic, 200, tag, b"<rss/>")
    assert topic in example.get("/_local/").body.decode()
    shown = example.get("/_local/pings.json").json[-1]
    assert (shown["topic"], shown["status"], shown["bytes"]) == (topic, 200, 6)


@pytest.mark.parametrize(
    "fields",
    [
        {"hub_mode": "subscribe", "hub_url": "{}/en/feed.xml"},
        {"hub_mode": "publish", "hub_url": "https://courier.example/en/feed.xml"},
        {"hub_mode": "publish"},
        {},
    ],
)
def test_the_hub_accepts_pings_about_this_sites_feeds_only(example: Example, fields: dict[str, str]) -> None:
    before = example.stack.pings()
    assert call(example, **{name: value.format(example.stack.url) for name, value in fields.items()}).status == 400
    assert example.get("/_local/hub").status == 405
    assert example.stack.pings() == before


def test_a_dead_hub_accepts_the_connection_and_records_no_ping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.local.services.hub.DEAD_TIMEOUT", 0.05)
    hub = Hub("http://127.0.0.1:1", lambda _: Response())
    hub.alive.clear()
    body = b"hub.mode=publish&hub.url=http://127.0.0.1:1/feed.xml"
    assert hub(Request("POST", "/_local/hub", [], body)).status == 503
    assert not hub.pings
    hub.alive.set()
    assert hub(Request("POST", "/_local/hub", [], body)).status == 204
    assert [telling.topic for telling in hub.pings] == ["http://127.0.0.1:1/feed.xml"]
