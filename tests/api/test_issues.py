"""The API of issues, from API Gateway's event to the response."""

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from broadsheet.services.issues import compose_due
from broadsheet.store.issues import Issues
from broadsheet.store.queries import ArticleQueries
from infra.local.resources import Deployment
from tests.api.events import Answer, Context, answer, request
from tests.api.openapi.description import fits
from tests.world import NOON, World

Call = Callable[..., Answer]
NEXT = "/api/next-issues/en/daily"
MORNING = NOON.replace(hour=5, minute=3)  # 07:03 in Athens
TEXTS = {"subject": "Good morning", "note": "It rains.\n\nBring a coat."}


@pytest.fixture
def call(world: World) -> Iterator[Call]:
    with calling(world.deployment) as call:
        yield call


@contextmanager
def calling(deployment: Deployment, **changed: str) -> Iterator[Call]:
    """Call the API as the template configures it, with some variables changed. Every response fits its description."""
    environment = deployment.environment("IssuesFunction") | changed
    module = importlib.import_module("issues")

    def call(method: str, path: str = NEXT, body: object = None, **more: Any) -> Answer:
        answered = answer(module.handler(request(method, path, body, **more), Context()))
        fits(method, path, answered)
        return answered

    def clear() -> None:
        for made in (module.deps, module.dispatcher, module.deployed, module.ses):
            made.cache_clear()

    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setattr(module, "settings", module.Settings(environment))
        clear()
        yield call
    clear()


def compose(world: World, now: datetime) -> None:
    client = world.clients.dynamodb
    compose_due(Issues(client, world.table), ArticleQueries(client, world.table, world.site), world.site, now)


def test_an_editor_sees_the_next_issue_and_puts_a_subject_and_a_note_over_it(call: Call, world: World) -> None:
    """newsletter#39: each of these is safe to repeat."""
    first = call("GET")
    assert (first.status, first.revision, first.json["since"], first.json["articles"]) == (200, "0", None, [])
    assert call("GET", headers={"If-None-Match": first.headers["etag"]}).status == 304
    for _ in range(2):
        put = call("PUT", body=TEXTS, headers={"If-Match": first.headers["etag"]})
        assert (put.status, put.revision) == (200, "1")
    assert {name: put.json[name] for name in TEXTS} == TEXTS
    again = call("PUT", body=put.json)
    assert (again.status, again.revision) == (200, "1")
    stale = call("PUT", body={"subject": "Another"}, headers={"If-Match": first.headers["etag"]})
    assert (stale.status, stale.headers["etag"]) == (412, put.headers["etag"])
    world.now = MORNING - timedelta(hours=1)
    world.put("ferry", published_at=None)
    compose(world, MORNING)
    [issue] = call("GET", "/api/issues", query={"edition": "en"}).json["issues"]
    assert (issue["id"], issue["articles"], issue["mail_subject"]) == ("en-daily-2026-03-14", ["ferry"], "Good morning")
    assert issue["note"] == TEXTS["note"]
    after = call("GET")
    assert (after.json["subject"], after.json["note"], after.revision) == ("", "", "2")
    assert call("PUT", body=TEXTS, headers={"If-Match": put.headers["etag"]}).status == 412


def test_issues_are_listed_newest_first_in_pages_and_read_by_their_ids(call: Call, world: World) -> None:
    for day in range(3):
        compose(world, MORNING + timedelta(days=day))
    page = call("GET", "/api/issues", query={"edition": "ar", "limit": "2"}).json
    assert [each["id"] for each in page["issues"]] == ["ar-daily-2026-03-16", "ar-daily-2026-03-15"]
    rest = call("GET", "/api/issues", query={"edition": "ar", "limit": "2", "before": page["next"]}).json
    assert ([each["id"] for each in rest["issues"]], rest["next"]) == (["ar-daily-2026-03-14"], None)
    one = call("GET", "/api/issues/ar-daily-2026-03-14")
    assert one.json == rest["issues"][0]
    assert (one.json["articles"], one.json["path"]) == ([], None)  # there was no news
    assert call("GET", "/api/issues/ar-daily-2026-03-14", headers={"If-None-Match": one.headers["etag"]}).status == 304
    weekly = call("GET", "/api/issues", query={"edition": "ar", "frequency": "weekly"}).json["issues"]
    assert [each["id"] for each in weekly] == ["ar-weekly-2026-w11"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "named"),
    [
        ("GET", "/api/next-issues/fr/daily", None, 404, "there is no edition fr; the site has en, ar"),
        ("PUT", "/api/next-issues/en/monthly", TEXTS, 404, "there is no monthly newsletter"),
        ("GET", "/api/issues/en-daily-2026-13-01", None, 404, "there is no issue en-daily-2026-13-01"),
        ("GET", "/api/issues/en-daily-2026-03-14", None, 404, "there is no issue en-daily-2026-03-14"),
        ("PUT", NEXT, {"subject": "x" * 151}, 422, "subject"),
        ("PUT", NEXT, {"note": "x" * 2001}, 422, "note"),
        ("PUT", NEXT, {"note": 7}, 422, "note"),
        ("PUT", NEXT, {"lead": "a"}, 422, "lead"),
        ("PUT", NEXT, {"edition": "ar"}, 422, "edition"),
    ],
)
def test_what_is_wrong_is_refused_with_its_name(
    call: Call, method: str, path: str, body: object, status: int, named: str
) -> None:
    answered = call(method, path, body)
    assert answered.status == status
    assert named in answered.body


def test_a_wrong_query_names_every_parameter(call: Call) -> None:
    answered = call(
        "GET", "/api/issues", query={"edition": "fr", "frequency": "monthly", "limit": "0", "size": "9", "before": ""}
    )
    assert answered.status == 422
    assert [each["field"] for each in answered.json["errors"]] == ["size", "limit", "edition", "frequency", "before"]
