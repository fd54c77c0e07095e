"""From an editor's change to the objects of the site."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import feedparser  # type: ignore[import-untyped]  # it has no types
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from broadsheet.executor import Executor
from broadsheet.model import history
from broadsheet.model.article import Article
from broadsheet.model.queries import AnyQuery, ArticlesOfDay
from broadsheet.services.publishing.batches import BatchPublisher
from broadsheet.services.publishing.scope import Change
from broadsheet.services.redirects import MissingPage, resolve
from broadsheet.services.schedule import Unreleased
from broadsheet.store.conflict import LostRace
from broadsheet.store.queries import ArticleQueries
from tests.world import World, set_nothing_aside

PAGE = "en/2026/03/14/ferry-returns-to-the-old-harbour/index.html"
FEEDS = ("en/feed.xml", "en/feed.atom", "en/feed.json")


def ids(world: World, key: str) -> list[str]:
    """The ids of a feed's entries, in its order."""
    text = world.objects()[key].decode()
    if key.endswith("json"):
        return [item["id"] for item in json.loads(text)["items"]]
    parsed = feedparser.parse(text)
    assert not parsed.bozo, parsed.get("bozo_exception")
    return [entry.id for entry in parsed.entries]


def ask(world: World, path: str) -> MissingPage:
    return resolve(world.articles, world.pages, world.site, path)


def test_a_new_article_has_its_page_and_is_in_every_listing_and_feed(world: World) -> None:
    world.put("ferry")
    world.publish()
    objects = world.objects()
    assert PAGE in objects
    for key in ("en/index.html", "en/fragments/latest.html", "en/fragments/ticker.html", "en/2026/03/14/index.html"):
        assert b"/en/2026/03/14/ferry-returns-to-the-old-harbour/" in objects[key], key
    assert b'href="/en/2026/03/14/"' in objects["en/2026/03/index.html"]
    assert b'href="/en/2026/03/"' in objects["en/2026/index.html"]
    for key in FEEDS:
        assert ids(world, key) == ["tag:courier.example,2025:ferry"]


def test_a_withdrawn_article_leaves_nothing_behind_and_answers_410(world: World) -> None:
    """feeds#21"""
    world.put("ferry")
    world.publish()
    world.withdraw("ferry")
    world.publish()
    objects = world.objects()
    assert not [key for key in objects if key.startswith("en/2026")]
    for key in FEEDS:
        assert ids(world, key) == []
    for key, page in objects.items():
        assert b"ferry-returns" not in page, key
    gone = ask(world, "/en/2026/03/14/ferry-returns-to-the-old-harbour/")
    assert (gone.status, gone.location) == (HTTPStatus.GONE, None)
    assert gone.html.encode() == objects["en/410.html"]


@pytest.mark.parametrize("days", [pytest.param(0, marks=pytest.mark.proof), 1])
def test_a_postponed_article_leaves_no_trace_until_it_comes_back(world: World, days: int) -> None:
    """A broken embargo: readers see neither the page nor that there was one."""
    world.put("other", headline="Other news")
    before = world.put("ferry").path
    world.publish()
    world.now += timedelta(minutes=1)
    later = world.postpone("ferry", world.now + timedelta(days=days, hours=1))
    world.publish()
    assert (later.path == before) is (days == 0)
    assert before
    assert later.path
    assert not [key for key, page in world.objects().items() if b"ferry-returns" in page or "ferry-returns" in key]
    for path in (before, later.path):
        nothing = ask(world, path)
        assert (nothing.status, nothing.location) == (HTTPStatus.NOT_FOUND, None)
    for key in FEEDS:
        assert ids(world, key) == ["tag:courier.example,2025:other"]
    world.now = later.published_at
    assert world.release() == 1
    world.publish()
    for key in FEEDS:
        assert ids(world, key) == ["tag:courier.example,2025:ferry", "tag:courier.example,2025:other"]
    assert f"{later.path[1:]}index.html" in world.objects()
    assert ask(world, before).location == (later.path if days else None)


def test_a_moved_article_redirects_from_every_path_that_it_had(world: World) -> None:
    """feeds#3"""
    first = world.put("ferry").path
    second = world.put("ferry", slug="night-ferry").path
    third = world.put("ferry", slug="العبارة", published_at="2026-03-13T10:00:00+02:00").path
    world.publish()
    assert first
    assert second
    for path in (first, second, first.rstrip("/"), f"{first}index.html"):
        moved = ask(world, path)
        assert moved.status == HTTPStatus.MOVED_PERMANENTLY
        assert moved.location == "/en/2026/03/13/%D8%A7%D9%84%D8%B9%D8%A8%D8%A7%D8%B1%D8%A9/"
    pages = [key for key in world.objects() if key.startswith("en/2026/03/1") and key.count("/") == 5]
    assert pages == [f"{third}index.html".lstrip("/")]
    assert ids(world, "en/feed.xml") == ["tag:courier.example,2025:ferry"]


