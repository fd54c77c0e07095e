"""The benchmarks at a small scale: their assumptions hold, and so do the counts that they bound."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import count
from multiprocessing import get_context
from typing import Any

import pytest

from benchmarks import archive, importing, pages, publishing, shedding, signing_up, walking
from benchmarks.bounds import (
    import_bounds,
    page_bounds,
    polling_bounds,
    shedding_bounds,
    sign_up_bounds,
    start_bounds,
    walking_bounds,
)
from benchmarks.importing import Import
from benchmarks.lambdas import environed, environments, restart
from benchmarks.pages import Pages, Weight
from benchmarks.polling import Poll
from benchmarks.publishing import Published, most_objects
from benchmarks.publishing_bounds import KINDS, publishing_bounds
from benchmarks.shedding import Shedding
from benchmarks.starting import Start
from benchmarks.tally import Tally, tallied
from benchmarks.walking import Walk
from benchmarks.wire import Exchange
from broadsheet.model.channel import EVERYTHING, Channel
from broadsheet.model.history import Place
from broadsheet.model.manuscript import Manuscript
from broadsheet.model.queries import (
    AdjacentMonths,
    ArchiveDocumentsAround,
    ArticlesBetween,
    ArticlesOfDay,
    ArticlesOfMonth,
    Calendar,
    FeedWindow,
    NewsSitemapArticles,
    Query,
    TagAndAuthorNames,
)
from broadsheet.services import editing
from broadsheet.services.publishing.scope import Change
from broadsheet.store.articles import Span
from broadsheet.store.queries import ArticleQueries
from infra.local.resources import Deployment
from tests.world import ANY, World, deployed

CALLS = Tally()
CALLS.calls["Query"] = 4


@pytest.fixture
def deployment() -> Iterator[Deployment]:
    """For one test: others of this module make deployments of their own."""
    with deployed() as deployment:
        yield deployment


@pytest.fixture
def empty_site(deployment: Deployment) -> Deployment:
    """A benchmark fills it."""
    return deployment


def _archived(number: int, _: object) -> Manuscript:
    return archive.manuscript(number)


def test_an_archive_is_what_editing_would_have_left(monkeypatch: pytest.MonkeyPatch) -> None:
    shards = count()
    monkeypatch.setattr("broadsheet.store.change_counts.randbelow", lambda below: next(shards) % below)
    with deployed() as deployment:
        edited = World(deployment)
        for number in range(9):
            edited.now = archive.published_at(number)
            request = editing.Put(f"archived-{number}", partial(_archived, number), ANY)
            editing.put(edited.articles, edited.bodies, edited.site, edited.editor, request)
        rows, bodies = edited.rows(), bodies_of(edited)
    with deployed() as deployment:
        filled = World(deployment)
        archive.fill(filled, 9)
        assert filled.rows() == rows
        assert bodies_of(filled) == bodies


ALL, HARBOUR = Channel("en", "all"), Channel("en", "tag/harbour")


def place(number: int) -> Place:
    return Place(archive.published_at(number), f"archived-{number}")


def ask(query: Query[Any]) -> Callable[[World], Any]:
    return lambda world: ArticleQueries(world.clients.dynamodb, world.table, world.site)(query)


QUERIES: list[Callable[[World], Any]] = [
    *(
        ask(query)
        for query in (
            FeedWindow(ALL),
            FeedWindow(HARBOUR),
            FeedWindow(EVERYTHING),
            FeedWindow(Channel("en", "tag/nobody")),
            ArchiveDocumentsAround(ALL, place(80), joined=True),
            ArchiveDocumentsAround(HARBOUR, place(99), joined=False),
            ArticlesBetween(HARBOUR, place(70), place(20)),
            ArticlesOfDay("en", archive.NEWEST.date()),
            Calendar("en"),
            ArticlesOfMonth(HARBOUR, archive.NEWEST.date().replace(day=1)),
            AdjacentMonths(HARBOUR, archive.NEWEST.date().replace(day=1)),
            NewsSitemapArticles(ALL),
            TagAndAuthorNames("en"),
        )
    ),
    lambda world: world.articles.editorial("en", "published", Span(), 7),
    lambda world: world.articles.editorial("en", "published/city", Span(after="2025-02-14T12:00:00Z"), 7),
    lambda world: world.articles.editorial("en", "published", Span(after="2020-01-01T00:00:00Z"), 7),
    lambda world: world.articles.editorial("en", "published", Span("2025-02-14", "2025-02-16", newest=False), 7),
    lambda world: world.articles.in_channel(HARBOUR, Span(newest=False), 7),
    lambda world: world.articles.due(archive.NEWEST, 10),
    lambda world: pages_of(world, True),
    lambda world: pages_of(world, False),
]


def test_quick_queries_have_the_results_of_slow_ones(world: World) -> None:
    archive.fill(world, 100)
    slow = [query(world) for query in QUERIES]
    with archive.quick_queries():
        assert [query(world) for query in QUERIES] == slow


def test_no_function_calls_aws_before_its_first_event(deployment: Deployment) -> None:
    """A start is measured without AWS; and a call that fails then would fail every event."""
    names = environments(deployment)
    with environed(deployment, *names), tallied() as made:
        restart(*names)
    assert made.calls.total() == 0


@pytest.mark.proof
def test_publishing_costs_the_same_in_an_archive_of_any_size() -> None:
    small, large = (costs(size) for size in (1_000, 1_700))
    assert small == large


def costs(size: int) -> dict[str, tuple[dict[str, int], dict[str, int], int]]:
    """The calls of putting and publishing an article of each kind. Each writes as many objects as the design says."""
    with publishing.newsroom(size) as room:
        room.back_dated()  # so that its documents exist
        articles = {kind: getattr(room, kind)() for kind in publishing.TIMES}
    assert {kind: each.publish.objects_written for kind, each in articles.items()} == {
        kind: most_objects(kind) for kind in articles
    }
    return {kind: (each.put.counts, each.publish.counts, each.publish.items_read) for kind, each in articles.items()}


@pytest.mark.proof
def test_the_documents_of_a_walk_equal_those_that_publishing_leaves(world: World) -> None:
    size, firsts = 330, (329, 303)  # the oldest articles of January and February
    archive.fill(world, size)
    publisher = world.publisher()
    with archive.quick_queries():
        articles = [replace(archive.article(first, world.site), tags=(), authors=()) for first in firsts]
        publisher.publish([Change(None, article) for article in articles], include_pending=False)
        made = {key: output.body for key, output in walking.written(world, size).items()}
    left = {key: body for key, body in world.objects().items() if key.startswith("en/feed.")}
    assert left == made
    assert len(made) == 3 * 12


@pytest.mark.proof
def test_a_walk_meets_every_article_once() -> None:
    for walk in walking.measure(330).values():
        assert walk.ids == walking.expected(330)
        assert walk.requests == 11


def test_a_sign_up_makes_few_calls_and_the_same_in_every_state() -> None:
    assert all(bound.holds for bound in sign_up_bounds(signing_up.measure()))


def test_an_import_takes_four_calls_a_batch() -> None:
    imported = importing.measure((), timed=2)
    assert next(import_bounds(imported)).holds
    assert imported.a_second > 0


@pytest.mark.proof
def test_an_import_takes_constant_memory() -> None:
    # In a process of its own: tracemalloc counts every thread, also those of a local deployment of other tests.
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        imported = process.submit(importing.measure, (500, 1_000), timed=2).result()
    _, _, api, command = import_bounds(imported)
    assert api.holds
    assert command.holds


@pytest.mark.proof
def test_an_idle_deployment_accepts_all_of_many_sign_ups() -> None:
    shed = shedding.measure(turns=1, seconds=0.2)
    assert min(*shed.sign_ups, *shed.peer) > 0


def test_a_broken_bound_is_reported() -> None:
    few, more = Published(Tally(), Tally()), Published(Tally(), CALLS)
    wordy, wordier = (Published(Tally(), Tally(items_read=read)) for read in (100, 106))
    heavy = Published(Tally(), Tally(objects_written=1_000))
    for small, large, broken in (
        (few, few, 0),
        (few, more, 4),
        (wordy, wordier, 4),
        (heavy, heavy, 4),
    ):
        published = {size: {kind: [p] for kind in KINDS} for size, p in ((10_000, small), (100_000, large))}
        assert failing(publishing_bounds(published)) == broken
    starts = [Start(name, (), [1.7], [1.0]) for name in ("publish", "release")]
    assert [bound.holds for bound in start_bounds(starts)] == [True, False]
    assert failing(sign_up_bounds({"new": {"cold": CALLS}, "unsubscribed": {"cold": Tally()}})) == 2
    assert [failing(shedding_bounds(Shedding([own], [100.0]))) for own in (5.0, 1.0)] == [0, 1]
    for received, status, functions, broken in (
        (900, 304, 0, 0),
        (9_000, 304, 0, 1),
        (900, 200, 0, 1),
        (900, 304, 1, 1),
    ):
        poll = Poll(0, {"br": Exchange(100, received, status, {}, b"")}, {}, functions)
        assert failing(polling_bounds({"RSS": poll})) == broken
    bytes = {1_000: 9, 100_000: 9}
    for imported, broken in (
        (Import(Tally(), [4.9], [1.0], bytes, bytes), 0),
        (Import(Tally(), [5.1], [1.0], bytes, bytes), 1),
        (Import(Tally(calls=Counter(Query=5)), [4.9], [1.0], bytes, {1_000: 9, 100_000: 12}), 2),
    ):
        assert failing(import_bounds(imported)) == broken
    ids = walking.expected(walking.SIZE)
    for met, broken in ((ids, 0), (ids[::-1], 1), (ids[1:], 1), ([*ids, ids[0]], 1)):
        assert failing(walking_bounds({"RSS": Walk(met)})) == broken
    for ratio, size, broken in ((1.9, 4_000, 0), (2.1, 4_000, 1), (1.9, 6_000, 1)):
        weight: Weight = {"br": size, "gzip": size}
        assert failing(page_bounds(Pages([9.0], [ratio], [1.0]), {"style": weight, "script": weight})) == broken


def test_both_renderers_render_every_measured_page() -> None:
    rendered = pages.render(pages.PER_RUN)
    assert [len(runs) for runs in (rendered.texts, rendered.pages, rendered.peer)] == [1, 1, 1]
    assert rendered.ratio > rendered.ratio_without_texts > 0


def failing(bounds: Any) -> int:
    return sum(not bound.holds for bound in bounds)


def bodies_of(world: World) -> set[str]:
    listed = world.clients.s3.list_objects_v2(Bucket=world.deployment.name("Bodies"))
    return {entry["Key"] for entry in listed["Contents"]}


def pages_of(world: World, forward: bool) -> list[Any]:
    """A listing in pages of 30, as a client reads it page after page."""
    paginator = world.clients.dynamodb.get_paginator("query")
    pages = paginator.paginate(
        TableName=world.table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "LIST#*#all"}},
        PaginationConfig={"PageSize": 30},
        ScanIndexForward=forward,
    )
    return [page["Items"] for page in pages]
