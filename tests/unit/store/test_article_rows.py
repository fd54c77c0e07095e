"""Articles as rows: every form of row gives the same article back."""

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from broadsheet.model.article import Article, Body
from broadsheet.model.correction import Correction
from broadsheet.model.enclosure import Enclosure
from broadsheet.model.manuscript import Image
from broadsheet.store.article_rows import article_of, compact_row_of, row_of, rows_of
from broadsheet.store.rows import from_item, to_item
from tests.world import NOON

WORDS = st.text(st.characters(codec="utf-8"), max_size=8)
TUPLES = st.lists(WORDS, max_size=3).map(tuple)
INSTANTS = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda at: at.replace(microsecond=0)
)
WHOLE = st.integers(1, 100_000)
ARTICLES = st.builds(
    Article,
    id=WORDS,
    edition=WORDS,
    headline=WORDS,
    summary=WORDS,
    body=st.builds(Body, WORDS, WORDS),
    section=WORDS,
    tags=TUPLES,
    authors=TUPLES,
    kind=WORDS,
    image=st.none() | st.builds(Image, WORDS, WORDS, WORDS, WORDS, WHOLE, WHOLE, st.none() | WORDS),
    enclosure=st.none() | st.builds(Enclosure, WORDS, WORDS, st.none() | WHOLE, st.none() | WHOLE, WORDS),
    published_at=INSTANTS,
    dated=st.booleans(),
    status=st.sampled_from(["draft", "published", "withdrawn"]),
    slug=st.none() | WORDS,
    corrections=st.lists(st.builds(Correction, WORDS, INSTANTS), max_size=2).map(tuple),
    translation_of=st.none() | WORDS,
    related=TUPLES,
    stem=WORDS,
    path=st.none() | WORDS,
    live=st.booleans(),
    revision=WHOLE,
    created_at=INSTANTS,
    changed_at=INSTANTS,
    updated_at=INSTANTS,
)


@given(ARTICLES)
def test_every_row_of_an_article_gives_it_back(article: Article) -> None:
    """`updated_at` is never before `published_at`, which rows of the first version need to say."""
    expected = article_of(row_of(article))
    for attributes in (row_of(article), compact_row_of(article)):
        assert article_of(from_item(to_item({"pk": "LIST#en#all", "sk": "at#id"} | attributes))) == expected
    if article.updated_at >= article.published_at:
        assert expected == article


def test_a_copy_is_one_short_text() -> None:
    article = Article(
        id="ferry",
        edition="ar",
        headline="العبّارة",
        summary="",
        body=Body("markdown", "0" * 64),
        section="city",
        tags=(),
        authors=(),
        kind="article",
        image=None,
        enclosure=None,
        published_at=NOON,
        dated=True,
        status="published",
        slug=None,
        corrections=(),
        translation_of=None,
        related=(),
        stem="ferry",
        path="/ar/2026/03/14/ferry/",
        live=True,
        revision=1,
        created_at=NOON,
        changed_at=NOON,
        updated_at=NOON,
    )
    row = compact_row_of(article)
    assert row.keys() == {"article_json"}
    assert '"headline":"العبّارة"' in row["article_json"]
    left_out = row_of(article).keys() - json.loads(row["article_json"]).keys()
    assert left_out == {
        "summary",
        "tags",
        "authors",
        "image",
        "enclosure",
        "slug",
        "corrections",
        "translation_of",
        "related",
        "updated_by",
        "language",
        "first_live_at",
    }
    copies = [row for (_, sk), row in rows_of(article).items() if sk != "META"]
    assert len(copies) == 5
    assert all(set(row) == {"pk", "sk", "article_json"} for row in copies)