def test_an_article_that_moves_back_has_its_first_path_again(world: World) -> None:
    first = world.put("ferry").path
    world.put("ferry", slug="night-ferry")
    assert world.put("ferry", slug="ferry-returns-to-the-old-harbour").path == first
    world.publish()
    assert PAGE in world.objects()
    assert ask(world, "/en/2026/03/14/night-ferry/").location == first


def test_an_unknown_path_is_404_in_the_language_of_its_edition(world: World) -> None:
    world.put("ferry")
    world.publish()
    for path, edition in (("/en/nothing/", "en"), ("/ar/x", "ar"), ("/", "en"), ("/favicon.ico", "en"), ("//", "en")):
        missing = ask(world, path)
        assert missing.status == HTTPStatus.NOT_FOUND
        assert missing.html.encode() == world.objects()[f"{edition}/404.html"]


def test_a_path_longer_than_any_key_is_404_without_a_query(world: World) -> None:
    """DynamoDB refuses keys of over 2,048 bytes; a long path must not cause a server error."""
    asked: list[str] = []
    world.clients.dynamodb.meta.events.register("before-call.dynamodb", lambda model, **_: asked.append(model.name))
    assert ask(world, f"/en/{'x' * 3000}/").status == HTTPStatus.NOT_FOUND
    assert asked == []


def test_a_page_that_is_not_published_yet_does_not_redirect_to_itself(world: World) -> None:
    path = world.put("ferry").path
    assert path
    assert ask(world, path).status == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("changed", [{"status": "draft"}, {"published_at": "2026-03-15T00:00:00+02:00"}])
def test_nothing_shows_a_draft_or_an_article_before_its_time(world: World, changed: dict[str, Any]) -> None:
    """feeds#6, feeds#21"""
    article = world.put("ferry", **changed)
    world.publish()
    assert not any(b"ferry" in page.lower() for page in world.objects().values())
    if article.path:
        assert ask(world, article.path).status == HTTPStatus.NOT_FOUND


def test_a_scheduled_article_goes_live_at_its_time_once(world: World) -> None:
    world.put("ferry", published_at="2026-03-14T15:00:00+02:00")
    world.publish()
    world.now += timedelta(minutes=59)
    assert world.release() == 0
    world.now += timedelta(minutes=1)
    assert [world.release(), world.release()] == [1, 0]
    world.publish()
    assert PAGE in world.objects()
    assert [row["sk"] for row in world.rows() if row["pk"] == "DUE"] == []


def test_a_scheduled_article_in_a_batch_does_not_hide_an_article_whose_change_is_pending(world: World) -> None:
    world.put("weekend", headline="Weekend", published_at="2026-03-20T08:00:00+02:00")
    world.put("mine", headline="Mine")
    batch = world.changes()
    world.put("pending", headline="Pending")
    world.publisher().publish(batch.values())
    assert ids(world, "en/feed.json") == [f"tag:courier.example,2025:{id}" for id in ("pending", "mine")]
    assert "en/2026/03/14/pending/index.html" in world.objects()


def test_an_article_that_cannot_be_released_does_not_block_those_after_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run still fails, so that the alarm fires."""
    world.put("ferry", published_at="2026-03-14T15:00:00+02:00")
    world.put("tram", published_at="2026-03-14T15:01:00+02:00")
    world.now += timedelta(hours=3)
    read = world.articles.get

    def get(id: str) -> Article | None:
        if id == "ferry":
            raise RuntimeError("this row cannot be read")
        return read(id)

    monkeypatch.setattr(world.articles, "get", get)
    with pytest.raises(Unreleased, match="ferry"):
        world.release()
    assert [row["article"] for row in world.rows() if row["pk"] == "DUE"] == ["ferry"]
    monkeypatch.undo()
    assert world.release() == 1


def test_a_release_that_loses_a_race_for_the_counts_is_retried(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the retry an article would be a minute late because another went live at the same instant."""
    world.put("ferry", published_at="2026-03-14T15:00:00+02:00")
    world.now += timedelta(hours=3)
    commit, lost = world.articles.commit, iter((True, True))

    def contended(previous: Article | None, article: Article) -> None:
        if next(lost, False):
            raise LostRace(article.id)
        commit(previous, article)

    monkeypatch.setattr(world.articles, "commit", contended)
    assert world.release() == 1


def test_a_live_article_that_becomes_a_draft_leaves_the_site_and_can_come_back(world: World) -> None:
    world.put("ferry")
    world.publish()
    before = world.objects()
    world.put("ferry", status="draft")
    world.publish()
    assert PAGE not in world.objects()
    world.now += timedelta(minutes=5)
    world.put("ferry")
    world.publish()
    assert set(world.objects()) == set(before)


