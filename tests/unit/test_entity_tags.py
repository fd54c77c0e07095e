"""Entity tags, and how those in requests are compared."""

import pytest

from broadsheet import entity_tags


def test_an_entity_tag_has_the_revision_and_stands_for_every_field() -> None:
    tags = [entity_tags.etag(revision, {"live": live}) for revision in (3, 4) for live in (False, True)]
    assert len(set(tags)) == 4
    assert [tag[:3] for tag in tags] == ['"3-', '"3-', '"4-', '"4-']


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        ('"3-0a1b2c3d4e5f6789"', {"3"}),
        ('"3"', {"3"}),
        ("3", {"3"}),
        (' "3" ,"12-00" ', {"3", "12"}),
        ('"3", W/"4", "5"', {"3", "5"}),
        ('W/"3"', set()),
        ("*", {"*"}),
        ('"*"', set()),
        ('"3-x"', set()),
        ('"x,3,y"', set()),
        ('"', set()),
        ("", set()),
    ],
)
def test_if_match_is_compared_strongly_and_by_the_revision(sent: str, named: set[str]) -> None:
    assert entity_tags.revisions(sent) == named


@pytest.mark.parametrize("tag", ['"3-0a"', 'W/"3-0a"'])
def test_if_none_match_is_compared_weakly_and_as_a_whole(tag: str) -> None:
    for sent in ('"3-0a"', 'W/"3-0a"', '"x,y", "3-0a"', "*"):
        assert entity_tags.matches(sent, tag)
    for sent in ('"3"', '"3-0b"', '"*"', '"x, 3-0a"', ""):
        assert not entity_tags.matches(sent, tag)
