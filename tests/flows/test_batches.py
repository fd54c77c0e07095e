"""Batches of the articles' stream: their parts, their order, and other clients that write meanwhile."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import count, cycle
from typing import Any

import pytest

from broadsheet.deadline import Deadline
from broadsheet.model.history import ArchiveDocument
from broadsheet.model.queries import ArchiveDocumentsAround
from broadsheet.render.feeds.channel_feeds import document_keys
from broadsheet.render.shared.target import ChangeSet
from broadsheet.services.publishing import batches, plan, publisher
from broadsheet.services.publishing.batches import MAX_UNSETTLED, SLOW, BatchPublisher, Changes
from broadsheet.services.publishing.causes import articles_at, causes_of, changed_at
from broadsheet.services.publishing.publisher import Publisher, Unfinished
from broadsheet.services.publishing.scope import Change
from broadsheet.store.fronts import FRONT as FRONT_PARTITION
from broadsheet.store.unsettled import UNSETTLED, UnsettledCauses, unsettled_in
from tests.world import World, set_nothing_aside

FRONT = "en/index.html"
PAGE = re.compile(r"en/\d{4}/\d\d/\d\d/[^/]+/index\.html")
IMPORTED = "2025-03-{:02}T10:00:00+02:00"


@contextmanager
def before_writes(world: World, act: Callable[[str], None]) -> Iterator[None]:
    """Call `act` with the key before each write of an object of the site."""

    def wrote(params: dict[str, Any], **_: object) -> None:
        if params["Bucket"] == world.bucket:
            act(params["Key"])

    events = world.clients.s3.meta.events
    events.register("provide-client-params.s3.PutObject", wrote)
    try:
        yield
    finally:
        events.unregister("provide-client-params.s3.PutObject", wrote)


def pages_written(world: World, publish: Callable[[], object]) -> list[str]:
    """The articles whose pages are written, by their slugs, in order."""
    keys: list[str] = []
    with before_writes(world, keys.append):
        publish()
    return [key.split("/")[4] for key in keys if PAGE.fullmatch(key)]


def imported(world: World, number: int) -> None:
    for at in range(number):
        world.put(f"old-{at}", headline=f"Old {at}", published_at=IMPORTED.format(at + 1), tags=[])


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of two changes, which add no others."""
    monkeypatch.setattr(batches, "FIRST_PART", 2)
    monkeypatch.setattr(plan, "MAX_ADDED_ARTICLES", 0)


@pytest.mark.usefixtures("small_parts")
def test_news_and_corrections_come_before_the_articles_of_an_import(world: World) -> None:
    """aws#15"""
    world.put("corrected", headline="Corrected", published_at="2020-01-01T10:00:00+02:00")
    world.publish()
    imported(world, 6)
    world.put("news", headline="News")
    world.put("corrected", headline="Corrected", published_at="2020-01-01T10:00:00+02:00", correction="Not so.")
    written = pages_written(world, world.publish)
    assert set(written[:2]) == {"news", "corrected"}
    assert len(written) == 8


@pytest.mark.usefixtures("small_parts")
def test_a_batch_that_runs_out_of_time_keeps_what_it_has_settled(world: World) -> None:
    """aws#15: the stream delivers the whole batch again, because its oldest change is not published."""
    world.publish()
    imported(world, 8)
    changes = world.changes()
    publisher = BatchPublisher(world.publisher())
    pages: list[str] = []
    with before_writes(world, lambda key: pages.append(key) if PAGE.fullmatch(key) else None):
        result = publisher.publish(changes, set_nothing_aside, Deadline(lambda: 0.0 if len(pages) > 2 else 1e9))
    assert len(result.settled) == 2
    assert len(result.left) == 6
    again = pages_written(world, lambda: publisher.publish(changes, set_nothing_aside))
    assert set(again) == {f"old-{at}" for at in range(5)}  # the page of old-5 was written before the time ran out
    assert world.objects() == world.rebuilt()


def test_what_other_clients_keep_a_run_from_settling_goes_into_the_next_run(world: World) -> None:
    world.put("ferry")
    world.publish()
    writing = iter(range(MAX_UNSETTLED))

    def write_meanwhile(key: str) -> None:
        if key == FRONT and (number := next(writing, None)) is not None:
            world.put(f"other-{number}", headline=f"Other {number}", tags=[])

    world.put("tram", headline="The tram turns ten")
    changes = world.changes()
    with before_writes(world, write_meanwhile):
        result = BatchPublisher(world.publisher()).publish(changes, set_nothing_aside)
    assert (result.settled, result.left) == ([*changes], [])
    assert next(writing, None) is None
    world.publish()
    assert world.objects() == world.rebuilt()


@contextmanager
def unsettled(world: World) -> Iterator[Changes]:
    """A new article, of which nothing settles: another one changes before each write of the front page."""
    world.put("tram", headline="The tram turns ten")
    numbers = count()

    def write_meanwhile(key: str) -> None:
        if key == FRONT:
            world.put("other", headline=f"Other {next(numbers)}", tags=[])

    with before_writes(world, write_meanwhile):
        yield world.changes()
    assert next(numbers) == 1 + MAX_UNSETTLED


