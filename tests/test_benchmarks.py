"""The benchmarks at a small scale: what they stand on is so, and every test run holds the counts that they hold."""

from collections.abc import Callable
from typing import Any

from benchmarks import archive, publishing, signing_up
from benchmarks.__main__ import KINDS, publishing_bounds, sign_up_bounds, start_bounds
from benchmarks.publishing import Published
from benchmarks.starting import Start
from benchmarks.tally import Tally
from broadsheet import editing
from broadsheet.model.facts import Counts, Newest, On
from tests.world import ANY, World, deployed

CALLS = Tally()
CALLS.calls["Query"] = 4


def test_an_archive_is_what_editing_would_have_left() -> None:
    with deployed() as deployment:
        edited = World(deployment)
        for number in range(9):
            sent, now = archive.manuscript(number), archive.published_at(number)
            editing.put(edited.articles, edited.bodies, edited.site, now, f"archived-{number}", sent, ANY)
        rows, bodies = edited.rows(), bodies_of(edited)
    with deployed() as deployment:
        filled = World(deployment)
        archive.fill(filled, 9)
        assert filled.rows() == rows
        assert bodies_of(filled) == bodies


QUERIES: list[Callable[[World], Any]] = [
    lambda world: world.articles.listing("en", "all", 7),
    lambda world: world.articles.listing("en", "section/city", 7, "2025-06-14T12:00:00Z"),
    lambda world: world.articles.listing("en", "section/nowhere", 7),
    lambda world: world.articles.answer(On("en", archive.NEWEST.date()), world.site),
    lambda world: world.articles.answer(Newest("en", 200), world.site),
    lambda world: world.articles.answer(Counts("en", 2025), world.site),
    lambda world: world.articles.listing("en", "all", 7, "2020-01-01T00:00:00Z"),
    lambda world: world.articles.due(archive.NEWEST, 10),
    lambda world: pages_of(world, True),
    lambda world: pages_of(world, False),
]


def test_quick_queries_have_the_answers_of_slow_ones(world: World) -> None:
    archive.fill(world, 100)
    slow = [query(world) for query in QUERIES]
    with archive.quick_queries():
        assert [query(world) for query in QUERIES] == slow


def test_publishing_costs_the_same_in_an_archive_of_any_size() -> None:
    counts = []
    for size in (100, 1_000):
        with publishing.newsroom(size) as room:
            articles = [room.newest(), room.newest_cold(), room.back_dated()]
        assert max(article.publish.objects_written for article in articles) <= 40
        counts.append([(article.put.counts, article.publish.counts) for article in articles])
    assert counts[0] == counts[1]


def test_a_sign_up_makes_few_calls_and_the_same_in_every_state() -> None:
    assert all(bound.holds for bound in sign_up_bounds(signing_up.measure()))


def test_a_broken_bound_is_told() -> None:
    cheap, dear = (Published(Tally(cpu=cpu), Tally()) for cpu in (1.0, 2.0))
    more = Published(Tally(cpu=1.0), CALLS)
    for large, broken in ((cheap, 0), (dear, 3), (more, 3)):
        published = {1: {kind: [cheap] for kind in KINDS}, 9: {kind: [large] for kind in KINDS}}
        assert failing(publishing_bounds(published)) == broken
    starts = [Start(name, (), [1.7], [1.0]) for name in ("publish", "release")]
    assert [bound.holds for bound in start_bounds(starts)] == [True, False]
    assert failing(sign_up_bounds({"new": {"cold": CALLS}, "left": {"cold": Tally()}})) == 2


def failing(bounds: Any) -> int:
    return sum(not bound.holds for bound in bounds)


def bodies_of(world: World) -> set[str]:
    listed = world.cloud.s3.list_objects_v2(Bucket=world.deployment.name("Bodies"))
    return {entry["Key"] for entry in listed["Contents"]}


def pages_of(world: World, forward: bool) -> list[Any]:
    """A listing in pages of 30, as a client reads it that goes on from each page's end."""
    paginator = world.cloud.dynamodb.get_paginator("query")
    pages = paginator.paginate(
        TableName=world.table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "LIST#en#all"}},
        PaginationConfig={"PageSize": 30},
        ScanIndexForward=forward,
    )
    return [page["Items"] for page in pages]
