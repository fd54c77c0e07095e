"""Batches of the articles' stream: their parts, their order, and other clients that write meanwhile."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest

from broadsheet.deadline import Deadline
from broadsheet.services.publishing import batches, plan
from broadsheet.services.publishing.batches import MAX_UNSETTLED, SLOW, BatchPublisher
from broadsheet.services.publishing.publisher import Publisher
from broadsheet.services.publishing.scope import Change
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
        left = publisher.publish(changes, set_nothing_aside, Deadline(lambda: 0.0 if len(pages) > 2 else 1e9))
    assert len(left) == 6
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
        assert BatchPublisher(world.publisher()).publish(changes, set_nothing_aside) == []
    assert next(writing, None) is None
    world.publish()
    assert world.objects() == world.rebuilt()


@pytest.fixture
def never_settles(world: World) -> Iterator[tuple[BatchPublisher, dict[str, Change]]]:
    """A batch with a new article, and its publisher, while another article changes before each write of the front."""
    world.put("ferry")
    world.publish()
    numbers = count()

    def write_meanwhile(key: str) -> None:
        if key == FRONT:
            world.put("other", headline=f"Other {next(numbers)}", tags=[])

    world.put("tram", headline="The tram turns ten")
    with before_writes(world, write_meanwhile):
        yield BatchPublisher(world.publisher()), world.changes()


def test_a_batch_that_never_settles_leaves_its_causes_to_the_stream(
    world: World, never_settles: tuple[BatchPublisher, dict[str, Change]]
) -> None:
    """So the stream goes on to what waits there, however long others write."""
    publisher, changes = never_settles
    assert publisher.publish(changes, set_nothing_aside) == []
    later = world.changes()
    assert sorted(change.id for change in later.values()) == ["other"] * (1 + MAX_UNSETTLED) + ["tram"]
    assert [*changes.values()][-1] in later.values()


def test_what_was_left_to_the_stream_is_settled_by_a_publisher_that_remembers_nothing(
    world: World, never_settles: tuple[BatchPublisher, dict[str, Change]]
) -> None:
    publisher, changes = never_settles
    publisher.publish(changes, set_nothing_aside)
    left = [change for change in world.changes().values() if change.id == "tram"]
    objects = world.objects()
    world.clients.s3.put_object(Bucket=world.bucket, Key=FRONT, Body=b"of a slower publisher")
    BatchPublisher(world.publisher()).publish(dict(zip("1", left, strict=True)), set_nothing_aside)
    assert world.objects().keys() == objects.keys()
    assert world.objects() == world.rebuilt()


def test_what_cannot_be_left_to_the_stream_is_delivered_again(
    world: World, never_settles: tuple[BatchPublisher, dict[str, Change]], monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher, changes = never_settles
    monkeypatch.setattr("broadsheet.services.publishing.publisher.causes_of", lambda *_: {})
    assert publisher.publish(changes, set_nothing_aside) == [*changes]


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