def test_an_article_that_changes_its_edition_leaves_the_other(world: World) -> None:
    world.put("ferry")
    world.publish()
    world.put("ferry", edition="ar")
    world.publish()
    assert "ar/2026/03/14/ferry-returns-to-the-old-harbour/index.html" in world.objects()
    assert ids(world, "en/feed.xml") == []
    assert ids(world, "ar/feed.xml") == ["tag:courier.example,2025:ferry"]


@pytest.mark.parametrize("kept", [True, False])
def test_an_article_of_a_removed_edition_can_be_withdrawn_or_moved(world: World, kept: bool) -> None:
    """Its pages are deleted, and published in the edition that it moves to."""
    world.put("ferry", edition="ar")
    world.publish()
    world.site = replace(world.site, editions={"en": world.site.editions["en"]})
    if kept:
        world.put("ferry")
    else:
        world.withdraw("ferry")
    world.publish()
    assert not [key for key in world.objects() if key.startswith("ar/2026/")]
    assert (PAGE in world.objects()) is kept


def test_publishing_again_writes_nothing(world: World) -> None:
    """feeds#9: the same table gives the same bytes, and unchanged objects are not written."""
    world.put("ferry")
    world.put("tram", headline="The tram turns ten")
    changes = world.changes()
    assert BatchPublisher(world.publisher()).publish(changes, set_nothing_aside).left == []
    written = {entry["Key"]: entry["LastModified"] for entry in listed(world)}
    calls: list[str] = []
    world.clients.s3.meta.events.register("before-call.s3", lambda model, **_: calls.append(model.name))
    assert BatchPublisher(world.publisher()).publish(changes, set_nothing_aside).left == []
    assert set(calls) == {"HeadObject", "GetObject"}
    assert {entry["Key"]: entry["LastModified"] for entry in listed(world)} == written


def test_articles_with_one_headline_on_one_day_have_different_paths(world: World) -> None:
    paths = [world.put(f"ferry-{n}").path for n in range(12)]
    assert len(set(paths)) == 12
    assert paths[1] == "/en/2026/03/14/ferry-returns-to-the-old-harbour-2/"
    world.publish()
    assert len(ids(world, "en/feed.xml")) == 12


Given = Callable[[Exception], Mapping[str, Change]]


@pytest.fixture
def out_of_reach(world: World, monkeypatch: pytest.MonkeyPatch) -> Given:
    """Changes in two editions; from now on those of the second fail with the given error."""

    def given(error: Exception) -> Mapping[str, Change]:
        world.put("lighthouse", headline="The lamp turns")
        world.publish()
        world.put("ferry")
        world.put("tram", edition="ar", headline="The tram turns ten")
        read = ArticleQueries.together

        def answer(queries: ArticleQueries, asked: Sequence[AnyQuery], executor: Executor) -> Mapping[AnyQuery, Any]:
            if any(isinstance(query, ArticlesOfDay) and query.edition == "ar" for query in asked):
                raise error
            return read(queries, asked, executor)

        monkeypatch.setattr(ArticleQueries, "together", answer)
        return world.changes()

    return given


def of_the_tram(changes: Mapping[str, Change]) -> list[str]:
    return [sequence for sequence, change in changes.items() if change.after and change.after.id == "tram"]


