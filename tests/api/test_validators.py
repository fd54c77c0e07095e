"""An article's entity tag stands for all that its answer says; a precondition only for what editors changed."""

from datetime import UTC, datetime, timedelta

import pytest

import articles
from tests.api.conftest import Call
from tests.world import World, fields

LATER = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def released(call: Call, world: World) -> str:
    """An article that was released; the entity tag that its editor has from before."""
    tag = call("PUT", "/ferry", fields(published_at=LATER)).headers["etag"]
    assert call("GET", "/ferry", headers={"If-None-Match": tag}).status == 304
    world.now = datetime.fromisoformat(LATER)
    assert world.release() == 1
    return tag


def test_a_released_article_has_another_entity_tag(call: Call, released: str) -> None:
    found = call("GET", "/ferry", headers={"If-None-Match": released})
    assert (found.status, found.json["status"], found.json["live"]) == (200, "published", True)
    assert (found.revision, found.headers["etag"] == released) == ("1", False)


def test_a_release_refuses_no_put_of_the_editor_who_has_the_tag_from_before(call: Call, released: str) -> None:
    for _ in range(2):
        put = call("PUT", "/ferry", fields(published_at=LATER, headline="Two"), headers={"If-Match": released})
        assert (put.status, put.revision) == (200, "2")
    assert call("GET", "/ferry").headers["etag"] == put.headers["etag"]


def test_a_release_refuses_no_withdrawal_of_the_editor_who_has_the_tag_from_before(call: Call, released: str) -> None:
    assert call("DELETE", "/ferry", headers={"If-Match": released}).json["outcome"] == "withdrawn"


def test_a_tag_from_before_a_withdrawal_changes_nothing_after_the_article_is_put_again(call: Call) -> None:
    tags = [call("PUT", "/ferry", fields()).headers["etag"], call("DELETE", "/ferry").headers["etag"]]
    again = call("PUT", "/ferry", fields(headline="Two"), headers={"If-None-Match": "*"})
    assert (again.status, again.revision) == (201, "3")
    for tag in tags:
        put = call("PUT", "/ferry", fields(headline="Three"), headers={"If-Match": tag})
        assert (put.status, put.headers["etag"]) == (412, again.headers["etag"])
        assert call("DELETE", "/ferry", headers={"If-Match": tag}).status == 412


def test_another_url_of_the_deployment_is_another_entity_tag(call: Call, world: World) -> None:
    tag = call("PUT", "/ferry", fields()).headers["etag"]
    articles.deps.cache_clear()
    name = world.deployment.environment("ArticlesFunction")["SITE_URL_PARAMETER"]
    world.clients.ssm.put_parameter(Name=name, Value="https://news.example", Overwrite=True)
    found = call("GET", "/ferry", headers={"If-None-Match": tag})
    assert (found.status, found.json["url"].startswith("https://news.example/")) == (200, True)


def test_a_matching_tag_costs_no_read_of_the_body(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    tag = call("PUT", "/ferry", fields()).headers["etag"]
    monkeypatch.setattr("broadsheet.store.bodies.Bodies.get", lambda *_: pytest.fail("the body was read"))
    assert call("GET", "/ferry", headers={"If-None-Match": tag}).status == 304


def test_another_text_of_the_same_revision_has_another_tag(call: Call, world: World) -> None:
    """As after the table was restored to an earlier state."""
    first = call("PUT", "/ferry", fields()).headers["etag"]
    for row in world.rows():
        key = {name: {"S": row[name]} for name in ("pk", "sk")}
        world.clients.dynamodb.delete_item(TableName=world.table, Key=key)
    call("PUT", "/ferry", fields(body={"format": "markdown", "text": "Another."}))
    found = call("GET", "/ferry", headers={"If-None-Match": first})
    assert (found.status, found.revision) == (200, "1")
