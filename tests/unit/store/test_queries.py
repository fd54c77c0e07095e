"""The contract of queries: the articles table and the tests' store in memory have the same result for each of them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadsheet.executor import SEQUENTIAL, Executor, Threads
from broadsheet.model import history
from broadsheet.model.channel import EVERYTHING, Channel
from broadsheet.model.history import Place
from broadsheet.model.newsletter.issue import Issue, IssueKey
from broadsheet.model.queries import (
    AdjacentMonths,
    AnyQuery,
    ArchiveDocumentsAround,
    ArticleById,
    ArticlesBetween,
    ArticlesOfDay,
    ArticlesOfMonth,
    ArticlesOfMonthWithOriginals,
    Calendar,
    EditionsNaming,
    FeedWindow,
    FrontChoice,
    IssueByKey,
    IssueKeys,
    IssuesWith,
    LiveAds,
    NewestIssues,
    NewsSitemapArticles,
    Query,
    StaticPages,
    TagAndAuthorNames,
    Translations,
)
from broadsheet.schemas.front import parse_front
from broadsheet.store import queries
from broadsheet.store.issues import Issues
from broadsheet.store.queries import ArticleQueries
from tests.unit.render.newsroom import Newsroom, fields
from tests.world import NOON, World, deployed

IMAGE = {"src": "/m/a.svg", "alt": "A", "width": 4, "height": 3}
HOUR = timedelta(hours=1)
EN, AR, HARBOUR = Channel("en", "all"), Channel("ar", "all"), Channel("en", "tag/harbour")
CARICATURES, NOBODY = Channel("en", "caricatures"), Channel("en", "author/nobody")
JANUARY, FEBRUARY, MARCH = (date(2026, month, 1) for month in (1, 2, 3))
TEN = "T10:00:00+00:00"
# What editors do, one after the other: an article's id, and its fields where they are not as they were.
PAGE: dict[str, Any] = {"kind": "page", "section": None, "published_at": f"2026-03-13{TEN}"}
EDITS: tuple[tuple[str, dict[str, Any]], ...] = (
    *((f"january-{day}", {"published_at": f"2026-01-{day}{TEN}", "tags": ["Harbour"]}) for day in range(10, 17)),
    ("february", {"published_at": f"2026-02-10{TEN}", "tags": ["Harbour"], "authors": ["Lina Haddad"]}),
    ("march", {"published_at": f"2026-03-12{TEN}", "tags": ["Harbour", "Ferries"], "section": "sport"}),
    ("march-later", {"published_at": f"2026-03-13{TEN}", "related": ["recording", "draft"]}),
    (
        "drawing",
        {
            "published_at": f"2026-03-01{TEN}",
            "related": ["march", "draft", "unknown"],
            "kind": "caricature",
            "image": IMAGE,
        },
    ),
    ("recording", {"published_at": f"2026-03-01{TEN}", "enclosure": {"url": "/a.mp3", "length": 9}}),
    ("arabic", {"published_at": f"2026-03-13{TEN}", "edition": "ar", "translation_of": "march", "related": ["march"]}),
    ("arabic-too", {"published_at": "2026-03-14T09:00:00+00:00", "edition": "ar", "translation_of": "march"}),
    ("orphan", {"published_at": f"2026-03-14{TEN}", "edition": "ar", "translation_of": "draft"}),
    ("draft", {"status": "draft", "related": ["january-12"]}),
    ("scheduled", {"published_at": f"2026-04-01{TEN}"}),
    ("about", PAGE),
    ("about-ar", PAGE | {"edition": "ar", "translation_of": "about"}),
    ("contact", PAGE | {"slug": "a-z"}),
    ("imprint", PAGE),
    ("page-to-come", PAGE | {"published_at": f"2026-04-01{TEN}"}),
    ("of-a-page", {"published_at": f"2026-03-13{TEN}", "edition": "ar", "translation_of": "about"}),
    # These leave places behind: by a withdrawal, another date, another tag.
    ("january-11", {}),
    ("march-later", {}),
    ("january-12", {"published_at": f"2026-02-20{TEN}", "tags": ["Harbour"]}),
    ("imprint", {}),
    ("february", {"published_at": f"2026-02-10{TEN}", "tags": ["Ferries"]}),
)
WITHDRAWN = ("january-11", "march-later", "imprint")
PLACES = [
    Place(datetime.fromisoformat(f"2026-{at}{TEN}"), id) for at, id in (("01-13", "january-13"), ("03-12", "march"))
]
ADS: Mapping[str, Mapping[str, Any]] = {
    "lamps": {"weight": 3},
    "ropes": {"edition": "ar"},
    "sails": {"from": "2027-01-01T00:00:00Z"},
}
FRONTS: Mapping[str, Mapping[str, Any]] = {
    "en": {
        "lead": {"id": "march", "until": "2026-05-01T00:00:00Z"},
        "pinned": [{"id": "draft"}, {"id": "arabic"}, {"id": "january-11"}, {"id": "about"}],
        "order": ["february", "march", "scheduled"],
    },
    "ar": {},
}
# Issues in the order of their composition: when, and what is in them. The third one was late.
ISSUES: tuple[tuple[IssueKey, str, tuple[str, ...]], ...] = (
    (IssueKey("en", "daily", "2025-12-31"), "2025-12-31T05:01", ("january-10",)),
    (IssueKey("en", "daily", "2026-03-12"), "2026-03-12T05:01", ()),
    (IssueKey("en", "daily", "2026-03-13"), "2026-03-14T04:00", ("march", "january-11", "drawing", "february")),
    (IssueKey("en", "weekly", "2026-w11"), "2026-03-14T05:01", ("march", "arabic", "unknown")),
    (IssueKey("ar", "daily", "2026-03-14"), "2026-03-14T05:01", ("arabic",)),
)
LATE, TUESDAY = datetime.fromisoformat("2026-03-14T03:00Z"), datetime.fromisoformat("2026-03-10T03:00Z")
QUERIES: tuple[AnyQuery, ...] = (
    *map(ArticleById, ("march", "january-11", "draft", "scheduled", "unknown")),
    *map(Translations, ("march", "arabic", "draft", "unknown")),
    *map(EditionsNaming, ("march", "january-12", "draft", "recording", "unknown")),
    *map(FeedWindow, (EVERYTHING, EN, AR, HARBOUR, CARICATURES, NOBODY)),
    *(ArchiveDocumentsAround(*at) for at in product((EN, HARBOUR), PLACES, (True, False))),
    ArchiveDocumentsAround(NOBODY, PLACES[0], joined=True),
    *(ArticlesBetween(channel, *PLACES) for channel in (EVERYTHING, EN, HARBOUR, NOBODY)),
    *(ArticlesOfDay(edition, date(2026, 3, day)) for edition in ("en", "ar") for day in (12, 13, 20)),
    *map(Calendar, ("en", "ar")),
    *(ArticlesOfMonth(channel, month) for channel in (EN, HARBOUR, NOBODY) for month in (JANUARY, FEBRUARY, MARCH)),
    *(ArticlesOfMonthWithOriginals(edition, month) for edition in ("en", "ar") for month in (JANUARY, MARCH)),
    *(AdjacentMonths(channel, month) for channel in (EN, HARBOUR, NOBODY) for month in (JANUARY, FEBRUARY, MARCH)),
    *map(NewsSitemapArticles, (EVERYTHING, EN, NOBODY)),
    *map(LiveAds, ("en", "ar")),
    *map(FrontChoice, ("en", "ar", "fr")),
    *map(TagAndAuthorNames, ("en", "ar")),
    *map(StaticPages, ("en", "ar", "fr")),
    *(IssueByKey(key) for key, _, _ in ISSUES),
    IssueByKey(IssueKey("en", "daily", "2026-03-20")),
    *map(NewestIssues, ("en", "ar", "fr")),
    *map(IssueKeys, ("en", "ar", "fr")),
    *(
        IssuesWith("en", *at)
        for at in (("march", LATE), ("february", LATE), ("march-later", LATE), ("nothing", TUESDAY))
    ),
    IssuesWith("ar", "arabic", LATE),
)


@pytest.fixture(scope="module")
def stores() -> Iterator[tuple[ArticleQueries, Newsroom]]:
    """The table and the store in memory after the same edits, with histories of few articles in a part."""
    with pytest.MonkeyPatch.context() as patch, deployed() as deployment:
        patch.setattr(history, "PART_SIZE", 2)
        patch.setattr(queries, "WINDOW", 4)
        world = World(deployment)
        newsroom = Newsroom(world.site)
        for number, (id, changed) in enumerate(EDITS):
            world.now = NOON + number * HOUR
            sent = fields(headline=f"News of {id}", summary="", tags=[], authors=[]) | changed
            if id in WITHDRAWN and id in newsroom.articles:
                world.withdraw(id)
                newsroom.withdraw(id, world.now)
            else:
                assert world.put(id, **sent) == newsroom.put(id, world.now, **sent)
        for name, ad in ADS.items():
            world.put_ad(name, **ad)
        newsroom.ads = world.ads.all()
        for edition, choice in FRONTS.items():
            front = parse_front(edition, choice)
            world.fronts.replace(world.fronts.get(edition), front)
            newsroom.fronts[edition] = front
        issues = Issues(world.clients.dynamodb, world.table)
        for key, at, articles in ISSUES:
            coming, until = issues.next(key.edition, key.frequency), datetime.fromisoformat(f"{at}Z")
            issue = Issue(key, coming.since or until - HOUR, until, until, articles, previous=coming.previous)
            issues.commit(coming, issue)
            newsroom.issues[key] = issue
        yield ArticleQueries(world.clients.dynamodb, world.table, world.site), newsroom


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_both_stores_have_the_same_result(stores: tuple[ArticleQueries, Newsroom], query: Query[Any]) -> None:
    table, newsroom = stores
    expected = newsroom(query)
    assert table(query) == expected
    assert query.live_articles(expected) == query.live_articles(table(query))


def test_every_query_is_asked_and_finds_something(stores: tuple[ArticleQueries, Newsroom]) -> None:
    """A new class of query needs queries in this test, and a case in each store."""
    table, _ = stores
    asked = {kind: [query for query in QUERIES if isinstance(query, kind)] for kind in get_args(AnyQuery)}
    nothing = [kind.__name__ for kind, queries in asked.items() if not any(table(query) for query in queries)]
    assert not nothing


def test_removed_articles_leave_a_trace_in_feeds(stores: tuple[ArticleQueries, Newsroom]) -> None:
    """Or the edits of this test would not make the stores differ where one forgets removals."""
    table, _ = stores
    assert table(FeedWindow(EN)).last_removed_at
    assert any(document.last_removed_at for document in table(ArchiveDocumentsAround(EN, PLACES[0], joined=True)))


def test_a_query_without_a_case_is_an_error(stores: tuple[ArticleQueries, Newsroom]) -> None:
    class Unknown:
        pass

    unknown: Any = Unknown()
    for store in stores:
        with pytest.raises(AssertionError, match="Expected code to be unreachable"):
            store(unknown)


THREADS = Threads(8)


def alone(table: ArticleQueries, asked: Sequence[AnyQuery]) -> dict[AnyQuery, Any]:
    return {query: table(query) for query in asked}


@contextmanager
def counted(table: ArticleQueries) -> Iterator[list[str]]:
    """The DynamoDB operations that are called."""
    calls: list[str] = []
    events = table._table.client.meta.events  # noqa: SLF001  # the client that it calls
    events.register("before-call.dynamodb", lambda model, **_: calls.append(model.name), unique_id="counted")
    yield calls
    events.unregister("before-call.dynamodb", unique_id="counted")


@pytest.mark.parametrize("executor", [SEQUENTIAL, THREADS], ids=["in turn", "at once"])
@pytest.mark.parametrize("part", [1, 2, 3, 30])
def test_queries_that_are_asked_together_have_the_results_that_each_has_alone(
    stores: tuple[ArticleQueries, Newsroom], monkeypatch: pytest.MonkeyPatch, part: int, executor: Executor
) -> None:
    """In channels that are longer than the window, that are exactly as long, and that are shorter."""
    monkeypatch.setattr(history, "PART_SIZE", part)
    monkeypatch.setattr(queries, "WINDOW", 2 * part)
    table, _ = stores
    with counted(table) as calls:
        expected = alone(table, QUERIES)
    with counted(table) as fewer:
        found = table.together((*QUERIES, *QUERIES), executor)
    assert list(found.items()) == list(expected.items())
    assert len(fewer) < len(calls)


@given(st.lists(st.sampled_from(QUERIES), max_size=12))
@settings(max_examples=20, deadline=None)
def test_any_queries_together_have_the_results_that_each_has_alone_in_no_more_calls(
    stores: tuple[ArticleQueries, Newsroom], asked: list[AnyQuery]
) -> None:
    table, _ = stores
    with counted(table) as calls:
        expected = alone(table, asked)
    with counted(table) as fewer:
        assert table.together(asked, THREADS) == expected
    assert len(fewer) <= len(calls)


@pytest.mark.parametrize(
    ("asked", "operations"),
    [
        ((), ""),
        # A channel of few places: its window holds all of them.
        (
            (
                FeedWindow(CARICATURES),
                *(ArchiveDocumentsAround(CARICATURES, place, joined=True) for place in PLACES),
                ArticlesBetween(CARICATURES, *PLACES),
                *(ArticlesOfMonth(CARICATURES, month) for month in (JANUARY, MARCH)),
                AdjacentMonths(CARICATURES, MARCH),
                NewsSitemapArticles(CARICATURES),
            ),
            "Query GetItem",
        ),
        # March and February are within the window of eight. The feed ends there, so the places of January do not count.
        (
            (
                FeedWindow(EN),
                ArticlesOfDay("en", date(2026, 3, 12)),
                NewsSitemapArticles(EN),
                ArticlesOfMonth(EN, FEBRUARY),
                AdjacentMonths(EN, MARCH),
            ),
            "Query GetItem",
        ),
        ((FeedWindow(EN), ArticlesOfMonth(EN, JANUARY), AdjacentMonths(EN, JANUARY)), "Query Query Query"),
        ((ArticlesOfDay("en", date(2026, 3, 12)), NewsSitemapArticles(EN)), "Query GetItem Query Query"),
        ((ArticlesOfMonth(EN, JANUARY), ArticlesOfMonthWithOriginals("en", JANUARY)), "Query"),
        ((EditionsNaming("march"), Translations("march"), ArticleById("march")), "Query"),
        ((EditionsNaming("march"), ArticleById("march")), "GetItem GetItem"),
        ((LiveAds("en"), LiveAds("ar"), LiveAds("en")), "Query"),
    ],
)
def test_what_several_queries_need_is_read_once(
    stores: tuple[ArticleQueries, Newsroom],
    monkeypatch: pytest.MonkeyPatch,
    asked: Sequence[AnyQuery],
    operations: str,
) -> None:
    monkeypatch.setattr(queries, "WINDOW", 8)
    table, _ = stores
    expected = alone(table, asked)
    with counted(table) as calls:
        assert table.together(asked, SEQUENTIAL) == expected
    assert " ".join(calls) == operations