def test_a_change_that_cannot_be_published_becomes_a_dead_letter_and_blocks_no_other(
    world: World, out_of_reach: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    """aws#11: the stream goes on after it, and an operator publishes it later."""
    changes = out_of_reach(RuntimeError("a row that the code does not understand"))
    aside: list[str] = []

    def set_aside(sequences: Sequence[str]) -> bool:
        aside.extend(sequences)
        return True

    result = BatchPublisher(world.publisher()).publish(changes, set_aside)
    assert aside == of_the_tram(changes)
    assert (result.settled, result.left) == ([at for at in changes if at not in aside], [])
    assert PAGE in world.objects()
    monkeypatch.undo()
    again = {sequence: changes[sequence] for sequence in aside}
    assert BatchPublisher(world.publisher()).publish(again, set_nothing_aside).settled == aside
    assert ids(world, "ar/feed.xml") == ["tag:courier.example,2025:tram"]


def test_a_change_that_cannot_become_a_dead_letter_is_retried(world: World, out_of_reach: Given) -> None:
    changes = out_of_reach(RuntimeError("a row that the code does not understand"))
    assert BatchPublisher(world.publisher()).publish(changes, lambda _: False).left == of_the_tram(changes)


@pytest.mark.parametrize(
    "outage",
    [
        ReadTimeoutError(endpoint_url="https://dynamodb.example"),
        ClientError({"Error": {"Code": "AccessDeniedException"}}, "Query"),
        *(
            pytest.param(outage, marks=pytest.mark.proof)
            for outage in (
                EndpointConnectionError(endpoint_url="https://dynamodb.example"),
                ClientError({"Error": {"Code": "InternalServerError"}}, "Query"),
                ClientError({"Error": {"Code": "ThrottlingException"}}, "Query"),
            )
        ),
    ],
    ids=str,
)
def test_in_an_outage_the_stream_retries_and_nothing_becomes_a_dead_letter(
    world: World, out_of_reach: Given, monkeypatch: pytest.MonkeyPatch, outage: Exception
) -> None:
    """aws#11"""
    changes = out_of_reach(outage)
    failed = BatchPublisher(world.publisher()).publish(changes, set_nothing_aside).left
    assert failed == of_the_tram(changes)
    monkeypatch.undo()
    again = {at: changes[at] for at in failed}
    assert BatchPublisher(world.publisher()).publish(again, set_nothing_aside).settled == failed


def test_the_first_article_publishes_every_edition_so_that_no_link_is_broken(world: World) -> None:
    world.put("ferry")
    world.publish()
    assert {"ar/index.html", "ar/fragments/latest.html", "ar/feed.xml"} <= set(world.objects())
    assert ids(world, "ar/feed.atom") == []


def test_a_withdrawal_changes_the_dates_of_the_feeds_that_held_the_article_alone(world: World) -> None:
    """feeds#7: the date of a feed is that of its newest change, withdrawals included, never that of a build."""
    world.put("ferry", tags=["harbour"])
    world.put("tram", headline="The tram turns ten", tags=["rails"], published_at="2026-03-14T09:00:00+02:00")
    world.publish()
    before = world.objects()
    world.now += timedelta(hours=2)
    world.withdraw("ferry")
    world.now += timedelta(hours=2)
    world.publish()
    assert updated(world, "en/feed.xml") == [(2026, 3, 14, 14, 0, 0)] == updated(world, "en/feed.atom")
    assert updated(world, "en/section/city/feed.atom") == [(2026, 3, 14, 14, 0, 0)]
    assert world.objects()["en/tag/rails/feed.xml"] == before["en/tag/rails/feed.xml"]
    world.put("ferry", tags=["rails"])
    world.publish()
    assert updated(world, "en/tag/rails/feed.atom") == [(2026, 3, 14, 16, 0, 0)]


@pytest.mark.proof
def test_an_archive_document_changes_with_its_articles_and_when_the_next_one_begins(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """feeds#36."""
    monkeypatch.setattr(history, "PART_SIZE", 2)
    for day in range(1, 8):
        world.put(f"article-{day}", headline=f"Day {day}", published_at=f"2026-02-{day:02}T10:00:00+02:00")
    world.publish()
    known = archive(world)
    assert sorted(known) == ["en/feed.2026-02-1.xml", "en/feed.2026-02-2.xml", "en/feed.2026-02-3.xml"]

    world.put("march", headline="March", published_at="2026-03-01T10:00:00+02:00")
    world.publish()
    assert changed(world, known) == {"en/feed.2026-02-3.xml", "en/feed.2026-02.xml"}
    assert b'rel="next-archive"' not in known["en/feed.2026-02-3.xml"]

    known = archive(world)
    world.put("article-3", headline="Corrected", published_at="2026-02-03T10:00:00+02:00")
    world.publish()
    assert changed(world, known) == {"en/feed.2026-02-2.xml"}

    known = archive(world)
    world.withdraw("article-6")
    world.publish()
    assert changed(world, known) == {"en/feed.2026-02-3.xml"}

    known = archive(world)
    # It moves those after it, as far as the place that was left: the last document holds the same as before.
    world.put("late", headline="Late", published_at="2026-02-03T12:00:00+02:00")
    world.publish()
    assert changed(world, known) == {"en/feed.2026-02-2.xml", "en/feed.2026-02-3.xml"}


def test_a_change_that_changes_nothing_writes_nothing(world: World) -> None:
    before = world.objects()
    world.publisher().publish([Change(None, None)])
    assert world.objects() == before


def listed(world: World) -> list[dict[str, object]]:
    return [dict(entry) for entry in world.clients.s3.list_objects_v2(Bucket=world.bucket).get("Contents", [])]


def updated(world: World, key: str) -> list[tuple[int, ...]]:
    return [tuple(feedparser.parse(world.objects()[key]).feed.updated_parsed[:6])]


def archive(world: World) -> dict[str, bytes]:
    """The archive documents of the English edition, as RSS."""
    return {key: body for key, body in world.objects().items() if key.startswith("en/feed.2") and key.endswith(".xml")}


def changed(world: World, known: dict[str, bytes]) -> set[str]:
    return {key for key, body in archive(world).items() if known.get(key) != body}
