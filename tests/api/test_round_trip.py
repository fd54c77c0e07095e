"""What GET answers, PUT takes: an article that was read and is put again is unchanged, whatever it is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.api.conftest import Call
from tests.world import fields

NOW = datetime.now(UTC)
# Letters, blanks, controls, joiners, and the marks of direction that a text opens and leaves open.
CHARACTERS = "aأ1 .\t\n\x00\x92\u00a0\u200d\u200e\u202a\u202c\u202e\u2067\u2069"
words = st.text(CHARACTERS, max_size=12)
seen = st.builds("{}a{}".format, words, words)
ids = st.sampled_from(["bravo", "charlie", "a.b"])


def nullable(**strategies: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | st.fixed_dictionaries(strategies)


def instants(earliest: timedelta, latest: timedelta) -> st.SearchStrategy[str]:
    def text(seconds: int) -> str:
        return f"{NOW + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}+00:00"

    return st.integers(int(earliest.total_seconds()), int(latest.total_seconds())).map(text)


past, any_time = instants(-timedelta(days=900), timedelta()), instants(-timedelta(days=900), timedelta(days=900))
changes = st.fixed_dictionaries(
    {
        "headline": seen,
        "summary": words,
        "body": st.fixed_dictionaries({"format": st.sampled_from(["markdown", "html"]), "text": seen}),
        "tags": st.lists(seen, max_size=3),
        "authors": st.lists(seen, max_size=2),
        "published_at": st.none() | any_time,
        "status": st.sampled_from(["draft", "scheduled", "published"]),
    },
    optional={
        "edition": st.sampled_from(["en", "ar"]),
        "image": nullable(
            src=st.just("/media/quay.jpg"), alt=words, caption=words, width=st.just(8), height=st.just(9)
        ),
        "enclosure": nullable(url=st.just("/media/talk.mp3"), title=words, duration=st.none() | st.just(7)),
        "slug": st.sampled_from([None, "quay", "ferry"]),
        "correction": words,
        "corrections": st.none() | st.lists(st.fixed_dictionaries({"text": seen}, optional={"at": past}), max_size=3),
        "updated_at": past,
        "translation_of": st.none() | ids,
        "related": st.lists(ids, max_size=3),
        "language": st.sampled_from([None, "fr", "en", "pt-BR"]),
    },
)
LONG = "\u202a" * 20 + "a" * 280  # with the ends of the embeddings, 320 characters


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@example([{"headline": LONG, "tags": [LONG[15:110]], "summary": "", "status": "published"}])
@given(st.lists(changes, min_size=1, max_size=3))
def test_an_article_that_was_read_and_is_put_again_is_unchanged(call: Call, changed: list[dict[str, Any]]) -> None:
    for each in changed:
        if call("PUT", "/ferry", fields(**each)).status not in (200, 201):
            continue
        read = call("GET", "/ferry")
        again = call("PUT", "/ferry", read.json, headers={"If-Match": read.headers["etag"]})
        assert (again.status, again.json.get("outcome")) == (200, "unchanged"), again.body
        assert again.headers["etag"] == call("GET", "/ferry").headers["etag"] == read.headers["etag"]
        assert call("PATCH", "/ferry", read.json).json["outcome"] == "unchanged"
        assert call("PATCH", "/ferry", {}).json["outcome"] == "unchanged"


@pytest.mark.parametrize("until", [NOW + timedelta(days=2), NOW + timedelta(days=900)])
def test_a_postponed_article_that_was_read_and_is_put_again_is_unchanged(call: Call, until: datetime) -> None:
    call("PUT", "/ferry", fields(correction="Two decks.", slug="ferry"))
    for _ in range(2):
        call("DELETE", "/ferry", query={"until": f"{until:%Y-%m-%dT%H:%M:%SZ}"})
        assert call("PUT", "/ferry", call("GET", "/ferry").json).json["outcome"] == "unchanged"
        call("DELETE", "/ferry")


def test_a_path_that_the_article_neither_has_nor_had_is_refused(call: Call) -> None:
    call("PUT", "/quay", fields(headline="The quay", published_at="2026-03-14T10:00:00Z"))
    call("PUT", "/ferry", fields(headline="The ferry", published_at="2026-03-14T10:00:00Z"))
    read = call("GET", "/ferry").json
    moved = call("PUT", "/ferry", read | {"slug": "two-decks"})  # it goes on naming the path that it had
    assert (moved.status, moved.json["path"]) == (200, "/en/2026/03/14/two-decks/")
    assert call("PUT", "/ferry", read | {"slug": "two-decks"}).json["outcome"] == "unchanged"
    for path in ("/en/2026/03/14/the-quay/", "/en/ferry/", "ferry", "https://["):
        for field in ("path", "url"):
            refused = call("PUT", "/ferry", read | {field: path})
            assert [(one["field"], one["code"]) for one in refused.json["errors"]] == [(field, "conflict")]
            assert call("PATCH", "/ferry", {field: path}).fields == {field}
    assert call("GET", "/ferry").headers["etag"] == moved.headers["etag"]


def test_an_article_that_was_read_elsewhere_names_a_path_that_nobody_has(call: Call) -> None:
    call("PUT", "/ferry", fields(headline="The ferry", published_at="2026-03-14T10:00:00Z"))
    read = {name: value for name, value in call("GET", "/ferry").json.items() if name != "id"}
    elsewhere = {"path": "/en/2025/01/02/the-boat/", "url": "https://other.example/en/2025/01/02/the-boat/"}
    assert call("PUT", "/boat", read | elsewhere).status == 201
    assert call("PUT", "/copy", read).fields == {"path", "url"}
    assert call("GET", "/copy").status == 404
