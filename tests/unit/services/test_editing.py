"""What editors are told of a change when other clients and lost answers get in its way."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from broadsheet.model.article import Article
from broadsheet.model.errors import Busy
from broadsheet.model.revision import Revision
from broadsheet.schemas.article import parse_article
from broadsheet.services import editing
from broadsheet.services.editing import Edit
from broadsheet.store.articles import PathTaken
from broadsheet.store.conflict import LostRace
from tests.world import ANY, World, fields


def put(world: World, **changed: object) -> Edit:
    sent = parse_article(fields(**changed), world.site, "ferry")
    request = editing.Put("ferry", lambda _: sent, ANY)
    return editing.put(world.articles, world.bodies, world.site, world.editor, request)


def withdraw(world: World) -> Edit:
    return editing.withdraw(world.articles, world.site, world.editor, "ferry", ANY)


def postpone(world: World) -> Edit:
    until = world.now + timedelta(hours=1)
    return editing.postpone(world.articles, world.bodies, world.site, world.editor, "ferry", ANY, until)


@pytest.mark.parametrize(
    ("before", "change", "outcome"),
    [
        ([], put, "created"),
        ([put], lambda world: put(world, headline="Another"), "replaced"),
        ([put], withdraw, "withdrawn"),
        ([put], postpone, "rescheduled"),
        ([put, withdraw], put, "revived"),
        ([put, withdraw], postpone, "rescheduled"),
        ([put, withdraw], withdraw, "unchanged"),
    ],
)
def test_a_change_whose_answer_from_the_table_was_lost_has_its_own_outcome(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    before: list[Callable[[World], Edit]],
    change: Callable[[World], Edit],
    outcome: str,
) -> None:
    """The client of DynamoDB sends the transaction again, and its condition fails on account of the first one."""
    for each in before:
        each(world)
    commit = world.articles.commit

    def unheard(previous: Article | None, article: Article, revision: Revision | None) -> None:
        commit(previous, article, revision)
        raise LostRace

    monkeypatch.setattr(world.articles, "commit", unheard)
    edit = change(world)
    assert edit.outcome == outcome
    assert edit.article == world.articles.get("ferry")


def test_a_change_that_loses_a_race_is_made_of_what_the_other_client_left(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(world)
    commit = world.articles.commit

    def second(previous: Article | None, article: Article, revision: Revision | None) -> None:
        monkeypatch.setattr(world.articles, "commit", commit)
        withdraw(world)
        commit(previous, article, revision)

    monkeypatch.setattr(world.articles, "commit", second)
    assert put(world, headline="Another").outcome == "revived"


def test_an_article_whose_every_path_another_one_owns_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.articles, "owner", lambda _: "another")
    sent = parse_article(fields(), world.site, "ferry")
    request = editing.Put("ferry", lambda _: sent, ANY)
    with pytest.raises(Busy, match="give it another slug"):
        editing.rehearse(world.articles, world.site, world.editor, request)

    def taken(*_: object) -> None:
        raise PathTaken

    monkeypatch.setattr(world.articles, "commit", taken)
    with pytest.raises(Busy, match="give it another slug"):
        put(world)
