"""The versions that a process remembers of what it wrote, beside other clients."""

from collections.abc import Callable

import pytest

from broadsheet.store.conflict import LostRace
from broadsheet.store.site_objects import SiteObjects
from tests.world import World

KEY = "en/index.html"
HEADERS = {"ContentType": "text/html; charset=utf-8", "CacheControl": "no-cache"}


def put(objects: SiteObjects, body: bytes) -> bool:
    return objects.put(KEY, body, HEADERS, objects.last_known(KEY))


@pytest.fixture
def objects(world: World) -> SiteObjects:
    return SiteObjects(world.clients.s3, world.bucket)


@pytest.fixture
def calls(world: World) -> list[str]:
    found: list[str] = []
    world.clients.s3.meta.events.register("before-call.s3", lambda model, **_: found.append(model.name))
    return found


def test_what_a_process_wrote_is_written_again_without_a_look(objects: SiteObjects, calls: list[str]) -> None:
    assert put(objects, b"one")
    assert put(objects, b"two")
    assert calls == ["HeadObject", "PutObject", "PutObject"]


def test_equal_content_is_not_written_again_where_the_object_still_has_it(
    objects: SiteObjects, calls: list[str]
) -> None:
    assert put(objects, b"one")
    assert not put(objects, b"one")
    assert calls == ["HeadObject", "PutObject", "HeadObject"]


@pytest.mark.parametrize("next", [b"one", b"three"])
@pytest.mark.parametrize(
    "other",
    [lambda objects: put(objects, b"two"), lambda objects: objects.delete(KEY, objects.version(KEY))],
    ids=["another client wrote it", "another client deleted it"],
)
def test_a_remembered_version_that_is_wrong_loses_the_race_once(
    world: World, objects: SiteObjects, other: Callable[[SiteObjects], bool], next: bytes
) -> None:
    put(objects, b"one")
    assert other(SiteObjects(world.clients.s3, world.bucket))
    with pytest.raises(LostRace):
        put(objects, next)
    assert put(objects, next)
    assert objects.read(KEY) == next.decode()


def test_what_a_process_deleted_is_new(objects: SiteObjects) -> None:
    put(objects, b"one")
    assert objects.delete(KEY, objects.last_known(KEY))
    assert objects.last_known(KEY) is None
    assert put(objects, b"one")