def test_a_batch_that_never_settles_goes_on_and_leaves_the_rest_to_the_stream(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """aws#15: the stream delivers what stands for it after all that waits there, to whichever publisher."""
    left: list[str] = []
    hand_over = Publisher.hand_over

    def noted(self: Publisher, unfinished: Unfinished, since: float | None, deadline: Deadline) -> bool:
        left.extend(target.key for target in unfinished.targets)
        return hand_over(self, unfinished, since, deadline)

    monkeypatch.setattr(Publisher, "hand_over", noted)
    world.put("ferry")
    world.publish()
    with unsettled(world) as changes:
        result = BatchPublisher(world.publisher()).publish(changes, set_nothing_aside)
    assert (result.settled, result.left) == ([], [])
    assert FRONT in left
    for key in left:  # the objects of a slower publisher, which nobody else puts right
        world.clients.s3.put_object(Bucket=world.bucket, Key=key, Body=b"older")
    causes = [unsettled_in(row) for row in world.rows() if row["pk"] == UNSETTLED]
    again = {str(at): Change(*cause) for at, cause in enumerate(causes) if not isinstance(cause, str)}
    assert BatchPublisher(world.publisher()).publish(again, set_nothing_aside).settled == [*again]
    settled, wanted = world.objects(), world.rebuilt()
    assert {key: settled.get(key) for key in left} == {key: wanted.get(key) for key in left}


def test_an_archive_document_that_another_publisher_is_about_to_write_comes_from_the_article_at_its_place(
    world: World,
) -> None:
    """The stream delivers that article as if it were new; its own change may have been published already."""
    earlier, own = world.put("ferry"), world.put("tram", headline="The tram turns ten")
    [channel] = {each for each in earlier.channels if each.listing == "all" and each.edition == "en"}
    place = earlier.place
    documents = {
        ArchiveDocumentsAround(channel, place, True): (ArchiveDocument("2026-03-1", place, place, None, None, None),)
    }
    planned = ChangeSet(world.site, (own,), own.channels, documents)
    keys = document_keys(world.site, channel, "2026-03-1")
    assert [query.id for query in articles_at(documents)] == ["ferry"]
    assert causes_of(keys, (Change(None, own),), planned, ()) == {}
    again = Change(None, earlier, republished=True)
    assert causes_of(keys, (Change(None, own),), planned, (earlier,)) == dict.fromkeys(keys, again)


def test_a_choice_for_a_front_page_that_never_settles_is_left_to_the_stream_too(world: World) -> None:
    for id in ("ferry", "tram"):
        world.put(id, headline=f"Of the {id}")
    world.publish()
    leads = cycle(("tram", "ferry"))

    def choose(key: str) -> None:
        if key == FRONT:
            world.choose("en", lead={"id": next(leads)})

    world.choose("en", lead={"id": "ferry"})
    with before_writes(world, choose):
        publisher = BatchPublisher(world.publisher())
        result = publisher.publish_others({"1": FRONT_PARTITION}, set_nothing_aside, times={"1": 1_000_000.5})
    assert (result.settled, result.left) == ([], [])
    assert causes_left(world) == {FRONT_PARTITION: 1_000_000}


def test_the_time_of_the_first_change_is_kept_until_its_objects_have_settled(world: World) -> None:
    """Each row that is left makes a record of its own, which is new."""
    world.put("ferry")
    world.publish()
    since: dict[str, float] = {"the first": 1_000_000.0, "another": 1_000_002.0}
    for _ in range(2):
        world.put("lighthouse", headline="The lamp turns")
        with unsettled(world) as changes:
            times = dict(zip(changes, since.values(), strict=False))
            result = BatchPublisher(world.publisher()).publish(changes, set_nothing_aside, times=times)
        assert (result.settled, result.left) == ([], [])
        [first] = {*filter(None, causes_left(world).values())}
        record = {"Keys": {"pk": {"S": UNSETTLED}}, "ApproximateCreationDateTime": 2_000_000.0}
        assert changed_at(record | {"NewImage": {"since": {"N": str(first)}}}) == 1_000_000
        since = {"the first": float(first), "another": 1_500_000.0}


def causes_left(world: World) -> dict[object, int | None]:
    """What runs have left to the stream, with when the first change was made that waits for it."""
    return {unsettled_in(row): row.get("since") for row in world.rows() if row["pk"] == UNSETTLED}


def test_the_same_change_can_be_left_to_the_stream_again(world: World) -> None:
    """DynamoDB makes no record of a write that changes nothing."""
    world.put("ferry")
    [change] = world.changes().values()
    causes = UnsettledCauses(world.clients.dynamodb, world.table)
    for _ in range(2):
        causes.put((change.before, change.after), None)
        assert list(world.changes().values()) == [change]


def test_what_no_change_stands_for_is_delivered_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher, "causes_of", lambda *_: {})
    world.put("ferry")
    world.publish()
    with unsettled(world) as changes:
        again = BatchPublisher(world.publisher())
        assert again.publish(changes, set_nothing_aside).left == [*changes]
    assert again.publish(changes, set_nothing_aside).settled == [*changes]
    world.publish()
    assert world.objects() == world.rebuilt()


def test_parts_grow_while_they_are_quick_and_shrink_when_one_is_slow(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """aws#15"""
    monkeypatch.setattr(batches, "FIRST_PART", 2)
    sizes: list[int] = []
    now = 0.0

    def publish(_: Publisher, changes: Iterable[Change], *_args: object, **_others: object) -> None:
        nonlocal now
        sizes.append(len([*changes]))
        now += seconds

    imported(world, 28)
    changes = world.changes()
    publisher = BatchPublisher(world.publisher())
    monkeypatch.setattr(Publisher, "publish", publish)
    for seconds, expected in ((SLOW / 2, [2, 4, 8, 14]), (2 * SLOW, [16, 8, 4])):
        sizes.clear()
        again = {f"{seconds} {at}": change for at, change in changes.items()}
        publisher.publish(again, set_nothing_aside, Deadline(lambda: 1e6 - now))
        assert sizes == expected
