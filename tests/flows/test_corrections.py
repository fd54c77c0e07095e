"""Corrections by several editors."""

import pytest

from broadsheet.model.article import Article
from broadsheet.model.revision import Revision
from tests.world import World


def test_two_editors_who_correct_an_article_at_once_both_keep_their_correction(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put("ferry")
    commit = world.articles.commit

    def interrupted(previous: Article | None, article: Article, revision: Revision | None) -> None:
        monkeypatch.undo()
        world.put("ferry", correction="It has two decks.")
        commit(previous, article, revision)

    monkeypatch.setattr(world.articles, "commit", interrupted)
    article = world.put("ferry", correction="It calls at seven.")
    assert [each.text for each in article.corrections] == ["It has two decks.", "It calls at seven."]
    assert world.articles.get("ferry") == article


def test_a_corrected_article_in_the_archive_shows_its_corrections_and_its_own_dates(world: World) -> None:
    world.put("ferry", published_at="2025-04-15T08:00:00Z", updated_at="2025-04-16T08:00:00Z", correction="Two decks.")
    world.put("ferry", published_at="2025-04-15T08:00:00Z", correction="At seven.")
    world.publish()
    objects = world.objects()
    for key in (
        "en/2025/04/15/ferry-returns-to-the-old-harbour/index.html",
        "en/feed.xml",
        "en/feed.atom",
        "en/feed.json",
    ):
        text = objects[key].decode()
        assert text.index("At seven.") < text.index("Two decks.")
        assert "2025-04-16T11:00:00+03:00" in text
