"""From the restoration of an earlier text to the site, and what the stream makes of revisions."""

import json
from datetime import timedelta
from http import HTTPStatus

import pytest

from broadsheet.model.errors import RevisionGone
from broadsheet.services.redirects import resolve
from broadsheet.store.rows import to_item
from infra.local.functions.event_filters import matches
from tests.template.resources import mappings, resolved
from tests.world import KEPT_FOR, World

FIRST, SECOND = "/en/2026/03/14/ferry-returns-to-the-old-harbour/", "/en/2026/03/14/quay/"


def pages(world: World) -> dict[str, bytes]:
    return {key: text for key, text in world.objects().items() if key.startswith("en/")}


def test_a_restored_article_has_its_earlier_page_at_its_present_path(world: World) -> None:
    world.put("ferry")
    world.publish()
    before = world.objects()[f"{FIRST[1:]}index.html"]
    world.now += timedelta(hours=1)
    world.put("ferry", headline="Quay", slug="quay", tags=["quay"], body={"format": "markdown", "text": "Other."})
    world.publish()
    assert b"Other." in world.objects()[f"{SECOND[1:]}index.html"]
    world.now += timedelta(hours=1)
    article = world.restore("ferry", 1)
    world.publish()
    after = world.objects()[f"{SECOND[1:]}index.html"]
    assert b"night ferry" in before
    assert b"night ferry" in after
    assert (article.path, article.revision, article.headline) == (SECOND, 3, "Ferry returns to the old harbour")
    assert article.updated_at == world.now
    assert resolve(world.articles, world.pages, world.site, FIRST).location == SECOND
    objects = world.objects()
    assert world.rebuilt() == objects


def test_a_restored_article_that_was_withdrawn_is_on_the_site_as_it_was(world: World) -> None:
    world.put("ferry")
    world.publish()
    before = pages(world)
    world.withdraw("ferry")
    world.publish()
    assert resolve(world.articles, world.pages, world.site, FIRST).status == HTTPStatus.GONE
    world.restore("ferry", 1)
    world.publish()
    assert pages(world) == before


def test_a_restored_draft_leaves_the_site(world: World) -> None:
    world.put("ferry", status="draft", published_at=None)
    world.put("ferry")
    world.publish()
    assert f"{FIRST[1:]}index.html" in world.objects()
    world.restore("ferry", 1)
    world.publish()
    assert f"{FIRST[1:]}index.html" not in world.objects()


def test_a_restored_article_that_was_scheduled_goes_live_at_its_time(world: World) -> None:
    """Or at once, where that has come."""
    world.put("ferry", published_at="2026-03-14T15:00:00+02:00")
    world.put("ferry", headline="At once", published_at=None, status="draft")
    assert world.restore("ferry", 1).scheduled
    world.put("ferry", headline="Again", status="draft")
    world.now += timedelta(hours=2)
    assert world.restore("ferry", 1).live


def test_no_revision_is_made_by_the_schedule(world: World) -> None:
    world.put("ferry", published_at="2026-03-14T15:00:00+02:00")
    world.now += timedelta(hours=2)
    world.release()
    assert world.revisions.newest("ferry", 9, 9) == ()
    world.editor_name = "omar"
    world.put("ferry", headline="Two")
    [revision] = world.revisions.newest("ferry", 9, 9)
    assert (revision.by, revision.before.updated_by, revision.before.live) == ("omar", "lina", True)


def test_a_text_that_is_not_kept_any_more_is_not_restored(world: World) -> None:
    world.put("ferry")
    world.put("ferry", headline="Two")
    world.now += KEPT_FOR - timedelta(seconds=1)
    world.restore("ferry", 1)
    world.now += timedelta(seconds=1)
    with pytest.raises(RevisionGone, match="revision 1 of article ferry is not kept any more"):
        world.restore("ferry", 1)


def test_the_stream_invokes_nothing_for_a_revision(world: World) -> None:
    world.put("ferry")
    world.put("ferry", headline="Two")
    rows = [row for row in world.rows() if row["pk"] == "REVISIONS#ferry"]
    assert len(rows) == 1
    filters = [
        json.loads(one["Pattern"])
        for each in mappings(resolved(), "dynamodb")
        for one in each["FilterCriteria"]["Filters"]
    ]
    for row in rows:
        keys = to_item({"pk": row["pk"], "sk": row["sk"]})
        record = {"eventName": "INSERT", "dynamodb": {"Keys": keys, "NewImage": to_item(row)}}
        assert not any(matches(pattern, record) for pattern in filters)
